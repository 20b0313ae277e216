package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An execution as its events tell it. Everything that is asked is answered by applying them, or
 * some of them, to a new state of the plan that the execution ran with. Not thread-safe.
 */
public final class Recording {
  private final Plan plan;
  private final Map<String, String> variables;
  private final List<Event> events;
  private final ExecutionState state;
  private final Event.ExecutionStarted started;
  private final List<RecordedRun> runs = new ArrayList<>();

  /**
   * A run that this execution made itself.
   *
   * @param inputs the items of each input as they were queued, null for none
   * @param completed how it ended
   * @param began index of the first event that belongs to it
   * @param ended index of its end
   */
  public record RecordedRun(
      List<@Nullable List<Item>> inputs, Event.NodeCompleted completed, int began, int ended) {
    public NodeRun run() {
      return completed.run();
    }
  }

  /**
   * @param plan of the version that the execution ran in
   * @param variables {@code $vars}
   * @param events all of them so far, in order
   * @throws IllegalArgumentException when they do not begin with a start
   */
  public Recording(Plan plan, Map<String, String> variables, List<Event> events) {
    if (events.isEmpty() || !(events.getFirst() instanceof Event.ExecutionStarted first)) {
      throw new IllegalArgumentException("the events do not begin with a start");
    }
    this.plan = plan;
    this.variables = variables;
    this.events = List.copyOf(events);
    this.started = first;
    this.state = new ExecutionState(plan, variables);
    int began = 0;
    for (int i = 0; i < this.events.size(); i++) {
      Event event = this.events.get(i);
      QueueEntry front = state.queue().front();
      if (event instanceof Event.NodeCompleted completed && front != null) {
        runs.add(new RecordedRun(inputs(front), completed, began, i));
      }
      if (!belongsToRun(event)) {
        began = i + 1;
      }
      state.apply(event);
    }
  }

  private static List<@Nullable List<Item>> inputs(QueueEntry entry) {
    return Collections.unmodifiableList(new ArrayList<>(entry.inputs()));
  }

  /** Whether an event is part of a run that comes to its end later. */
  private static boolean belongsToRun(Event event) {
    return switch (event) {
      case Event.EffectRequested e -> true;
      case Event.WaitStarted e -> true;
      case Event.ChildrenStarted e -> true;
      case Event.ChildReturned e -> true;
      case Event.AttemptFailed e -> true;
      case Event.RetryDue e -> true;
      case Event.WaitResumed e -> true;
      case Event.ExecutionYielded e -> true;
      case Event.ExecutionStarted e -> false;
      case Event.HistoryTaken e -> false;
      case Event.StaticDataChanged e -> false;
      case Event.NodeCompleted e -> false;
      case Event.NodeSkipped e -> false;
      case Event.NodePostponed e -> false;
      case Event.WaitingReleased e -> false;
      case Event.ExecutionEnded e -> false;
    };
  }

  /** How it began. */
  public Event.ExecutionStarted started() {
    return started;
  }

  /** Where it stands after all events. */
  public ExecutionState state() {
    return state;
  }

  /** All events. */
  public List<Event> events() {
    return events;
  }

  /** The runs that it made itself, in their order; without those that it took over. */
  public List<RecordedRun> runs() {
    return runs;
  }

  /**
   * Where a retry goes on: before the run that failed, or where the execution was stopped.
   *
   * @throws MillraceException {@code NOT_RETRYABLE} when it succeeded, is not over or never ran
   */
  public History beforeFailure() {
    requireOver();
    if (state.status() == ExecutionStatus.SUCCESS) {
      throw refused("succeeded, so there is no failed node to retry; replay it from a node");
    }
    boolean neverRan =
        started.startNode().isEmpty()
            || (started.mode() == ExecutionMode.RETRY && state.retryOf() == null);
    if (neverRan) {
      throw refused("never began to run; start it again, or retry the one that it was to retry");
    }
    RecordedRun last = runs.isEmpty() ? null : runs.getLast();
    return history(
        state, last == null || !last.completed().stops() ? -1 : last.run().executionIndex());
  }

  /**
   * Where a replay goes on: before a run of a node.
   *
   * @param run index among the node's runs, from 0
   * @throws MillraceException {@code NOT_RETRYABLE} when the execution is not over, {@code
   *     UNKNOWN_NODE} when it has no such run
   */
  public History before(String node, int run) {
    requireOver();
    for (RecordedRun recorded : runs) {
      if (recorded.run().node().equals(node) && recorded.run().run() == run) {
        ExecutionState then = new ExecutionState(plan, variables);
        events.subList(0, recorded.began()).forEach(then::apply);
        return history(then, -1);
      }
    }
    List<String> ran = runs.stream().map(each -> each.run().node()).distinct().toList();
    throw new MillraceException(
        ErrorCode.UNKNOWN_NODE,
        state.run(node, run) != null
            ? "execution "
                + started.executionId()
                + " took run "
                + run
                + " of node \""
                + node
                + "\" over from execution "
                + state.retryOf()
                + "; replay that one"
            : "execution "
                + started.executionId()
                + " has no run "
                + run
                + " of a node \""
                + node
                + "\"; it ran "
                + (ran.isEmpty() ? "none" : String.join(", ", ran)));
  }

  private void requireOver() {
    if (!state.status().terminal()) {
      throw refused("is not over; cancel it first, or wait for its end");
    }
  }

  private MillraceException refused(String why) {
    return new MillraceException(
        ErrorCode.NOT_RETRYABLE, "execution " + started.executionId() + " " + why);
  }

  /**
   * @param without execution index of the run that is to be made again, or -1
   */
  private History history(ExecutionState at, int without) {
    List<NodeRun> done =
        at.allRuns().values().stream()
            .flatMap(List::stream)
            .filter(run -> run.executionIndex() != without)
            .sorted(Comparator.comparingInt(NodeRun::executionIndex))
            .toList();
    return new History(
        started.executionId(),
        done,
        Map.copyOf(at.contexts()),
        Map.copyOf(at.customData()),
        at.queue().ready(),
        at.queue().waiting());
  }
}
