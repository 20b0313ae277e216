package dev.millrace.topology;

import dev.millrace.avro.AdmittedStart;
import dev.millrace.avro.AskGate;
import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.ChildDone;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ContinueExecution;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.HistoryRecord;
import dev.millrace.avro.IdempotencyRecord;
import dev.millrace.avro.InspectWait;
import dev.millrace.avro.LeaveGate;
import dev.millrace.avro.RestartExecution;
import dev.millrace.avro.ResumeExecution;
import dev.millrace.avro.StartExecution;
import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.TaskResult;
import dev.millrace.avro.WithdrawStart;
import dev.millrace.engine.Command;
import dev.millrace.engine.Decision;
import dev.millrace.engine.Effect;
import dev.millrace.engine.Engine;
import dev.millrace.engine.EngineClock;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.NodeRunner;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.ItemRecords;
import dev.millrace.store.EngineStores;
import dev.millrace.store.TimerKeys;
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
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes commands to executions and carries each as far as it goes: decides in memory, running nodes
 * by synchronous forward, then writes state, events and replies, all in one transaction.
 */
final class RouterTask implements PartitionTask, EngineClock {
  private static final Logger LOG = LoggerFactory.getLogger(RouterTask.class);

  private static final Duration TIMER_INTERVAL = Duration.ofMillis(10);
  private static final Duration EXPIRY_INTERVAL = Duration.ofSeconds(10);
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
  private final EventBatches batches;
  private final ProcessorContext<byte[], Object> context;
  private final Outbox outbox;
  private final Definitions definitions;
  private final ExecutionStore executions;
  private final TimerStore timers;
  private final IdempotencyStore idempotency;
  private final GateTask gates;
  private final AwaitedCommit commit;
  private final Replies replies;
  private final Starts starts;
  private final Map<String, String> processorNames = new HashMap<>();
  private final SplittableRandom random = new SplittableRandom();
  // Whether a command was handled since timers were last looked at.
  private boolean handled;

  private RouterTask(ProcessorContext<byte[], Object> context, EngineParts parts, Engine engine) {
    this.parts = parts;
    this.engine = engine;
    this.commandDeserializer = parts.serdes().serde(CommandRecord.class).deserializer();
    this.batches = new EventBatches(new EventWriter(parts.serdes().serde(EventBatch.class)));
    this.context = context;
    this.outbox = new Outbox(context, parts.serdes());
    // Streams wraps a global store so that it answers with timestamps.
    KeyValueStore<String, Object> published = context.getStateStore(EngineStores.DEFINITIONS);
    Definitions.Lookup lookup =
        key ->
            switch (published.get(key)) {
              case ValueAndTimestamp<?> stamped when stamped.value() instanceof byte[] b -> b;
              case byte[] plain -> plain;
              case null, default -> null;
            };
    this.definitions =
        new Definitions(
            lookup,
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
    this.commit = new AwaitedCommit(context, parts.pace());
    this.replies = new Replies(outbox, idempotency, commit);
    this.starts =
        new Starts(
            definitions,
            new PublishedVariables(lookup, parts.serdes()),
            timers,
            new WaitingStarts(context.getStateStore(EngineStores.GATES)),
            idempotency,
            outbox,
            replies,
            commit,
            parts.resumeUrls(),
            parts.serdes().serde(CommandRecord.class),
            this::now);
  }

  /** Begins the work on a partition, with all that time brings about. */
  static RouterTask begin(
      ProcessorContext<byte[], Object> context, EngineParts parts, Engine engine) {
    RouterTask task = new RouterTask(context, parts, engine);
    context.schedule(
        TIMER_INTERVAL,
        PunctuationType.WALL_CLOCK_TIME,
        now -> {
          task.fireTimers();
          task.tickGates();
          task.commitIfAwaited();
        });
    context.schedule(
        EXPIRY_INTERVAL,
        PunctuationType.WALL_CLOCK_TIME,
        now -> task.expire(Instant.ofEpochMilli(now)));
    return task;
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

  @Override
  public void handle(Record<byte[], byte[]> record) {
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
        commit.await();
      }
      case LeaveGate leave -> {
        gates.leave(command, leave, now());
        commit.await();
      }
      case WithdrawStart withdrawn -> {
        gates.withdraw(command, withdrawn, now());
        commit.await();
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
      case CancelExecution cancel -> cancel(command, cancel.getReason());
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
          replies.send(
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
    Starts.Begun begun =
        starts.begin(command, start, admitted, fatal ? processDied() : null).orElse(null);
    if (begun == null) {
      return;
    }
    LiveExecution live = begun.live();
    Decision decision = decide(command, begun, history);
    starts.remember(command, start, admitted);
    carryOut(live, decision);
  }

  private Decision decide(
      CommandRecord command, Starts.Begun begun, @Nullable HistoryRecord history) {
    ExecutionState state = begun.live().state();
    if (begun.canceled() != null) {
      return engine.withdraw(state, begun.start(), begun.canceled(), this);
    }
    MillraceException refusal = begun.refusal();
    if (refusal != null) {
      return engine.reject(state, begun.start(), refusal.code(), refusal.text(), this);
    }
    return engine.decide(
        state,
        history == null
            ? begun.start()
            : new Command.Restart(begun.start(), HistoryRecords.toHistory(history)),
        runner(command.getExecutionId()),
        this);
  }

  /** Ends an execution, also one that waits for its turn or its version and has not begun. */
  private void cancel(CommandRecord command, String reason) {
    Optional<LiveExecution> live = executions.load(command.getTenant(), command.getExecutionId());
    if (live.isPresent()) {
      advance(live.get(), new Command.Cancel(reason));
    } else {
      starts.withdraw(command, reason).ifPresent(withdrawn -> dispatch(withdrawn, false));
    }
  }

  static Command.Fail processDied() {
    return new Command.Fail(
        ErrorCode.PROCESS_DIED,
        "the process died "
            + CrashMarker.FATAL
            + " times while it ran this execution, which is not run again");
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
      replies.send(
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
        replies.respond(live, respond.response());
      }
    }
    messages.forEach(outbox::send);
    if (!messages.isEmpty()) {
      commit.await();
    }
    if (state.status().terminal()) {
      replies.ended(live);
    }
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
    return message.fits()
        ? message
        : outbox.signal(RelatedExecutions.tooLarge(done, message.value().length));
  }

  @Override
  public void commitIfAwaited() {
    commit.ask();
  }

  /** Forgets what is remembered for idempotency keys for long enough. */
  private void expire(Instant now) {
    idempotency.expire(now, EXPIRIES_PER_LOOK);
    parts.crashes().forgetAnswered();
  }

  /** Lets those through gates whose time has come. */
  private void tickGates() {
    if (gates.tick(now())) {
      commit.await();
    }
  }

  private void fireTimers() {
    long until = System.nanoTime() + (handled ? BUSY_TIMER_NANOS : IDLE_TIMER_NANOS);
    handled = false;
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
        dispatch(starts.again(due));
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

  @Override
  public void deadLetter(Record<byte[], byte[]> record, Throwable thrown) {
    outbox.deadLetter(record, thrown);
  }
}
