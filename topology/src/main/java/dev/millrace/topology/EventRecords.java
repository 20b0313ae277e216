package dev.millrace.topology;

import dev.millrace.avro.AttemptFailedEvent;
import dev.millrace.avro.BudgetHalfUsedEvent;
import dev.millrace.avro.ChildReturnedEvent;
import dev.millrace.avro.ChildrenStartedEvent;
import dev.millrace.avro.EffectRequestedEvent;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.ExecutionYieldedEvent;
import dev.millrace.avro.HistoryTakenEvent;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.avro.NodePostponedEvent;
import dev.millrace.avro.NodeSkippedEvent;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.RetryDueEvent;
import dev.millrace.avro.StaticDataChangedEvent;
import dev.millrace.avro.WaitResumedEvent;
import dev.millrace.avro.WaitStartedEvent;
import dev.millrace.avro.WaitingReleasedEvent;
import dev.millrace.engine.Caller;
import dev.millrace.engine.Command;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.limit.WorkflowBudgets;
import dev.millrace.node.AwaitedCall;
import dev.millrace.node.ContextChange;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.ItemRecords;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The core's events as Avro records, and back. */
public final class EventRecords {
  /** What a caller waits for who only wants to know that his call resumed the execution. */
  static final String TAKEN = "taken";

  private EventRecords() {}

  /**
   * A record of a batch as the core's event.
   *
   * @param executionId the batch's execution
   */
  public static Event toEvent(String executionId, Object record) {
    return switch (record) {
      case ExecutionStartedEvent e ->
          new Event.ExecutionStarted(
              executionId,
              mode(e.getMode()),
              e.getStartNode(),
              e.getStartOutput(),
              ItemRecords.toItems(e.getItems()),
              destination(e.getDestination(), e.getDestinationInclusive()),
              e.getAt());
      case NodeCompletedEvent e ->
          new Event.NodeCompleted(
              run(e), contextChange(e), e.getStops(), e.getAttempts(), e.getCustomData());
      case HistoryTakenEvent e -> new Event.HistoryTaken(HistoryRecords.toHistory(e.getHistory()));
      case NodeSkippedEvent e -> new Event.NodeSkipped(e.getNode());
      case NodePostponedEvent e -> new Event.NodePostponed(e.getNode());
      case AttemptFailedEvent e ->
          new Event.AttemptFailed(
              e.getNode(),
              e.getAttempt(),
              ItemRecords.fromJsonBytes(e.getError()),
              e.getRetryAt(),
              e.getCustomData());
      case EffectRequestedEvent e ->
          new Event.EffectRequested(
              e.getNode(), e.getCall(), e.getAttempt(), e.getAt(), e.getGates());
      case WaitStartedEvent e ->
          new Event.WaitStarted(
              e.getNode(),
              e.getAttempt(),
              e.getUntil(),
              e.getAt(),
              e.getCall(),
              e.getAwaited() == null
                  ? null
                  : AwaitedCall.fromJson(ItemRecords.fromJsonBytes(e.getAwaited())));
      case WaitResumedEvent e ->
          new Event.WaitResumed(
              e.getNode(),
              e.getCall(),
              e.getIdempotencyKey(),
              caller(e.getReplyTo(), e.getAwaits()),
              e.getAt());
      case ChildrenStartedEvent e ->
          new Event.ChildrenStarted(
              e.getNode(), e.getCall(), e.getAttempt(), e.getCount(), e.getAt());
      case ChildReturnedEvent e ->
          new Event.ChildReturned(
              e.getIndex(), ItemRecords.toPorts(e.getOutputs()), object(e.getError()));
      case RetryDueEvent e -> new Event.RetryDue(e.getDue());
      case WaitingReleasedEvent e ->
          new Event.WaitingReleased(e.getNode(), e.getSlot(), e.getRuns());
      case StaticDataChangedEvent e ->
          new Event.StaticDataChanged(ItemRecords.fromJsonBytes(e.getData()));
      case ExecutionYieldedEvent e -> new Event.ExecutionYielded(e.getSteps());
      case BudgetHalfUsedEvent e ->
          new Event.BudgetHalfUsed(budget(e.getBudget()), e.getUsed(), e.getLimit());
      case ExecutionEndedEvent e ->
          new Event.ExecutionEnded(status(e.getStatus()), object(e.getError()), e.getAt());
      default ->
          throw new MillraceException(
              ErrorCode.UNREADABLE_RECORD, "unknown event " + record.getClass().getName());
    };
  }

  /** The run that an event records. */
  static NodeRun run(NodeCompletedEvent e) {
    return new NodeRun(
        e.getNode(),
        e.getRun(),
        e.getExecutionIndex(),
        e.getStartedAt(),
        e.getDurationMicros(),
        ItemRecords.toSources(e.getSources()),
        ItemRecords.toPorts(e.getOutputs()),
        object(e.getError()));
  }

  /** A caller who was answered at once is no longer there. */
  static @Nullable Caller caller(@Nullable ReplyTo to, String awaits) {
    return to == null || awaits.equals(TAKEN)
        ? null
        : new Caller(
            to.getIngress(),
            to.getRequestId(),
            to.getPartition(),
            Caller.Awaits.valueOf(awaits.toUpperCase(Locale.ROOT)));
  }

  static String awaits(@Nullable Caller caller) {
    return caller == null ? TAKEN : caller.awaits().name().toLowerCase(Locale.ROOT);
  }

  static ReplyTo replyTo(Caller caller) {
    return new ReplyTo(caller.ingress(), caller.requestId(), caller.partition());
  }

  static Command.@Nullable Destination destination(@Nullable String node, boolean inclusive) {
    return node == null ? null : new Command.Destination(node, inclusive);
  }

  static ExecutionMode mode(String name) {
    try {
      return ExecutionMode.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_RECORD, "unknown execution mode \"" + name + "\"", unknown);
    }
  }

  private static WorkflowBudgets.Kind budget(String field) {
    for (WorkflowBudgets.Kind kind : WorkflowBudgets.Kind.values()) {
      if (kind.field().equals(field)) {
        return kind;
      }
    }
    throw new MillraceException(ErrorCode.UNREADABLE_RECORD, "unknown budget \"" + field + "\"");
  }

  private static ExecutionStatus status(String name) {
    try {
      return ExecutionStatus.valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException unknown) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_RECORD, "unknown execution status \"" + name + "\"", unknown);
    }
  }

  static java.nio.@Nullable ByteBuffer json(@Nullable Map<String, @Nullable Object> object) {
    return object == null ? null : ItemRecords.jsonBytes(object);
  }

  private static @Nullable ContextChange contextChange(NodeCompletedEvent e) {
    if (e.getContext() != null) {
      return new ContextChange.Whole(ItemRecords.fromJsonBytes(e.getContext()));
    }
    return e.getContextChange() == null
        ? null
        : ContextChange.Part.fromJson(ItemRecords.fromJsonBytes(e.getContextChange()));
  }

  static @Nullable Map<String, @Nullable Object> object(java.nio.@Nullable ByteBuffer json) {
    return json == null ? null : ItemRecords.fromJsonBytes(json);
  }

  /**
   * What an execution's first event carries beside what the core knows of it.
   *
   * @param variables {@code $vars}, which the core is given by whoever makes its state
   */
  record StartDetails(
      @Nullable String idempotencyKey,
      java.nio.@Nullable ByteBuffer inlineDefinition,
      @Nullable ReplyTo replyTo,
      dev.millrace.avro.@Nullable ParentCall parent,
      @Nullable String gate,
      Map<String, String> variables) {
    /** Whether anybody waits for an answer or may ask for it again. */
    boolean wantsAnswer() {
      return replyTo != null || idempotencyKey != null;
    }
  }

  /** All events of a batch. */
  public static List<Event> toEvents(dev.millrace.avro.EventBatch batch) {
    return batch.getEvents().stream().map(e -> toEvent(batch.getExecutionId(), e)).toList();
  }
}
