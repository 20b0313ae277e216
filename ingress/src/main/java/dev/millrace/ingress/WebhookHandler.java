package dev.millrace.ingress;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ItemRecord;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Serves one webhook request on its own virtual thread, from the route to the response. A request
 * is either refused before anything of it is sent, or sent once and answered by what became of it.
 */
final class WebhookHandler implements Handler {
  static final String PREFIX = "/webhook/";
  static final HeaderName EXECUTION_ID = HeaderNames.create("X-Millrace-Execution-Id");

  private final IngressSettings settings;
  private final Supplier<String> baseUrl;
  private final Supplier<WebhookRoutes> routes;
  private final WebhookGuard guard;
  private final AnswerWriter writer;
  private final RequestReader reader;
  private final Admission admission;
  private final EngineCalls calls;
  private final InstantSource clock;
  private final BooleanSupplier ready;
  private final RequestsInService inService;

  WebhookHandler(
      IngressSettings settings,
      Supplier<String> baseUrl,
      IngressServer.Parts parts,
      Admission admission,
      BodyReader bodies,
      EngineCalls calls,
      RequestsInService inService) {
    this.settings = settings;
    this.baseUrl = baseUrl;
    this.routes = parts.routes();
    this.guard = new WebhookGuard(parts.credentials(), parts.clock(), settings.proxyHops());
    this.writer = new AnswerWriter(bodies, parts.binaries());
    this.reader = new RequestReader(settings.limits(), bodies);
    this.admission = admission;
    this.calls = calls;
    this.inService = inService;
    this.clock = parts.clock();
    this.ready = parts.ready();
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    inService.serve(() ->
        writer.write(
            request, response, RequestsInService.answered(() -> route(request, response))));
  }

  private HttpAnswer route(ServerRequest request, ServerResponse response) {
    String path = below(PREFIX, request.path().path());
    String method = request.prologue().method().text();
    WebhookRoutes current = routes.get();
    if (method.equals("OPTIONS")) {
      return preflight(current, path, request);
    }
    return switch (current.find(method, path)) {
      case WebhookRoutes.Match.Found found ->
          Cors.of(found.webhook().options().allowedOrigins(), request)
              .on(RequestsInService.answered(() -> serve(request, response, found)));
      case WebhookRoutes.Match.OtherMethods other -> otherMethods(method, path, other.methods());
      case WebhookRoutes.Match.Nothing nothing ->
          ready.getAsBoolean() ? nothing(method, path) : starting();
    };
  }

  private HttpAnswer serve(
      ServerRequest request, ServerResponse response, WebhookRoutes.Match.Found found) {
    inService.requireOpen();
    Webhook webhook = found.webhook();
    Proof proof = guard.check(request, webhook);
    try (Admission.Share share = admission.share()) {
      ItemRecord item =
          reader.read(
              request,
              webhook,
              new RequestReader.Place(
                  baseUrl.get() + PREFIX + webhook.path(),
                  found.params(),
                  RequestReader.query(request)),
              proof,
              share);
      share.enter();
      return start(request, response, webhook, item);
    }
  }

  private HttpAnswer start(
      ServerRequest request, ServerResponse response, Webhook webhook, ItemRecord item) {
    Instant now = clock.instant();
    String key = EngineCalls.idempotencyKey(request);
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
      return EngineCalls.notSent(failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return calls.late();
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
    return calls
        .store(command)
        .map(EngineCalls::notSent)
        .orElseGet(() -> WebhookAnswers.onReceived(response));
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
    return calls
        .ask(takes, caller -> command(webhook, executionId, now, item, output, key, caller))
        .map(reply -> WebhookAnswers.of(reply, response))
        .orElseGet(calls::late);
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
