package dev.millrace.ingress;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.InspectWait;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ResumeExecution;
import dev.millrace.avro.WaitAnswer;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.AwaitedCall;
import dev.millrace.serde.ItemRecords;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Asks an execution what call it waits for, and gives it one. Both go through the engine, so that
 * the execution's own state decides, wherever it lives. Thread-safe.
 */
final class Resumption {
  private static final String PASSED =
      "The execution was resumed already, has ended, or goes on by itself";

  private final EngineCalls calls;
  private final AwaitedWebhooks webhooks;
  private final String tenant;
  private final InstantSource clock;

  Resumption(EngineCalls calls, AwaitedWebhooks webhooks, String tenant, InstantSource clock) {
    this.calls = calls;
    this.webhooks = webhooks;
    this.tenant = tenant;
    this.clock = clock;
  }

  /**
   * A call that an execution waits for.
   *
   * @param number of the wait within the execution
   * @param webhook how it is served
   */
  record Awaited(String executionId, int number, AwaitedCall call, Webhook webhook) {}

  /**
   * What the execution waits for.
   *
   * @throws RequestRefused 404 when it waits for another path, 409 when for no call, 500 when it
   *     asks for what cannot be served, 504 when the engine does not say
   */
  Awaited inspect(SignedPath path, AwaitedCall.Kind kind) throws InterruptedException {
    ReplyRecord reply =
        calls
            .ask(
                ReplyRouter.Takes.OUTCOME,
                caller ->
                    new CommandRecord(
                        path.executionId(), tenant, clock.instant(), new InspectWait(caller)))
            .orElseThrow(calls::tooLate);
    if (!(reply.getBody() instanceof WaitAnswer answer)) {
      throw new IllegalStateException("a reply of a kind that was not asked for");
    }
    if (!answer.getState().equals("waiting")) {
      throw notWaiting(answer);
    }
    AwaitedCall call = AwaitedCall.fromJson(ItemRecords.fromJsonBytes(answer.getAwaited()));
    if (call.kind() != kind || !call.suffix().equals(path.suffix())) {
      throw new RequestRefused(
          404,
          ErrorCode.NO_WEBHOOK,
          "The execution waits for "
              + (call.kind() == AwaitedCall.Kind.FORM ? "a form" : "a call")
              + (call.suffix().isEmpty()
                  ? " without a suffix in its path"
                  : " with the suffix \"" + call.suffix() + "\" in its path"));
    }
    return new Awaited(path.executionId(), answer.getCall(), call, webhook(call));
  }

  private Webhook webhook(AwaitedCall call) {
    try {
      return webhooks.of(call);
    } catch (MillraceException cannotBeServed) {
      throw new RequestRefused(500, cannotBeServed.code(), cannotBeServed.text());
    }
  }

  /**
   * Gives the execution its call and waits for what the webhook promises its caller. An answer is
   * there only when it is committed that this call, and no other, ended the wait.
   *
   * @return empty when the call, or one with its key before, has resumed the execution and nothing
   *     else is told
   * @throws RequestRefused 409 when another call was first
   * @throws MillraceException when the call may not have been stored
   */
  Optional<ReplyRecord> resume(
      Awaited awaited, Webhook.Mode mode, ItemRecord item, @Nullable String key)
      throws InterruptedException {
    ReplyRecord reply =
        calls
            .ask(
                mode == Webhook.Mode.RESPONSE_NODE
                    ? ReplyRouter.Takes.ANSWER
                    : ReplyRouter.Takes.OUTCOME,
                caller ->
                    new CommandRecord(
                        awaited.executionId(),
                        tenant,
                        clock.instant(),
                        new ResumeExecution(
                            awaited.number(), List.of(item), key, caller, awaits(mode))))
            .orElseThrow(calls::tooLate);
    if (!(reply.getBody() instanceof WaitAnswer answer)) {
      return Optional.of(reply);
    }
    return switch (answer.getState()) {
      case "resumed", "repeated" -> Optional.empty();
      default -> throw notWaiting(answer);
    };
  }

  private static String awaits(Webhook.Mode mode) {
    return switch (mode) {
      case ON_RECEIVED -> "taken";
      case LAST_NODE -> "outcome";
      case RESPONSE_NODE -> "answer";
    };
  }

  private static RequestRefused notWaiting(WaitAnswer answer) {
    return new RequestRefused(
        409,
        ErrorCode.NOT_WAITING,
        answer.getState().equals("busy")
            ? "The execution does not wait for a call at this moment"
            : PASSED);
  }
}
