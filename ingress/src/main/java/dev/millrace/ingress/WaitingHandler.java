package dev.millrace.ingress;

import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.AwaitedCall;
import dev.millrace.resume.ResumeKey;
import dev.millrace.resume.ResumeUrls;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Serves calls of executions that wait for one, on the request's own virtual thread. A call is
 * acknowledged when it is committed that it resumed the execution.
 */
final class WaitingHandler implements Handler {
  private static final List<String> METHODS =
      List.of("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT");

  private final Supplier<String> baseUrl;
  private final String tenant;
  private final ResumeKey key;
  private final Resumption resumption;
  private final WebhookGuard guard;
  private final RequestReader reader;
  private final Admission admission;
  private final AnswerWriter writer;
  private final RequestsInService inService;

  WaitingHandler(
      Supplier<String> baseUrl,
      String tenant,
      ResumeKey key,
      Resumption resumption,
      WebhookGuard guard,
      RequestReader reader,
      Admission admission,
      AnswerWriter writer,
      RequestsInService inService) {
    this.baseUrl = baseUrl;
    this.tenant = tenant;
    this.key = key;
    this.resumption = resumption;
    this.guard = guard;
    this.reader = reader;
    this.admission = admission;
    this.writer = writer;
    this.inService = inService;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    inService.serve(() ->
        writer.write(
            request,
            response,
            Cors.of(List.of("*"), request)
                .on(RequestsInService.answered(() -> route(request, response)))));
  }

  private HttpAnswer route(ServerRequest request, ServerResponse response) {
    if (request.prologue().method().text().equals("OPTIONS")) {
      return Cors.of(List.of("*"), request).preflight(METHODS);
    }
    SignedPath path = SignedPath.of(request, ResumeUrls.WEBHOOK_PREFIX, tenant, key);
    inService.requireOpen();
    try (Admission.Share share = admission.share()) {
      share.enter();
      response.headers().set(HeaderValues.create(WebhookHandler.EXECUTION_ID, path.executionId()));
      return serve(request, path, share);
    } catch (RequestRefused refused) {
      throw refused;
    } catch (MillraceException failed) {
      return EngineCalls.notSent(failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a call was served", stopped);
    }
  }

  private HttpAnswer serve(ServerRequest request, SignedPath path, Admission.Share share)
      throws InterruptedException {
    Resumption.Awaited awaited = resumption.inspect(path, AwaitedCall.Kind.WEBHOOK);
    Webhook webhook = awaited.webhook();
    String method = request.prologue().method().text();
    if (!webhook.methods().contains(method)) {
      throw new RequestRefused(
              404,
              ErrorCode.WRONG_METHOD,
              "The execution waits for " + String.join(", ", webhook.methods()) + ", not " + method)
          .withHeader("allow", String.join(", ", webhook.methods()));
    }
    Proof proof = guard.check(request, webhook);
    String idempotencyKey = EngineCalls.idempotencyKey(request);
    ItemRecord item =
        reader.read(
            request,
            webhook,
            new RequestReader.Place(
                baseUrl.get()
                    + ResumeUrls.WEBHOOK_PREFIX
                    + path.executionId()
                    + (path.suffix().isEmpty() ? "" : "/" + path.suffix()),
                Map.of(),
                path.query()),
            proof,
            share);
    Webhook.Decision decision = webhook.answering().decide(path.executionId(), item);
    if (!decision.runs()) {
      return WebhookAnswers.notRun();
    }
    Webhook.Response answered = decision.response();
    Optional<ReplyRecord> reply = resumption.resume(awaited, answered.mode(), item, idempotencyKey);
    return reply
        .map(r -> WebhookAnswers.of(r, answered))
        .orElseGet(() -> WebhookAnswers.onReceived(answered));
  }
}
