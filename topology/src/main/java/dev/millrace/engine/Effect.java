package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.limit.Gate;
import dev.millrace.node.NodeRun;
import dev.millrace.node.WebhookResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a decision asks of the world. Done in the same transaction as the decision's events. */
public sealed interface Effect {

  /** Send {@link Command.TimerDue} at that time. */
  record StartTimer(Instant due) implements Effect {}

  /** Give this answer to the caller that waits for one. Only the first answer counts. */
  record Respond(WebhookResponse response) implements Effect {}

  /**
   * Let a worker run a node that reaches outside, and send {@link Command.EffectDone}.
   *
   * @param call number of the call within the execution
   * @param run index among the node's runs
   * @param attempt from 1
   * @param inputs the items of each input, null for none
   * @param parameters what {@link dev.millrace.parameter.EffectParameters} wrote
   * @param gates what it goes through first, one after the other
   */
  record CallOutside(
      PlannedNode planned,
      int call,
      int run,
      int attempt,
      Instant at,
      List<@Nullable List<Item>> inputs,
      List<@Nullable Source> sources,
      byte[] parameters,
      List<CallGates.Named> gates)
      implements Effect {}

  /**
   * Tell gates that a call is through, or is not wanted any more.
   *
   * @param gates in the order in which the call goes through them
   * @param call number of the call within the execution
   */
  record LeaveGates(List<String> gates, int call, Gate.Outcome outcome) implements Effect {}

  /**
   * Let the owner of a state run a node on it, and send {@link Command.EffectDone}.
   *
   * @param state the name of the state within the workflow
   * @param workflow the workflow's JSON, with this node alone or whole
   * @param runs the execution's runs in order, as far as the run looks at them
   * @param staticData what an execution by hand has made of the workflow's, null for nothing
   */
  record CallOwner(
      String state,
      CallOutside run,
      byte[] workflow,
      List<NodeRun> runs,
      @Nullable Map<String, @Nullable Object> staticData)
      implements Effect {}

  /**
   * Start an execution of another workflow, and send {@link Command.ChildDone} when it is over.
   *
   * @param childId the same each time this decision is made
   * @param call number of the call within the execution; 0 when nobody waits for the child
   * @param index which execution of the call it is
   */
  record StartChild(
      String childId,
      int call,
      int index,
      String workflowId,
      byte @Nullable [] definition,
      List<Item> items)
      implements Effect {}

  /** Cancel an execution that {@link StartChild} started. */
  record CancelChild(String childId) implements Effect {}

  /** Stop the worker that runs {@link CallOutside}, if it does; its result is not awaited. */
  record CancelCall(int call) implements Effect {}

  /** Send {@link Command.Continue} at once. */
  record YieldExecution() implements Effect {}
}
