package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.WebhookResponse;
import java.time.Instant;
import java.util.List;
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
   */
  record CallOutside(
      PlannedNode planned,
      int call,
      int run,
      int attempt,
      Instant at,
      List<@Nullable List<Item>> inputs,
      List<@Nullable Source> sources,
      byte[] parameters)
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
