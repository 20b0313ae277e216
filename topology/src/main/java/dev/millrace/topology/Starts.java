package dev.millrace.topology;

import dev.millrace.avro.AdmittedStart;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.IdempotencyRecord;
import dev.millrace.avro.StartExecution;
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
import org.apache.kafka.common.serialization.Serializer;
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
  private final TimerStore timers;
  private final IdempotencyStore idempotency;
  private final Outbox outbox;
  private final Replies replies;
  private final AwaitedCommit commit;
  private final ResumeUrls resumeUrls;
  private final Serializer<CommandRecord> commands;
  private final Supplier<Instant> now;

  Starts(
      Definitions definitions,
      TimerStore timers,
      IdempotencyStore idempotency,
      Outbox outbox,
      Replies replies,
      AwaitedCommit commit,
      ResumeUrls resumeUrls,
      Serializer<CommandRecord> commands,
      Supplier<Instant> now) {
    this.definitions = definitions;
    this.timers = timers;
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
   */
  record Begun(LiveExecution live, Command.Start start, @Nullable MillraceException refusal) {}

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
    MillraceException refusal = null;
    try {
      if (fatal != null) {
        throw new MillraceException(fatal.code(), fatal.reason());
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
      }
    } catch (MillraceException refused) {
      refusal = refused;
    }
    return Optional.of(begun(command, start, admitted, version, plan, refusal));
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
    timers.defer(
        new TimerKeys.Timer(
            now.get().plus(DEFINITION_INTERVAL).toEpochMilli(),
            command.getTenant(),
            command.getExecutionId()),
        commands.serialize("", command));
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
    commit.await();
    remember(command, start, null);
  }

  private Begun begun(
      CommandRecord command,
      StartExecution start,
      @Nullable AdmittedStart admitted,
      int version,
      @Nullable Plan plan,
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
            admitted == null || admitted.getRefusal() != null ? null : admitted.getGate());
    ExecutionState state =
        new ExecutionState(
            plan == null ? Plan.empty() : plan,
            Map.of(),
            id -> resumeUrls.of(command.getTenant(), id));
    return new Begun(
        new LiveExecution(command.getTenant(), start.getWorkflowId(), version, state, details),
        new Command.Start(
            command.getExecutionId(),
            mode,
            startNode,
            start.getStartOutput(),
            ItemRecords.toItems(start.getItems()),
            EventRecords.destination(start.getDestination(), start.getDestinationInclusive())),
        refusal);
  }
}
