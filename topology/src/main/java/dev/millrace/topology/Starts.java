package dev.millrace.topology;

import dev.millrace.avro.AdmittedStart;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.IdempotencyRecord;
import dev.millrace.avro.RestartExecution;
import dev.millrace.avro.StartExecution;
import dev.millrace.avro.WithdrawStart;
import dev.millrace.engine.Command;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.Plan;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.ExecutionMode;
import dev.millrace.resume.ResumeUrls;
import dev.millrace.serde.ItemRecords;
import dev.millrace.store.TimerKeys;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.Serde;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a start: an execution that begins or is refused now, or one for later, because it
 * was begun before, its version is not here yet, or others have to end first.
 */
final class Starts {
  /** How long a command for a version waits for this instance to hear of that version. */
  private static final Duration DEFINITION_PATIENCE = Duration.ofSeconds(15);

  private static final Duration DEFINITION_INTERVAL = Duration.ofMillis(50);

  private final Definitions definitions;
  private final PublishedVariables variables;
  private final TimerStore timers;
  private final WaitingStarts waiting;
  private final IdempotencyStore idempotency;
  private final Outbox outbox;
  private final Replies replies;
  private final AwaitedCommit commit;
  private final ResumeUrls resumeUrls;
  private final Serde<CommandRecord> commands;
  private final Supplier<Instant> now;

  Starts(
      Definitions definitions,
      PublishedVariables variables,
      TimerStore timers,
      WaitingStarts waiting,
      IdempotencyStore idempotency,
      Outbox outbox,
      Replies replies,
      AwaitedCommit commit,
      ResumeUrls resumeUrls,
      Serde<CommandRecord> commands,
      Supplier<Instant> now) {
    this.definitions = definitions;
    this.variables = variables;
    this.timers = timers;
    this.waiting = waiting;
    this.idempotency = idempotency;
    this.outbox = outbox;
    this.replies = replies;
    this.commit = commit;
    this.resumeUrls = resumeUrls;
    this.commands = commands;
    this.now = now;
  }

  /**
   * An execution that is to begin.
   *
   * @param refusal why it may not run, which is recorded then; null when it may
   * @param canceled the reason of a cancel that came first, which is recorded then; null for none
   */
  record Begun(
      LiveExecution live,
      Command.Start start,
      @Nullable MillraceException refusal,
      @Nullable String canceled) {}

  /**
   * Looks what a start comes to; empty when it is not now that an execution begins.
   *
   * @param admitted when it waited for its turn, or null
   * @param fatal why it must not run, or null
   */
  Optional<Begun> begin(
      CommandRecord command,
      StartExecution start,
      @Nullable AdmittedStart admitted,
      Command.@Nullable Fail fatal) {
    String executionId = command.getExecutionId();
    if (admitted != null) {
      waiting.forget(command.getTenant(), executionId);
    }
    if (start.getIdempotencyKey() != null && admitted == null) {
      Optional<IdempotencyRecord> known = idempotency.find(executionId, now.get());
      if (known.isPresent()) {
        replies.duplicate(known.get(), start.getReplyTo());
        return Optional.empty();
      }
    }
    int version =
        start.getVersion() > 0 || start.getInlineDefinition() != null
            ? start.getVersion()
            : definitions.latest(start.getWorkflowId());
    Plan plan = null;
    Map<String, String> vars = Map.of();
    MillraceException refusal = null;
    try {
      if (fatal != null) {
        throw new MillraceException(fatal.code(), fatal.reason());
      }
      plan = planOf(start, version).orElse(null);
      if (admitted != null && admitted.getCanceled() != null) {
        return Optional.of(begun(command, start, admitted, version, plan, vars, null));
      }
      if (admitted != null && admitted.getRefusal() != null) {
        throw new MillraceException(ErrorCode.TOO_MANY_WAITING, admitted.getRefusal());
      }
      if (plan != null && start.getParent() != null) {
        RelatedExecutions.check(start.getParent(), plan);
      }
      if (plan == null
          && start.getVersion() > 0
          && command.getSentAt().plus(DEFINITION_PATIENCE).isAfter(now.get())) {
        // The version was published a moment ago and has not reached this instance yet.
        later(command);
        return Optional.empty();
      }
      if (plan != null && admitted == null && StartGates.limits(plan, start)) {
        ask(command, start, plan);
        return Optional.empty();
      }
      if (plan == null) {
        refusal = unknown(start, version);
      } else {
        vars = variables.of(start.getWorkflowId(), plan);
      }
    } catch (MillraceException refused) {
      refusal = refused;
    }
    return Optional.of(begun(command, start, admitted, version, plan, vars, refusal));
  }

  /** Notes an execution by its key once it is decided on what it comes to. */
  void remember(CommandRecord command, StartExecution start, @Nullable AdmittedStart admitted) {
    // One that had to wait began with the question, and others may wait for its answer since.
    if (start.getIdempotencyKey() != null && admitted == null) {
      idempotency.begin(command.getExecutionId(), now.get());
    }
  }

  private Optional<Plan> planOf(StartExecution start, int version) {
    ByteBuffer inline = start.getInlineDefinition();
    return inline == null
        ? definitions.published(start.getWorkflowId(), version)
        : Optional.of(definitions.inline(inline));
  }

  private static MillraceException unknown(StartExecution start, int version) {
    return new MillraceException(
        ErrorCode.UNKNOWN_WORKFLOW,
        "workflow \""
            + start.getWorkflowId()
            + "\" has no published version"
            + (version > 0 ? " " + version : ""));
  }

  private void later(CommandRecord command) {
    waiting.amongTimers(
        timers.defer(
            new TimerKeys.Timer(
                now.get().plus(DEFINITION_INTERVAL).toEpochMilli(),
                command.getTenant(),
                command.getExecutionId()),
            commands.serializer().serialize("", command)));
  }

  /** A command that was for later is looked at again. */
  CommandRecord again(TimerStore.Due due) {
    waiting.forget(due.timer().tenant(), due.timer().executionId());
    return commands.deserializer().deserialize("", due.command());
  }

  /**
   * Cancels an execution that has not begun. One that waits at a gate is asked for there, and what
   * comes of it comes as a command.
   *
   * @return the start that waited for its version, to be recorded as canceled; mostly empty
   */
  Optional<CommandRecord> withdraw(CommandRecord cancel, String reason) {
    String executionId = cancel.getExecutionId();
    return switch (waiting.take(cancel.getTenant(), executionId).orElse(null)) {
      case null -> Optional.empty();
      case WaitingStarts.Place.Gate gate -> {
        outbox.send(
            outbox.signal(
                new CommandRecord(
                    gate.name(),
                    cancel.getTenant(),
                    now.get(),
                    new WithdrawStart(executionId, reason))));
        commit.await();
        yield Optional.empty();
      }
      case WaitingStarts.Place.Timer timer -> {
        byte[] deferred = timers.take(timer.timer());
        if (deferred == null) {
          yield Optional.empty();
        }
        CommandRecord command = commands.deserializer().deserialize("", deferred);
        StartExecution start =
            command.getBody() instanceof RestartExecution restart
                ? restart.getStart()
                : (StartExecution) command.getBody();
        remember(command, start, null);
        command.setBody(new AdmittedStart(start, "", null, reason));
        yield Optional.of(command);
      }
    };
  }

  private void ask(CommandRecord command, StartExecution start, Plan plan) {
    Outbox.Message question = outbox.signal(StartGates.ask(command, start, plan, now.get()));
    if (!question.fits()) {
      throw new MillraceException(
          ErrorCode.BATCH_TOO_LARGE,
          "a start of "
              + question.value().length
              + " bytes is larger than one that can wait for its turn");
    }
    outbox.send(question);
    waiting.atGate(command.getTenant(), command.getExecutionId(), StartGates.name(start));
    commit.await();
    remember(command, start, null);
  }

  private Begun begun(
      CommandRecord command,
      StartExecution start,
      @Nullable AdmittedStart admitted,
      int version,
      @Nullable Plan plan,
      Map<String, String> vars,
      @Nullable MillraceException refusal) {
    ExecutionMode mode = EventRecords.mode(start.getMode());
    String startNode = start.getStartNode();
    if (startNode == null && plan != null) {
      startNode = RelatedExecutions.startNode(mode, plan);
    }
    EventRecords.StartDetails details =
        new EventRecords.StartDetails(
            start.getIdempotencyKey(),
            start.getInlineDefinition(),
            start.getReplyTo(),
            start.getParent(),
            admitted == null || admitted.getRefusal() != null || admitted.getCanceled() != null
                ? null
                : admitted.getGate(),
            vars);
    ExecutionState state =
        new ExecutionState(
            plan == null ? Plan.empty() : plan, vars, id -> resumeUrls.of(command.getTenant(), id));
    return new Begun(
        new LiveExecution(command.getTenant(), start.getWorkflowId(), version, state, details),
        new Command.Start(
            command.getExecutionId(),
            mode,
            startNode,
            start.getStartOutput(),
            ItemRecords.toItems(start.getItems()),
            EventRecords.destination(start.getDestination(), start.getDestinationInclusive())),
        refusal,
        admitted == null ? null : admitted.getCanceled());
  }
}
