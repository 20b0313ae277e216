package dev.millrace.node;

import dev.millrace.item.Item;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a flow node's run waits for before it is over. */
public sealed interface Suspension {
  /** Waits for a time; then the run lets the items of its first input through. */
  record Until(Instant at) implements Suspension {}

  /**
   * Waits for a call from outside; then the run answers what the call brought. When it does not
   * come in time, the run lets the items of its first input through.
   *
   * @param call the call that ends the wait
   * @param until when it ends without one, or null for never
   */
  record ForCall(AwaitedCall call, @Nullable Instant until) implements Suspension {}

  /**
   * Calls other workflows, and answers what they answer, the calls one after the other.
   *
   * @param calls each is an execution of its own
   * @param awaited whether the run waits for them; else it is over at once with its outputs
   */
  record SubWorkflow(List<Call> calls, boolean awaited) implements Suspension {}

  /**
   * One call.
   *
   * @param workflowId of the workflow, whose published version of that moment runs; empty with a
   *     definition
   * @param definition the workflow's JSON itself, or null
   */
  record Call(String workflowId, byte @Nullable [] definition, List<Item> items) {}
}
