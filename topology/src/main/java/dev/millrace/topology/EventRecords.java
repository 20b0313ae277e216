package dev.millrace.topology;

import dev.millrace.avro.AttemptFailedEvent;
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
import dev.millrace.avro.RetryDueEvent;
import dev.millrace.avro.WaitStartedEvent;
import dev.millrace.avro.WaitingReleasedEvent;
import dev.millrace.engine.Command;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.ItemRecords;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The core's events as Avro records, and back. */
public final class EventRecords {
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
              new NodeRun(
                  e.getNode(),
                  e.getRun(),
                  e.getExecutionIndex(),
                  e.getStartedAt(),
                  e.getDurationMicros(),
                  ItemRecords.toSources(e.getSources()),
                  ItemRecords.toPorts(e.getOutputs()),
                  object(e.getError())),
              object(e.getContext()),
              e.getStops(),
              e.getAttempts(),
              e.getCustomData());
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
          new Event.EffectRequested(e.getNode(), e.getCall(), e.getAttempt(), e.getAt());
      case WaitStartedEvent e ->
          new Event.WaitStarted(e.getNode(), e.getAttempt(), e.getUntil(), e.getAt());
      case ChildrenStartedEvent e ->
          new Event.ChildrenStarted(
              e.getNode(), e.getCall(), e.getAttempt(), e.getCount(), e.getAt());
      case ChildReturnedEvent e ->
          new Event.ChildReturned(
              e.getIndex(), ItemRecords.toPorts(e.getOutputs()), object(e.getError()));
      case RetryDueEvent e -> new Event.RetryDue(e.getDue());
      case WaitingReleasedEvent e ->
          new Event.WaitingReleased(e.getNode(), e.getSlot(), e.getRuns());
      case ExecutionYieldedEvent e -> new Event.ExecutionYielded(e.getSteps());
      case ExecutionEndedEvent e ->
          new Event.ExecutionEnded(status(e.getStatus()), object(e.getError()), e.getAt());
      default ->
          throw new MillraceException(
              ErrorCode.UNREADABLE_RECORD, "unknown event " + record.getClass().getName());
    };
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

  private static @Nullable Map<String, @Nullable Object> object(
      java.nio.@Nullable ByteBuffer json) {
    return json == null ? null : ItemRecords.fromJsonBytes(json);
  }

  /** What an execution's first event carries beside what the core knows of it. */
  record StartDetails(
      @Nullable String idempotencyKey,
      java.nio.@Nullable ByteBuffer inlineDefinition,
      dev.millrace.avro.@Nullable ReplyTo replyTo,
      dev.millrace.avro.@Nullable ParentCall parent) {
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
