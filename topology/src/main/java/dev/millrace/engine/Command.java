package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeOutput;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an execution can be asked to do. */
public sealed interface Command {

  /**
   * Begins an execution.
   *
   * @param executionId made where the trigger fired
   * @param startNode the trigger, or null for the default start node of the workflow
   * @param startOutput the trigger's output that the items leave by; 0 for all but a webhook with
   *     several methods
   * @param items what the trigger was fired with
   * @param destination where a manual run ends, or null
   */
  record Start(
      String executionId,
      ExecutionMode mode,
      @Nullable String startNode,
      int startOutput,
      List<Item> items,
      @Nullable Destination destination)
      implements Command {}

  /**
   * Begins an execution where another one stood, a {@link Recording} says where.
   *
   * @param start how the other one was started, with the id of this one
   */
  record Restart(Start start, History history) implements Command {}

  /** A timer that a decision asked for is due. A timer that no longer fits does nothing. */
  record TimerDue(Instant due) implements Command {}

  /**
   * A worker is done with a run that {@link Effect.CallOutside} asked for. One that is no longer
   * awaited, because it came twice or the execution was canceled, does nothing.
   *
   * @param call number of the call within the execution
   */
  record EffectDone(int call, Outcome outcome) implements Command {}

  /** How a run outside ended. */
  sealed interface Outcome {
    /** The node answered, after so many microseconds. */
    record Answered(NodeOutput output, long micros) implements Outcome {}

    /** The node failed, with the error as it is recorded. */
    record Failed(Map<String, @Nullable Object> error, long micros) implements Outcome {}
  }

  /**
   * An execution that this one called is over. One that is not awaited, or not any more, does
   * nothing.
   *
   * @param outputs an item's pairing is the item of the call that it came from
   * @param error the error that ended it, or null
   */
  record ChildDone(
      int call,
      int index,
      List<@Nullable List<Item>> outputs,
      @Nullable Map<String, @Nullable Object> error)
      implements Command {}

  /**
   * The call that a node waits for. One that is not awaited, or not any more, does nothing.
   *
   * @param call number of the wait within the execution
   * @param items what the node answers
   * @param idempotencyKey a later call with the same key does nothing; null for none
   * @param caller who is told what comes of it, null for nobody
   */
  record Resume(
      int call, List<Item> items, @Nullable String idempotencyKey, @Nullable Caller caller)
      implements Command {}

  /** Goes on after a decision that yielded. */
  record Continue() implements Command {}

  /** Stops the execution before its next node. */
  record Cancel(String reason) implements Command {}

  /** Ends the execution as failed without running anything. */
  record Fail(ErrorCode code, String reason) implements Command {}

  /**
   * The node at which a manual run ends.
   *
   * @param inclusive whether the node itself still runs
   */
  record Destination(String node, boolean inclusive) {}
}
