package dev.millrace.topology;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.ChildDone;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ContinueExecution;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.IdempotencyRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.StartExecution;
import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.TaskResult;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.engine.Command;
import dev.millrace.engine.Decision;
import dev.millrace.engine.Effect;
import dev.millrace.engine.Engine;
import dev.millrace.engine.EngineClock;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.NodeRunner;
import dev.millrace.engine.Plan;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.node.WebhookResponse;
import dev.millrace.serde.ItemRecords;
import dev.millrace.store.EngineStores;
import dev.millrace.store.TimerKeys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes commands to executions and carries each as far as it goes: decides in memory, running nodes
 * by synchronous forward, then writes state, events and replies, all in one transaction.
 *
 * <p>Nothing but Kafka's own exceptions leaves {@link #process}: those mean that the task is no
 * longer ours. Everything else happens before the first write and ends as a failed execution or a
 * dead letter.
 */
final class RouterProcessor implements Processor<byte[], byte[], byte[], Object> {
  private static final Logger LOG = LoggerFactory.getLogger(RouterProcessor.class);

  /** How long a command for a version waits for this instance to hear of that version. */
  private static final Duration DEFINITION_PATIENCE = Duration.ofSeconds(15);

  private static final Duration DEFINITION_INTERVAL = Duration.ofMillis(50);

  /** Events of one command are split into batches of about this size, far below Kafka's limits. */
  private static final int BATCH_BYTES = 512 * 1024;

  private static final Duration TIMER_INTERVAL = Duration.ofMillis(10);
  private static final Duration EXPIRY_INTERVAL = Duration.ofSeconds(10);
  private static final int TIMERS_PER_LOOK = 100;
  private static final int EXPIRIES_PER_LOOK = 1_000;
  private static final long TIMER_BUDGET_NANOS = 50_000_000L;

  private final EngineParts parts;
  private final Engine engine;
  private final Deserializer<CommandRecord> commandDeserializer;
  private final Serializer<CommandRecord> commandSerializer;
  private final EventWriter eventWriter;
  private final Serializer<TaskRecord> taskSerializer;

  // Set in init, which is called anew when the task is revived after an aborted transaction.
  private @Nullable Task task;

  RouterProcessor(EngineParts parts) {
    this.parts = parts;
    this.engine = new Engine(parts.expressions(), parts.settings().budget());
    this.commandDeserializer = parts.serdes().serde(CommandRecord.class).deserializer();
    this.commandSerializer = parts.serdes().serde(CommandRecord.class).serializer();
    this.taskSerializer = parts.serdes().serde(TaskRecord.class).serializer();
    this.eventWriter = new EventWriter(parts.serdes().serde(EventBatch.class));
  }

  @Override
  public void init(ProcessorContext<byte[], Object> processorContext) {
    Task fresh = new Task(processorContext);
    task = fresh;
    processorContext.schedule(
        TIMER_INTERVAL,
        PunctuationType.WALL_CLOCK_TIME,
        now -> {
          fresh.fireTimers();
          fresh.commitIfAwaited();
        });
    processorContext.schedule(
        EXPIRY_INTERVAL,
        PunctuationType.WALL_CLOCK_TIME,
        now -> {
          fresh.idempotency.expire(Instant.ofEpochMilli(now), EXPIRIES_PER_LOOK);
          parts.crashes().forgetAnswered();
        });
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    Task current = task;
    if (current == null) {
      throw new IllegalStateException("process before init");
    }
    try {
      current.handle(record);
    } catch (KafkaException notOurs) {
      throw notOurs;
    } catch (Throwable thrown) {
      current.deadLetter(record, thrown);
    }
    parts.pace().processed();
    current.commitIfAwaited();
  }

  /** The work on one partition, between init and close. */
  private final class Task implements EngineClock {
    private final ProcessorContext<byte[], Object> context;
    private final Outbox outbox;
    private final Definitions definitions;
    private final ExecutionStore executions;
    private final TimerStore timers;
    private final IdempotencyStore idempotency;
    private final Map<String, String> processorNames = new HashMap<>();
    private final SplittableRandom random = new SplittableRandom();
    // Whether anybody reads on as soon as it is committed what was written since a commit was last
    // asked for: a caller his reply, this execution its signal.
    private boolean awaited;

    Task(ProcessorContext<byte[], Object> context) {
      this.context = context;
      this.outbox = new Outbox(context, parts.serdes());
      // Streams wraps a global store so that it answers with timestamps.
      KeyValueStore<String, Object> published = context.getStateStore(EngineStores.DEFINITIONS);
      this.definitions =
          new Definitions(
              key ->
                  switch (published.get(key)) {
                    case ValueAndTimestamp<?> stamped when stamped.value() instanceof byte[] b -> b;
                    case byte[] plain -> plain;
                    case null, default -> null;
                  },
              parts.serdes().serde(dev.millrace.avro.DefinitionRecord.class).deserializer(),
              parts.catalogue(),
              parts.expressions());
      this.executions =
          new ExecutionStore(
              context.getStateStore(EngineStores.EXECUTIONS),
              parts.serdes().serde(EventBatch.class).deserializer(),
              (workflowId, version, started) ->
                  started.getInlineDefinition() == null
                      ? definitions.published(workflowId, version)
                      : Optional.of(definitions.inline(started.getInlineDefinition())));
      this.timers = new TimerStore(context.getStateStore(EngineStores.TIMERS));
      this.idempotency =
          new IdempotencyStore(
              context.getStateStore(EngineStores.IDEMPOTENCY),
              parts.serdes().serde(IdempotencyRecord.class),
              parts.settings().idempotencyRetention());
    }

    @Override
    public Instant now() {
      return Instant.ofEpochMilli(context.currentSystemTimeMs());
    }

    @Override
    public long nanos() {
      return System.nanoTime();
    }

    @Override
    public double random() {
      return random.nextDouble();
    }

    void handle(Record<byte[], byte[]> record) {
      CommandRecord command = commandDeserializer.deserialize("", record.value());
      if (command == null) {
        throw new MillraceException(ErrorCode.UNREADABLE_RECORD, "the record has no value");
      }
      byte[] key = command.getExecutionId().getBytes(StandardCharsets.UTF_8);
      if (!java.util.Arrays.equals(key, record.key())) {
        throw new MillraceException(
            ErrorCode.UNREADABLE_RECORD,
            "the record's key is not the execution id \"" + command.getExecutionId() + "\"");
      }
      dispatch(command);
    }

    private void dispatch(CommandRecord command) {
      marked(command.getExecutionId(), fatal -> dispatch(command, fatal));
    }

    /** Notes that an execution is in hand; {@code work} is told whether it must not be run. */
    private void marked(String executionId, Consumer<Boolean> work) {
      boolean fatal = parts.crashes().begin(executionId);
      try {
        work.accept(fatal);
      } finally {
        parts.crashes().end(executionId);
      }
    }

    private void dispatch(CommandRecord command, boolean fatal) {
      switch (command.getBody()) {
        case StartExecution start -> start(command, start, fatal);
        case CancelExecution cancel -> resume(command, new Command.Cancel(cancel.getReason()), -1);
        case ChildDone done ->
            resume(
                command,
                fatal
                    ? processDied()
                    : new Command.ChildDone(
                        done.getCall(),
                        done.getIndex(),
                        ItemRecords.toPorts(done.getOutputs()),
                        done.getError() == null
                            ? null
                            : ItemRecords.fromJsonBytes(done.getError())),
                -1);
        case TaskResult result ->
            resume(command, fatal ? processDied() : TaskRecords.done(result), -1);
        case ContinueExecution again ->
            resume(command, fatal ? processDied() : new Command.Continue(), again.getSequence());
        default ->
            throw new MillraceException(
                ErrorCode.UNREADABLE_RECORD,
                "unknown command " + command.getBody().getClass().getSimpleName());
      }
    }

    private void start(CommandRecord command, StartExecution start, boolean fatal) {
      String executionId = command.getExecutionId();
      if (start.getIdempotencyKey() != null) {
        Optional<IdempotencyRecord> known = idempotency.find(executionId, now());
        if (known.isPresent()) {
          duplicate(known.get(), start.getReplyTo());
          return;
        }
      }
      Plan plan = null;
      MillraceException broken = null;
      int version =
          start.getVersion() > 0 || start.getInlineDefinition() != null
              ? start.getVersion()
              : definitions.latest(start.getWorkflowId());
      try {
        if (fatal) {
          throw new MillraceException(processDied().code(), processDied().reason());
        }
        plan = planOf(start, version).orElse(null);
        if (plan != null && start.getParent() != null) {
          RelatedExecutions.check(start.getParent(), plan);
        }
        if (plan == null
            && start.getVersion() > 0
            && command.getSentAt().plus(DEFINITION_PATIENCE).isAfter(now())) {
          // The version was published a moment ago and has not reached this instance yet.
          timers.defer(
              new TimerKeys.Timer(
                  now().plus(DEFINITION_INTERVAL).toEpochMilli(), command.getTenant(), executionId),
              commandSerializer.serialize("", command));
          return;
        }
      } catch (MillraceException notAWorkflow) {
        broken = notAWorkflow;
      }
      EventRecords.StartDetails details =
          new EventRecords.StartDetails(
              start.getIdempotencyKey(),
              start.getInlineDefinition(),
              start.getReplyTo(),
              start.getParent());
      ExecutionMode mode = EventRecords.mode(start.getMode());
      String startNode = start.getStartNode();
      if (startNode == null && plan != null) {
        startNode = RelatedExecutions.startNode(mode, plan);
      }
      Command.Start begin =
          new Command.Start(
              executionId,
              mode,
              startNode,
              start.getStartOutput(),
              ItemRecords.toItems(start.getItems()),
              EventRecords.destination(start.getDestination(), start.getDestinationInclusive()));
      LiveExecution live =
          new LiveExecution(
              command.getTenant(),
              start.getWorkflowId(),
              version,
              new ExecutionState(plan == null ? Plan.empty() : plan, Map.of()),
              details);
      Decision decision =
          plan == null || broken != null
              ? engine.reject(
                  live.state(),
                  begin,
                  broken == null ? ErrorCode.UNKNOWN_WORKFLOW : broken.code(),
                  broken == null
                      ? "workflow \""
                          + start.getWorkflowId()
                          + "\" has no published version"
                          + (version > 0 ? " " + version : "")
                      : broken.text(),
                  this)
              : engine.decide(live.state(), begin, runner(executionId), this);
      if (start.getIdempotencyKey() != null) {
        idempotency.begin(executionId, now());
      }
      carryOut(live, decision);
    }

    private static Command.Fail processDied() {
      return new Command.Fail(
          ErrorCode.PROCESS_DIED,
          "the process died "
              + CrashMarker.FATAL
              + " times while it ran this execution, which is not run again");
    }

    private Optional<Plan> planOf(StartExecution start, int version) {
      ByteBuffer inline = start.getInlineDefinition();
      return inline == null
          ? definitions.published(start.getWorkflowId(), version)
          : Optional.of(definitions.inline(inline));
    }

    private void duplicate(IdempotencyRecord known, @Nullable ReplyTo caller) {
      if (caller == null) {
        return;
      }
      if (known.getAnswers().isEmpty()) {
        idempotency.addWaiting(known, caller);
      } else {
        for (ReplyRecord answer : known.getAnswers()) {
          send(caller, answer);
        }
      }
    }

    /**
     * Goes on with an execution that waits.
     *
     * @param yieldedAt the batch that the command follows, or -1 when it does not matter
     */
    private void resume(CommandRecord command, Command what, long yieldedAt) {
      Optional<LiveExecution> live = executions.load(command.getTenant(), command.getExecutionId());
      if (live.isPresent() && (yieldedAt < 0 || live.get().nextSequence() == yieldedAt + 1)) {
        advance(live.get(), what);
      }
    }

    private void advance(LiveExecution live, Command command) {
      String executionId = live.state().executionId();
      try {
        carryOut(live, engine.decide(live.state(), command, runner(executionId), this));
      } catch (KafkaException notOurs) {
        throw notOurs;
      } catch (Throwable thrown) {
        // The state in memory may be ahead of the stored one.
        executions.evict(live.tenant(), executionId);
        throw thrown;
      }
    }

    private NodeRunner runner(String executionId) {
      byte[] key = executionId.getBytes(StandardCharsets.UTF_8);
      return (planned, call) -> {
        NodeInvocation invocation = new NodeInvocation(call);
        context.forward(
            new Record<>(key, invocation, context.currentSystemTimeMs()),
            processorNames.computeIfAbsent(
                planned.node().type(), MillraceTopology::nodeProcessorName));
        return invocation.result();
      };
    }

    /** Writes what a decision led to. Everything is encoded before the first write. */
    private void carryOut(LiveExecution live, Decision decision) {
      if (decision.events().isEmpty()) {
        return;
      }
      ExecutionState state = live.state();
      long firstSequence = live.nextSequence();
      List<byte[]> batches = encode(live, decision.events());
      List<byte[]> tasks = tasks(live, decision.effects());
      List<CommandRecord> signals = signals(live, decision.effects());
      byte[] key = state.executionId().getBytes(StandardCharsets.UTF_8);
      for (byte[] batch : batches) {
        outbox.event(key, batch);
      }
      if (!state.status().terminal()) {
        for (int i = 0; i < batches.size(); i++) {
          executions.save(live, firstSequence + i, batches.get(i));
        }
      } else if (firstSequence > 0) {
        executions.remove(live.tenant(), state.executionId());
      }
      for (Effect effect : decision.effects()) {
        switch (effect) {
          case Effect.StartTimer timer ->
              timers.put(
                  new TimerKeys.Timer(
                      timer.due().toEpochMilli(), live.tenant(), state.executionId()));
          case Effect.Respond respond -> {
            if (!live.answered() && live.start().wantsAnswer()) {
              live.markAnswered();
              reply(live, answer(respond.response()));
            }
          }
          case Effect.CallOutside call -> awaited = true;
          case Effect.StartChild child -> awaited = true;
          case Effect.CancelChild child -> awaited = true;
          case Effect.YieldExecution again -> {
            awaited = true;
            outbox.signal(
                new CommandRecord(
                    state.executionId(),
                    live.tenant(),
                    now(),
                    new ContinueExecution(live.nextSequence() - 1)));
          }
        }
      }
      for (byte[] each : tasks) {
        outbox.task(key, each);
      }
      signals.forEach(outbox::signal);
      if (state.status().terminal() && !live.answered() && live.start().wantsAnswer()) {
        reply(live, outcome(state));
      }
    }

    /** What other executions are told. */
    private List<CommandRecord> signals(LiveExecution live, List<Effect> effects) {
      List<CommandRecord> signals = new ArrayList<>();
      for (Effect effect : effects) {
        switch (effect) {
          case Effect.StartChild child -> signals.add(RelatedExecutions.start(live, child, now()));
          case Effect.CancelChild child ->
              signals.add(RelatedExecutions.cancel(live, child.childId(), now()));
          case Effect.StartTimer other -> {}
          case Effect.Respond other -> {}
          case Effect.CallOutside other -> {}
          case Effect.YieldExecution other -> {}
        }
      }
      if (live.state().status().terminal()) {
        RelatedExecutions.done(live, now()).map(this::fitting).ifPresent(signals::add);
        RelatedExecutions.errorWorkflow(live, now()).ifPresent(signals::add);
        awaited |= !signals.isEmpty();
      }
      return signals;
    }

    private CommandRecord fitting(CommandRecord done) {
      int bytes = commandSerializer.serialize("", done).length;
      return bytes <= EngineRuntime.MAX_RECORD_BYTES
          ? done
          : RelatedExecutions.tooLarge(done, bytes);
    }

    private List<byte[]> tasks(LiveExecution live, List<Effect> effects) {
      List<byte[]> tasks = List.of();
      for (Effect effect : effects) {
        if (effect instanceof Effect.CallOutside call) {
          tasks = List.of(taskSerializer.serialize("", TaskRecords.toRecord(live, call)));
        }
      }
      return tasks;
    }

    private List<byte[]> encode(LiveExecution live, List<Event> events) {
      List<byte[]> batches = new ArrayList<>(1);
      List<Event> chunk = new ArrayList<>(events.size());
      long bytes = 0;
      for (Event event : events) {
        long size = size(event);
        if (!chunk.isEmpty() && bytes + size > BATCH_BYTES) {
          batches.add(live.encode(eventWriter, chunk, now()));
          chunk = new ArrayList<>();
          bytes = 0;
        }
        chunk.add(event);
        bytes += size;
      }
      batches.add(live.encode(eventWriter, chunk, now()));
      for (byte[] batch : batches) {
        if (batch.length > EngineRuntime.MAX_RECORD_BYTES) {
          throw new MillraceException(
              ErrorCode.BATCH_TOO_LARGE,
              "an event of execution "
                  + live.state().executionId()
                  + " has "
                  + batch.length
                  + " bytes, more than a record can hold");
        }
      }
      return batches;
    }

    private long size(Event event) {
      return switch (event) {
        case Event.ExecutionStarted e -> bytes(e.items());
        case Event.NodeCompleted e -> {
          long bytes = 0;
          for (var items : e.run().outputs()) {
            bytes += items == null ? 0 : bytes(items);
          }
          yield bytes;
        }
        case Event.NodeSkipped e -> 0;
        case Event.NodePostponed e -> 0;
        case Event.AttemptFailed e -> 0;
        case Event.EffectRequested e -> 0;
        case Event.WaitStarted e -> 0;
        case Event.ChildrenStarted e -> 0;
        case Event.ChildReturned e -> {
          long bytes = 0;
          for (var items : e.outputs()) {
            bytes += items == null ? 0 : bytes(items);
          }
          yield bytes;
        }
        case Event.RetryDue e -> 0;
        case Event.WaitingReleased e -> 0;
        case Event.ExecutionYielded e -> 0;
        case Event.ExecutionEnded e -> 0;
      };
    }

    private static long bytes(List<Item> items) {
      long bytes = 0;
      for (Item item : items) {
        bytes += item.size();
      }
      return bytes;
    }

    private void reply(LiveExecution live, Object body) {
      EventRecords.StartDetails start = live.start();
      String executionId = live.state().executionId();
      ReplyRecord reply = new ReplyRecord("", executionId, body);
      if (start.replyTo() != null) {
        send(start.replyTo(), reply);
      }
      if (start.idempotencyKey() != null) {
        for (ReplyTo other : idempotency.answer(executionId, reply)) {
          send(other, reply);
        }
      }
    }

    /** Asks for a commit when somebody waits for what was written, at a pace that does no harm. */
    void commitIfAwaited() {
      if (awaited && parts.pace().mayCommit(System.nanoTime())) {
        awaited = false;
        context.commit();
      }
    }

    private void send(ReplyTo to, ReplyRecord reply) {
      awaited = true;
      outbox.reply(to, new ReplyRecord(to.getRequestId(), reply.getExecutionId(), reply.getBody()));
    }

    private static WebhookAnswer answer(WebhookResponse response) {
      return new WebhookAnswer(
          response.status(), response.headers(), ByteBuffer.wrap(response.body()));
    }

    private static ExecutionOutcome outcome(ExecutionState state) {
      String lastNode = state.lastNode();
      List<NodeRun> runs = lastNode == null ? List.of() : state.runs(lastNode);
      return new ExecutionOutcome(
          state.status().json(),
          EventRecords.json(state.error()),
          lastNode,
          runs.isEmpty() ? List.of() : ItemRecords.ofPorts(runs.getLast().outputs()));
    }

    void fireTimers() {
      long until = System.nanoTime() + TIMER_BUDGET_NANOS;
      long now = context.currentSystemTimeMs();
      while (System.nanoTime() < until) {
        List<TimerStore.Due> due = timers.due(now, TIMERS_PER_LOOK);
        for (TimerStore.Due timer : due) {
          timers.remove(timer.timer());
          fire(timer);
          if (System.nanoTime() >= until) {
            return;
          }
        }
        if (due.size() < TIMERS_PER_LOOK) {
          return;
        }
      }
    }

    private void fire(TimerStore.Due due) {
      TimerKeys.Timer timer = due.timer();
      try {
        if (due.command().length > 0) {
          dispatch(commandDeserializer.deserialize("", due.command()));
          return;
        }
        Command timely = new Command.TimerDue(Instant.ofEpochMilli(timer.dueMillis()));
        marked(
            timer.executionId(),
            fatal ->
                executions
                    .load(timer.tenant(), timer.executionId())
                    .ifPresent(live -> advance(live, fatal ? processDied() : timely)));
      } catch (KafkaException notOurs) {
        throw notOurs;
      } catch (Throwable thrown) {
        LOG.error("the timer of execution {} failed", timer.executionId(), thrown);
        byte[] key = timer.executionId().getBytes(StandardCharsets.UTF_8);
        byte[] value = due.command().length > 0 ? due.command() : null;
        outbox.deadLetter(
            key, letter(parts.settings().applicationId() + "-timers", -1, -1, key, value, thrown));
      }
    }

    void deadLetter(Record<byte[], byte[]> record, Throwable thrown) {
      RecordMetadata at = context.recordMetadata().orElse(null);
      String topic = at == null ? "" : at.topic();
      int partition = at == null ? -1 : at.partition();
      long offset = at == null ? -1 : at.offset();
      if (thrown instanceof MillraceException known) {
        LOG.warn("dead letter {}-{}@{}: {}", topic, partition, offset, known.text());
      } else {
        LOG.error("dead letter {}-{}@{}", topic, partition, offset, thrown);
      }
      byte[] key = record.key() == null ? new byte[0] : record.key();
      outbox.deadLetter(
          key, letter(topic, partition, offset, record.key(), record.value(), thrown));
    }

    private DeadLetterRecord letter(
        String topic,
        int partition,
        long offset,
        byte @Nullable [] key,
        byte @Nullable [] value,
        Throwable thrown) {
      MillraceException known = thrown instanceof MillraceException m ? m : null;
      return new DeadLetterRecord(
          topic,
          partition,
          offset,
          known == null ? ErrorCode.INTERNAL.code() : known.code().code(),
          known == null ? thrown.toString() : known.text(),
          key == null ? null : ByteBuffer.wrap(key),
          value == null ? null : ByteBuffer.wrap(value),
          now());
    }
  }
}
