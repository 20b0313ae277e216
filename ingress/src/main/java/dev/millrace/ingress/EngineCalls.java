package dev.millrace.ingress;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commands to the engine and what comes back, for a request that waits. Thread-safe. */
final class EngineCalls {
  private static final Logger LOG = LoggerFactory.getLogger(EngineCalls.class);
  private static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create("Idempotency-Key");
  private static final int MAX_KEY = 255;

  private final CommandSender sender;
  private final ReplyRouter replies;
  private final Duration replyTimeout;

  EngineCalls(CommandSender sender, ReplyRouter replies, Duration replyTimeout) {
    this.sender = sender;
    this.replies = replies;
    this.replyTimeout = replyTimeout;
  }

  /**
   * Sends a command.
   *
   * @return why it may not be stored, empty when it is
   */
  Optional<MillraceException> store(CommandRecord command) throws InterruptedException {
    CompletableFuture<@Nullable MillraceException> stored = new CompletableFuture<>();
    sender.send(command, stored::complete);
    try {
      return Optional.ofNullable(stored.get());
    } catch (ExecutionException neverSo) {
      throw new IllegalStateException(neverSo);
    }
  }

  /**
   * Sends a command and waits for its reply.
   *
   * @param command makes it for the address that the reply goes to
   * @return empty when there is none in time
   * @throws MillraceException when it may not have been stored
   */
  Optional<ReplyRecord> ask(ReplyRouter.Takes takes, Function<ReplyTo, CommandRecord> command)
      throws InterruptedException {
    try (ReplyRouter.Waiting waiting = replies.expect(takes)) {
      // The reply proves that the command arrived, so only a failure has to be waited for.
      sender.send(
          command.apply(waiting.address()),
          error -> {
            if (error != null) {
              waiting.fail(error);
            }
          });
      return waiting.await(replyTimeout);
    }
  }

  /**
   * The key by which a call may be repeated, null for none.
   *
   * @throws RequestRefused 400 when it is too long or empty
   */
  static @Nullable String idempotencyKey(ServerRequest request) {
    String key = request.headers().value(IDEMPOTENCY_KEY).orElse(null);
    if (key != null && (key.isEmpty() || key.length() > MAX_KEY)) {
      throw new RequestRefused(
          400,
          ErrorCode.UNSUPPORTED_BODY,
          "The header Idempotency-Key has to hold 1 to " + MAX_KEY + " characters");
    }
    return key;
  }

  HttpAnswer late() {
    return tooLate().answer();
  }

  RequestRefused tooLate() {
    return new RequestRefused(
        504,
        ErrorCode.REPLY_TIMEOUT,
        "The workflow did not answer within " + replyTimeout.toSeconds() + " seconds");
  }

  static HttpAnswer notSent(MillraceException error) {
    return switch (error.code()) {
      case BATCH_TOO_LARGE -> HttpAnswer.error(413, error.code(), error.text(), null);
      case BROKER_UNAVAILABLE ->
          HttpAnswer.error(503, error.code(), error.text(), null).withHeader("retry-after", "1");
      default -> {
        LOG.error("A command could not be sent", error);
        yield HttpAnswer.error(500, error.code(), error.text(), null);
      }
    };
  }
}
