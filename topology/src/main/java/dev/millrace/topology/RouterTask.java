package dev.millrace.topology;

import dev.millrace.avro.AdmittedStart;
import dev.millrace.avro.AskGate;
import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.ChildDone;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ContinueExecution;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.HistoryRecord;
import dev.millrace.avro.IdempotencyRecord;
import dev.millrace.avro.InspectWait;
import dev.millrace.avro.LeaveGate;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.RestartExecution;
import dev.millrace.avro.ResumeExecution;
import dev.millrace.avro.StartExecution;
import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.TaskResult;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.engine.Caller;
import dev.millrace.engine.Command;
import dev.millrace.engine.Decision;
import dev.millrace.engine.Effect;
import dev.millrace.engine.Engine;
import dev.millrace.engine.EngineClock;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.NodeRunner;
import dev.millrace.engine.Plan;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
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
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The work on one partition, between init and close. */
final class RouterTask implements EngineClock {
  private static final Logger LOG = LoggerFactory.getLogger(RouterTask.class);

  /** How long a command for a version waits for this instance to hear of that version. */
  private static final Duration DEFINITION_PATIENCE = Duration.ofSeconds(15);

  private static final Duration DEFINITION_INTERVAL = Duration.ofMillis(50);
  private static final int TIMERS_PER_LOOK = 100;
  private static final int EXPIRIES_PER_LOOK = 1_000;

  /**
   * How long timers may fire at a look, while commands come too and while none do. Kafka Streams
   * takes as little as one record between two looks, so what is spent here is what others wait for.
   */
  private static final long BUSY_TIMER_NANOS = 5_000_000L;

  private static final long IDLE_TIMER_NANOS = 25_000_000L;

  private final EngineParts parts;
  private final Engine engine;
  private final Deserializer<CommandRecord> commandDeserializer;
  private final Serializer<CommandRecord> commandSerializer;
  private final EventBatches batches;
  private final ProcessorContext<byte[], Object> context;
  private final Outbox outbox;
  private final Definitions definitions;
  private final ExecutionStore executions;
  private final TimerStore timers;
  private final IdempotencyStore idempotency;
  private final GateTask gates;
  private final Map<String, String> processorNames = new HashMap<>();
  private final SplittableRandom random = new SplittableRandom();
  // Whether anybody reads on as soon as it is committed what was written since a commit was last
  // asked for: a caller his reply, this execution its signal.
  private boolean awaited;
  // Whether a command was handled since timers were last looked at.
  private boolean handled;

  RouterTask(ProcessorContext<byte[], Object> context, EngineParts parts, Engine engine) {
    this.parts = parts;
    this.engine = engine;
    this.commandDeserializer = parts.serdes().serde(CommandRecord.class).deserializer();
    this.commandSerializer = parts.serdes().serde(CommandRecord.class).serializer();
    this.batches = new EventBatches(new EventWriter(parts.serdes().serde(EventBatch.class)));
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
                    : Optional.of(definitions.inline(started.getInlineDefinition())),
            parts.resumeUrls());
    this.timers = new TimerStore(context.getStateStore(EngineStores.TIMERS));
    this.idempotency =
        new IdempotencyStore(
            context.getStateStore(EngineStores.IDEMPOTENCY),
            parts.serdes().serde(IdempotencyRecord.class),
            parts.settings().idempotencyRetention());
    this.gates =
        new GateTask(
            new GateStore(context.getStateStore(EngineStores.GATES), parts.serdes()), outbox);
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
    handled = true;
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
    switch (command.getBody()) {
      case AskGate ask -> {
        gates.ask(command, ask, now());
        awaited = true;
      }
      case LeaveGate leave -> {
        gates.leave(command, leave, now());
        awaited = true;
      }
      default -> execution(command);
    }
  }

  private void execution(CommandRecord command) {
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
      case StartExecution start -> start(command, start, null, null, fatal);
      case AdmittedStart admitted -> start(command, admitted.getStart(), admitted, null, fatal);
      case RestartExecution restart ->
          start(command, restart.getStart(), null, restart.getHistory(), fatal);
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
                      done.getError() == null ? null : ItemRecords.fromJsonBytes(done.getError())),
              -1);
      case TaskResult result ->
          resume(command, fatal ? processDied() : TaskRecords.done(result), -1);
      case ContinueExecution again ->
          resume(command, fatal ? processDied() : new Command.Continue(), again.getSequence());
      case InspectWait inspect ->
          send(
              inspect.getReplyTo(),
              WaitAnswers.standing(
                  command.getExecutionId(),
                  executions.load(command.getTenant(), command.getExecutionId())));
      case ResumeExecution call -> called(command, call, fatal);
      default ->
          throw new MillraceException(
              ErrorCode.UNREADABLE_RECORD,
              "unknown command " + command.getBody().getClass().getSimpleName());
    }
  }

  /**
   * @param admitted when it waited for its turn, or null
   * @param history where the execution begins, null for its start node
   */
  private void start(
      CommandRecord command,
      StartExecution start,
      @Nullable AdmittedStart admitted,
      @Nullable HistoryRecord history,
      boolean fatal) {
    String executionId = command.getExecutionId();
    if (start.getIdempotencyKey() != null && admitted == null) {
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
      if (admitted != null && admitted.getRefusal() != null) {
        throw new MillraceException(ErrorCode.TOO_MANY_WAITING, admitted.getRefusal());
      }
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
      if (plan != null && admitted == null && StartGates.limits(plan, start)) {
        outbox.send(fitting(outbox.signal(StartGates.ask(command, start, plan, now()))));
        awaited = true;
        if (start.getIdempotencyKey() != null) {
          idempotency.begin(executionId, now());
        }
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
            start.getParent(),
            admitted == null || admitted.getRefusal() != null ? null : admitted.getGate());
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
            new ExecutionState(
                plan == null ? Plan.empty() : plan,
                Map.of(),
                id -> parts.resumeUrls().of(command.getTenant(), id)),
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
            : engine.decide(
                live.state(),
                history == null
                    ? begin
                    : new Command.Restart(begin, HistoryRecords.toHistory(history)),
                runner(executionId),
                this);
    // One that had to wait began with the question, and others may wait for its answer since.
    if (start.getIdempotencyKey() != null && admitted == null) {
      idempotency.begin(executionId, now());
    }
    carryOut(live, decision);
  }

  private static Outbox.Message fitting(Outbox.Message message) {
    if (message.value().length > EngineRuntime.MAX_RECORD_BYTES) {
      throw new MillraceException(
          ErrorCode.BATCH_TOO_LARGE,
          "a start of "
              + message.value().length
              + " bytes is larger than one that can wait for its turn");
    }
    return message;
  }

  static Command.Fail processDied() {
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

  /** Goes on with what came from outside, and tells who sent it whether it counts. */
  private void called(CommandRecord command, ResumeExecution call, boolean fatal) {
    String executionId = command.getExecutionId();
    Optional<LiveExecution> live = executions.load(command.getTenant(), executionId);
    String key = call.getIdempotencyKey();
    boolean repeated = live.isPresent() && live.get().state().wasResumedBy(key);
    boolean counts = false;
    if (live.isPresent() && fatal) {
      advance(live.get(), processDied());
    } else if (live.isPresent()) {
      counts =
          advance(
              live.get(),
              new Command.Resume(
                  call.getCall(),
                  ItemRecords.toItems(call.getItems()),
                  key,
                  EventRecords.caller(call.getReplyTo(), call.getAwaits())));
    }
    if (!counts || call.getAwaits().equals(EventRecords.TAKEN)) {
      send(
          call.getReplyTo(),
          counts || repeated
              ? WaitAnswers.resumed(executionId, repeated)
              : WaitAnswers.standing(executionId, live));
    }
  }

  /** Whether the command led to anything. */
  private boolean advance(LiveExecution live, Command command) {
    String executionId = live.state().executionId();
    try {
      Decision decision = engine.decide(live.state(), command, runner(executionId), this);
      carryOut(live, decision);
      return !decision.events().isEmpty();
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
    List<byte[]> encoded = batches.encode(live, decision.events(), now());
    List<Outbox.Message> messages = messages(live, decision.effects());
    byte[] key = state.executionId().getBytes(StandardCharsets.UTF_8);
    for (byte[] batch : encoded) {
      outbox.event(key, batch);
    }
    if (!state.status().terminal()) {
      for (int i = 0; i < encoded.size(); i++) {
        executions.save(live, firstSequence + i, encoded.get(i));
      }
    } else if (firstSequence > 0) {
      executions.remove(live.tenant(), state.executionId(), firstSequence);
    }
    for (Effect effect : decision.effects()) {
      if (effect instanceof Effect.StartTimer timer) {
        timers.put(
            new TimerKeys.Timer(timer.due().toEpochMilli(), live.tenant(), state.executionId()));
      } else if (effect instanceof Effect.Respond respond) {
        respond(live, answer(respond.response()));
      }
    }
    messages.forEach(outbox::send);
    awaited |= !messages.isEmpty();
    if (state.status().terminal()) {
      if (!live.answered() && live.start().wantsAnswer()) {
        reply(live, outcome(state));
      }
      for (Caller caller : live.unanswered()) {
        send(EventRecords.replyTo(caller), new ReplyRecord("", executionId(live), outcome(state)));
      }
    }
  }

  /** A node's answer is for who called last and waits for one, else for who began it all. */
  private void respond(LiveExecution live, WebhookAnswer answer) {
    Optional<Caller> caller =
        live.unanswered().reversed().stream()
            .filter(c -> c.awaits() == Caller.Awaits.ANSWER)
            .findFirst();
    if (caller.isPresent()) {
      live.markAnswered(caller.get());
      send(EventRecords.replyTo(caller.get()), new ReplyRecord("", executionId(live), answer));
    } else if (!live.answered() && live.start().wantsAnswer()) {
      live.markAnswered();
      reply(live, answer);
    }
  }

  private static String executionId(LiveExecution live) {
    return live.state().executionId();
  }

  /** What workers, other executions and this one are told; each is read once it is committed. */
  private List<Outbox.Message> messages(LiveExecution live, List<Effect> effects) {
    List<Outbox.Message> messages = new ArrayList<>();
    for (Effect effect : effects) {
      switch (effect) {
        case Effect.CallOutside call -> messages.add(call(live, call));
        case Effect.LeaveGates leave ->
            messages.add(outbox.signal(GateRecords.leave(live, leave, now())));
        case Effect.CallOwner call -> messages.add(outbox.keyed(KeyedRecords.toRecord(live, call)));
        case Effect.StartChild child ->
            messages.add(outbox.signal(RelatedExecutions.start(live, child, now())));
        case Effect.CancelChild child ->
            messages.add(outbox.signal(RelatedExecutions.cancel(live, child.childId(), now())));
        case Effect.CancelCall call -> messages.add(outbox.cancellation(cancellation(live)));
        case Effect.YieldExecution again ->
            messages.add(
                outbox.signal(
                    new CommandRecord(
                        live.state().executionId(),
                        live.tenant(),
                        now(),
                        new ContinueExecution(live.nextSequence() - 1))));
        case Effect.StartTimer store -> {}
        case Effect.Respond reply -> {}
      }
    }
    if (live.state().status().terminal()) {
      RelatedExecutions.done(live, now()).map(this::returned).ifPresent(messages::add);
      RelatedExecutions.errorWorkflow(live, now()).map(outbox::signal).ifPresent(messages::add);
    }
    StartGates.leave(live, now()).map(outbox::signal).ifPresent(messages::add);
    for (Outbox.Message message : messages) {
      EventBatches.requireFits(live, message.value());
    }
    return messages;
  }

  private Outbox.Message call(LiveExecution live, Effect.CallOutside call) {
    TaskRecord task = TaskRecords.toRecord(live, call);
    return call.gates().isEmpty()
        ? outbox.task(task)
        : outbox.signal(GateRecords.ask(live, call, outbox.encoded(task), now()));
  }

  /** What workers are told of an execution that has ended while one of them had a call in hand. */
  private CommandRecord cancellation(LiveExecution live) {
    return new CommandRecord(
        live.state().executionId(),
        live.tenant(),
        now(),
        new CancelExecution("the execution has ended as " + live.state().status().json()));
  }

  private Outbox.Message returned(CommandRecord done) {
    Outbox.Message message = outbox.signal(done);
    return message.value().length <= EngineRuntime.MAX_RECORD_BYTES
        ? message
        : outbox.signal(RelatedExecutions.tooLarge(done, message.value().length));
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

  /** Forgets what is remembered for idempotency keys for long enough. */
  void expire(Instant now) {
    idempotency.expire(now, EXPIRIES_PER_LOOK);
    parts.crashes().forgetAnswered();
  }

  /** Lets those through gates whose time has come. */
  void tickGates() {
    awaited |= gates.tick(now());
  }

  void fireTimers() {
    long until = System.nanoTime() + (handled ? BUSY_TIMER_NANOS : IDLE_TIMER_NANOS);
    handled = false;
    long now = context.currentSystemTimeMs();
    while (System.nanoTime() < until) {
      List<TimerStore.Due> due = timers.due(now, TIMERS_PER_LOOK);
      for (TimerStore.Due timer : due) {
        timers.removeFirst(timer.timer());
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
      outbox.deadLetter(
          DeadLetters.of(
              parts.settings().applicationId() + "-timers",
              -1,
              -1,
              timer.executionId().getBytes(StandardCharsets.UTF_8),
              due.command().length > 0 ? due.command() : null,
              thrown,
              now()));
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
    outbox.deadLetter(
        DeadLetters.of(topic, partition, offset, record.key(), record.value(), thrown, now()));
  }
}
