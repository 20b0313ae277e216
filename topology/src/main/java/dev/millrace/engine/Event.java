package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.node.AwaitedCall;
import dev.millrace.node.ContextChange;
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
   * @param context what changes in the node's context, null for nothing
   * @param stops whether the run's error ends the execution
   * @param attempts how many attempts it took
   * @param customData what user code stored with {@code $execution.customData}, null for nothing
   */
  record NodeCompleted(
      NodeRun run,
      @Nullable ContextChange context,
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
   * @param gates what it goes through on its way
   */
  record EffectRequested(String node, int call, int attempt, Instant at, List<String> gates)
      implements Event {}

  /**
   * The entry at the front of the queue waits for a time, or for a call until then.
   *
   * @param until {@link #NEVER} for a call without a limit
   * @param call number of the call within the execution, counted with {@link EffectRequested}; 0
   *     when it waits for a time alone
   * @param awaited the call that is waited for, or null
   */
  record WaitStarted(
      String node, int attempt, Instant until, Instant at, int call, @Nullable AwaitedCall awaited)
      implements Event {
    /** A time that does not come, as n8n writes it. */
    public static final Instant NEVER = Instant.parse("3000-01-01T00:00:00Z");

    /** A wait for a time. */
    public WaitStarted(String node, int attempt, Instant until, Instant at) {
      this(node, attempt, until, at, 0, null);
    }
  }

  /**
   * The call that the entry at the front of the queue waited for came.
   *
   * @param idempotencyKey a later call with the same key is not another one; null for none
   * @param caller who is told what comes of it, null for nobody
   */
  record WaitResumed(
      String node, int call, @Nullable String idempotencyKey, @Nullable Caller caller, Instant at)
      implements Event {}

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

  /**
   * A run by hand changed the workflow's static data, for its own execution alone.
   *
   * @param data all of it from now on
   */
  record StaticDataChanged(Map<String, @Nullable Object> data) implements Event {}

  /** The execution used up its budget for one go and continues with a later command. */
  record ExecutionYielded(int steps) implements Event {}

  /** The execution is over. */
  record ExecutionEnded(
      ExecutionStatus status, @Nullable Map<String, @Nullable Object> error, Instant at)
      implements Event {}
}
