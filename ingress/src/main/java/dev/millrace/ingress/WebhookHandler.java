package dev.millrace.ingress;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.StartExecution;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves one webhook request on its own virtual thread, from the route to the response. A request
 * is either refused before anything of it is sent, or sent once and answered by what became of it.
 */
final class WebhookHandler implements Handler {
  static final String PREFIX = "/webhook/";
  static final HeaderName EXECUTION_ID = HeaderNames.create("X-Millrace-Execution-Id");
  private static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create("Idempotency-Key");
  private static final int MAX_KEY = 255;
  private static final Logger LOG = LoggerFactory.getLogger(WebhookHandler.class);

  private final IngressSettings settings;
  private final Supplier<String> baseUrl;
  private final Supplier<WebhookRoutes> routes;
  private final WebhookGuard guard;
  private final AnswerWriter writer;
  private final RequestReader reader;
  private final Admission admission;
  private final CommandSender sender;
  private final ReplyRouter replies;
  private final InstantSource clock;
  private final BooleanSupplier ready;
  private final AtomicInteger active = new AtomicInteger();
  private volatile boolean draining;

  WebhookHandler(
      IngressSettings settings,
      Supplier<String> baseUrl,
      IngressServer.Parts parts,
      Admission admission,
      BodyReader bodies) {
    this.settings = settings;
    this.baseUrl = baseUrl;
    this.routes = parts.routes();
    this.guard = new WebhookGuard(parts.credentials(), parts.clock(), settings.proxyHops());
    this.writer = new AnswerWriter(bodies, parts.binaries());
    this.reader = new RequestReader(settings.limits(), bodies);
    this.admission = admission;
    this.sender = parts.sender();
    this.replies = parts.replies();
    this.clock = parts.clock();
    this.ready = parts.ready();
  }

  /**
   * From now on every request is refused; those that are being served go on.
   *
   * @return whether they were answered in time
   */
  boolean drain(Duration time) {
    draining = true;
    long deadline = System.nanoTime() + time.toNanos();
    while (active.get() > 0) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      LockSupport.parkNanos(2_000_000);
    }
    return true;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    active.incrementAndGet();
    try {
      route(request, response);
    } finally {
      active.decrementAndGet();
    }
  }

  private void route(ServerRequest request, ServerResponse response) {
    HttpAnswer answer;
    Cors cors = null;
    try {
      String path = below(PREFIX, request.path().path());
      String method = request.prologue().method().text();
      WebhookRoutes current = routes.get();
      if (method.equals("OPTIONS")) {
        answer = preflight(current, path, request);
      } else {
        switch (current.find(method, path)) {
          case WebhookRoutes.Match.Found found -> {
            cors = Cors.of(found.webhook().options().allowedOrigins(), request);
            answer = serve(request, response, found);
          }
          case WebhookRoutes.Match.OtherMethods other ->
              answer = otherMethods(method, path, other.methods());
          case WebhookRoutes.Match.Nothing nothing ->
              answer = ready.getAsBoolean() ? nothing(method, path) : starting();
        }
      }
    } catch (RequestRefused refused) {
      answer = refused.answer();
    } catch (UncheckedIOException gone) {
      answer = BodyReader.incomplete().answer();
    } catch (RuntimeException defect) {
      LOG.error("A webhook request could not be served", defect);
      answer =
          HttpAnswer.error(500, ErrorCode.INTERNAL, "The request could not be served", null)
              .closing();
    }
    writer.write(request, response, cors == null ? answer : cors.on(answer));
  }

  private HttpAnswer serve(
      ServerRequest request, ServerResponse response, WebhookRoutes.Match.Found found) {
    if (draining) {
      throw new RequestRefused(503, ErrorCode.OVERLOADED, "The server is stopping", true)
          .withHeader("retry-after", "1");
    }
    Webhook webhook = found.webhook();
    Map<String, @Nullable Object> claims = guard.check(request, webhook);
    try (Admission.Share share = admission.share()) {
      ItemRecord item = reader.read(request, found, baseUrl.get(), claims, share);
      share.enter();
      return start(request, response, webhook, item);
    }
  }

  private HttpAnswer start(
      ServerRequest request, ServerResponse response, Webhook webhook, ItemRecord item) {
    Instant now = clock.instant();
    String key = request.headers().value(IDEMPOTENCY_KEY).orElse(null);
    if (key != null && (key.isEmpty() || key.length() > MAX_KEY)) {
      throw new RequestRefused(
          400,
          ErrorCode.UNSUPPORTED_BODY,
          "The header Idempotency-Key has to hold 1 to " + MAX_KEY + " characters");
    }
    String executionId =
        key == null
            ? ExecutionIds.fresh(now.toEpochMilli())
            : ExecutionIds.ofKey(settings.tenant(), webhook.workflowId(), key);
    int output = webhook.output(request.prologue().method().text());
    try {
      Webhook.Decision decision = decide(webhook, executionId, item);
      if (!decision.runs()) {
        return WebhookAnswers.notRun();
      }
      response.headers().set(HeaderValues.create(EXECUTION_ID, executionId));
      return decision.response().mode() == Webhook.Mode.ON_RECEIVED
          ? acknowledged(
              decision.response(), command(webhook, executionId, now, item, output, key, null))
          : replied(webhook, decision.response(), executionId, now, item, output, key);
    } catch (RequestRefused refused) {
      throw refused;
    } catch (MillraceException failed) {
      return notSent(failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return replyTimeout();
    }
  }

  /** What the webhook's expressions say to this call; where one fails, nothing is started. */
  private static Webhook.Decision decide(Webhook webhook, String executionId, ItemRecord item)
      throws InterruptedException {
    try {
      return webhook.answering().decide(executionId, item);
    } catch (RequestRefused refused) {
      throw refused;
    } catch (MillraceException failed) {
      throw new RequestRefused(
          500,
          failed.code(),
          "A parameter of the webhook \"" + webhook.node() + "\" fails: " + failed.text());
    }
  }

  private HttpAnswer acknowledged(Webhook.Response response, CommandRecord command)
      throws InterruptedException {
    CompletableFuture<@Nullable MillraceException> stored = new CompletableFuture<>();
    sender.send(command, stored::complete);
    try {
      MillraceException error = stored.get();
      return error == null ? WebhookAnswers.onReceived(response) : notSent(error);
    } catch (ExecutionException neverSo) {
      throw new IllegalStateException(neverSo);
    }
  }

  private HttpAnswer replied(
      Webhook webhook,
      Webhook.Response response,
      String executionId,
      Instant now,
      ItemRecord item,
      int output,
      @Nullable String key)
      throws InterruptedException {
    ReplyRouter.Takes takes =
        response.mode() == Webhook.Mode.RESPONSE_NODE
            ? ReplyRouter.Takes.ANSWER
            : ReplyRouter.Takes.OUTCOME;
    try (ReplyRouter.Waiting waiting = replies.expect(takes)) {
      // The reply proves that the command arrived, so only a failure has to be waited for.
      sender.send(
          command(webhook, executionId, now, item, output, key, waiting.address()),
          error -> {
            if (error != null) {
              waiting.fail(error);
            }
          });
      Duration time = settings.limits().replyTimeout();
      Optional<ReplyRecord> reply = waiting.await(time);
      return reply.map(r -> WebhookAnswers.of(r, response)).orElseGet(this::replyTimeout);
    }
  }

  private CommandRecord command(
      Webhook webhook,
      String executionId,
      Instant now,
      ItemRecord item,
      int output,
      @Nullable String key,
      @Nullable ReplyTo replyTo) {
    return new CommandRecord(
        executionId,
        settings.tenant(),
        now,
        new StartExecution(
            webhook.workflowId(),
            webhook.version(),
            null,
            "webhook",
            webhook.node(),
            output,
            List.of(item),
            null,
            true,
            key,
            replyTo,
            null));
  }

  private HttpAnswer replyTimeout() {
    return HttpAnswer.error(
        504,
        ErrorCode.REPLY_TIMEOUT,
        "The workflow did not answer within "
            + settings.limits().replyTimeout().toSeconds()
            + " seconds",
        null);
  }

  private static HttpAnswer notSent(MillraceException error) {
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

  private static HttpAnswer starting() {
    return HttpAnswer.error(
            503, ErrorCode.OVERLOADED, "The server does not know all of its webhooks yet", null)
        .withHeader("retry-after", "1");
  }

  private static HttpAnswer nothing(String method, String path) {
    return HttpAnswer.error(
        404,
        ErrorCode.NO_WEBHOOK,
        "The requested webhook \"" + method + " " + path + "\" is not registered.",
        "The workflow must be active for a production URL to run successfully. Check the path and"
            + " whether the workflow that has it is published and active.");
  }

  private static HttpAnswer otherMethods(String method, String path, List<String> methods) {
    return HttpAnswer.error(
            404,
            ErrorCode.WRONG_METHOD,
            "This webhook is not registered for " + method + " requests: \"" + path + "\".",
            "It is registered for " + String.join(", ", methods) + ".")
        .withHeader("allow", String.join(", ", methods));
  }

  private static HttpAnswer preflight(WebhookRoutes routes, String path, ServerRequest request) {
    List<String> methods = routes.methodsOf(path);
    if (methods.isEmpty()) {
      return nothing("OPTIONS", path);
    }
    String wanted =
        request
            .headers()
            .value(HeaderNames.ACCESS_CONTROL_REQUEST_METHOD)
            .filter(methods::contains)
            .orElse(methods.getFirst());
    return routes.find(wanted, path) instanceof WebhookRoutes.Match.Found found
        ? Cors.of(found.webhook().options().allowedOrigins(), request).preflight(methods)
        : nothing("OPTIONS", path);
  }

  /** The path below a prefix, without slashes around it. */
  static String below(String prefix, String path) {
    int from = prefix.length();
    int to = path.length();
    while (from < to && path.charAt(from) == '/') {
      from++;
    }
    while (to > from && path.charAt(to - 1) == '/') {
      to--;
    }
    return path.substring(Math.min(from, to), to);
  }
}
