package dev.millrace.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The life of an execution as a table: which event may happen in which status, and which status
 * follows. What the table does not hold cannot be applied.
 */
public final class ExecutionLifecycle {
  private static final List<Transition> TABLE =
      List.of(
          new Transition(null, Event.ExecutionStarted.class, ExecutionStatus.RUNNING),
          running(Event.HistoryTaken.class, ExecutionStatus.RUNNING),
          running(Event.NodeCompleted.class, ExecutionStatus.RUNNING),
          running(Event.NodeSkipped.class, ExecutionStatus.RUNNING),
          running(Event.NodePostponed.class, ExecutionStatus.RUNNING),
          running(Event.WaitingReleased.class, ExecutionStatus.RUNNING),
          running(Event.ExecutionYielded.class, ExecutionStatus.RUNNING),
          running(Event.StaticDataChanged.class, ExecutionStatus.RUNNING),
          running(Event.AttemptFailed.class, ExecutionStatus.WAITING),
          running(Event.EffectRequested.class, ExecutionStatus.CALLING),
          running(Event.ExecutionEnded.class, ExecutionStatus.SUCCESS),
          running(Event.ExecutionEnded.class, ExecutionStatus.ERROR),
          running(Event.ExecutionEnded.class, ExecutionStatus.CANCELED),
          running(Event.ChildrenStarted.class, ExecutionStatus.CALLING),
          running(Event.WaitStarted.class, ExecutionStatus.WAITING),
          waiting(Event.WaitResumed.class, ExecutionStatus.RUNNING),
          calling(Event.ChildReturned.class, ExecutionStatus.CALLING),
          waiting(Event.NodeCompleted.class, ExecutionStatus.RUNNING),
          waiting(Event.AttemptFailed.class, ExecutionStatus.WAITING),
          calling(Event.NodeCompleted.class, ExecutionStatus.RUNNING),
          calling(Event.NodeSkipped.class, ExecutionStatus.RUNNING),
          calling(Event.AttemptFailed.class, ExecutionStatus.WAITING),
          calling(Event.ExecutionEnded.class, ExecutionStatus.ERROR),
          calling(Event.ExecutionEnded.class, ExecutionStatus.CANCELED),
          waiting(Event.RetryDue.class, ExecutionStatus.RUNNING),
          waiting(Event.ExecutionEnded.class, ExecutionStatus.ERROR),
          waiting(Event.ExecutionEnded.class, ExecutionStatus.CANCELED));

  private static final Map<Class<? extends Event>, List<Transition>> BY_EVENT = byEvent();

  private ExecutionLifecycle() {}

  /**
   * One row.
   *
   * @param from the status before, null before the execution has started
   */
  public record Transition(
      @Nullable ExecutionStatus from, Class<? extends Event> event, ExecutionStatus to) {}

  /** All rows. */
  public static List<Transition> table() {
    return TABLE;
  }

  /**
   * The status that follows an event.
   *
   * @param from the status before, null before the execution has started
   * @throws IllegalStateException when the event may not happen then
   */
  static ExecutionStatus after(@Nullable ExecutionStatus from, Event event) {
    for (Transition row : BY_EVENT.getOrDefault(event.getClass(), List.of())) {
      if (row.from() == from
          && (!(event instanceof Event.ExecutionEnded ended) || ended.status() == row.to())) {
        return row.to();
      }
    }
    throw new IllegalStateException(
        event.getClass().getSimpleName()
            + " may not happen "
            + (from == null ? "before the start" : "in status " + from));
  }

  private static Transition running(Class<? extends Event> event, ExecutionStatus to) {
    return new Transition(ExecutionStatus.RUNNING, event, to);
  }

  private static Transition calling(Class<? extends Event> event, ExecutionStatus to) {
    return new Transition(ExecutionStatus.CALLING, event, to);
  }

  private static Transition waiting(Class<? extends Event> event, ExecutionStatus to) {
    return new Transition(ExecutionStatus.WAITING, event, to);
  }

  private static Map<Class<? extends Event>, List<Transition>> byEvent() {
    Map<Class<? extends Event>, List<Transition>> rows = new HashMap<>();
    for (Transition row : TABLE) {
      rows.computeIfAbsent(row.event(), type -> new ArrayList<>()).add(row);
    }
    return rows;
  }
}
