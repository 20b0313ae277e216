package dev.millrace.engine;

import dev.millrace.node.WebhookResponse;
import java.time.Instant;

/** What a decision asks of the world. Done in the same transaction as the decision's events. */
public sealed interface Effect {

  /** Send {@link Command.TimerDue} at that time. */
  record StartTimer(Instant due) implements Effect {}

  /** Give this answer to the caller that waits for one. Only the first answer counts. */
  record Respond(WebhookResponse response) implements Effect {}

  /** Send {@link Command.Continue} at once. */
  record YieldExecution() implements Effect {}
}
