package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happened in an execution. The events of an execution, applied in order to a new {@link
 * ExecutionState} of the same plan, give its state.
 */
public sealed interface Event {

  /** The execution began; its start node is queued with these items. */
  record ExecutionStarted(
      String executionId,
      ExecutionMode mode,
      String startNode,
      int startOutput,
      List<Item> items,
      Command.@Nullable Destination destination,
      Instant at)
      implements Event {}

  /** The execution goes on where another one stood; nothing else is queued. */
  record HistoryTaken(History history) implements Event {}

  /**
   * A node ran and its run is recorded; its children are queued.
   *
   * @param context the node's context from now on, null when unchanged
   * @param stops whether the run's error ends the execution
   * @param attempts how many attempts it took
   * @param customData what user code stored with {@code $execution.customData}, null for nothing
   */
  record NodeCompleted(
      NodeRun run,
      @Nullable Map<String, @Nullable Object> context,
      boolean stops,
      int attempts,
      @Nullable Map<String, String> customData)
      implements Event {}

  /** The entry at the front of the queue left it without a run: no data, or outside the filter. */
  record NodeSkipped(String node) implements Event {}

  /**
   * The entry at the front of the queue lacks a connected input and goes to the back (order v0).
   */
  record NodePostponed(String node) implements Event {}

  /**
   * The entry at the front of the queue is in the hands of a worker.
   *
   * @param call number of the call within the execution, from 1: tells its result from all others
   * @param attempt which attempt of the run it is, from 1; attempts of one run follow each other
   * @param at when it was asked for
   */
  record EffectRequested(String node, int call, int attempt, Instant at) implements Event {}

  /** The entry at the front of the queue waits for a time. */
  record WaitStarted(String node, int attempt, Instant until, Instant at) implements Event {}

  /**
   * The entry at the front of the queue waits for other executions.
   *
   * @param call number of the call within the execution, counted with {@link EffectRequested}
   * @param count how many executions
   */
  record ChildrenStarted(String node, int call, int attempt, int count, Instant at)
      implements Event {}

  /**
   * One of the executions that are waited for is over.
   *
   * @param outputs what it answered
   * @param error the error that ended it, or null
   */
  record ChildReturned(
      int index, List<@Nullable List<Item>> outputs, @Nullable Map<String, @Nullable Object> error)
      implements Event {}

  /**
   * An attempt failed and another one follows.
   *
   * @param attempt the attempt that failed, from 1
   * @param retryAt when the next one may begin
   * @param customData what user code stored before it failed, null for nothing
   */
  record AttemptFailed(
      String node,
      int attempt,
      Map<String, @Nullable Object> error,
      Instant retryAt,
      @Nullable Map<String, String> customData)
      implements Event {}

  /** The wait for the next attempt is over. */
  record RetryDue(Instant due) implements Event {}

  /**
   * The queue was empty, and a node that waited for more inputs was released with what it had.
   *
   * @param runs whether it runs; false when all its inputs were empty and it was discarded
   */
  record WaitingReleased(String node, int slot, boolean runs) implements Event {}

  /** The execution used up its budget for one go and continues with a later command. */
  record ExecutionYielded(int steps) implements Event {}

  /** The execution is over. */
  record ExecutionEnded(
      ExecutionStatus status, @Nullable Map<String, @Nullable Object> error, Instant at)
      implements Event {}
}
