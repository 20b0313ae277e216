package dev.millrace.ingress;

import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.AwaitedCall;
import dev.millrace.resume.ResumeKey;
import dev.millrace.resume.ResumeUrls;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URI;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Serves the forms that executions wait for, on the request's own virtual thread: the page, and its
 * submission, which is acknowledged when it is committed that it resumed the execution.
 */
final class FormHandler implements Handler {
  private final String tenant;
  private final ResumeKey key;
  private final Resumption resumption;
  private final WebhookGuard guard;
  private final BodyReader bodies;
  private final int maxParts;
  private final Admission admission;
  private final AnswerWriter writer;
  private final RequestsInService inService;
  private final InstantSource clock;

  FormHandler(
      String tenant,
      ResumeKey key,
      Resumption resumption,
      WebhookGuard guard,
      BodyReader bodies,
      int maxParts,
      Admission admission,
      AnswerWriter writer,
      RequestsInService inService,
      InstantSource clock) {
    this.tenant = tenant;
    this.key = key;
    this.resumption = resumption;
    this.guard = guard;
    this.bodies = bodies;
    this.maxParts = maxParts;
    this.admission = admission;
    this.writer = writer;
    this.inService = inService;
    this.clock = clock;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    inService.serve(() ->
        writer.write(
            request, response, RequestsInService.answered(() -> route(request, response))));
  }

  private HttpAnswer route(ServerRequest request, ServerResponse response) {
    try (Admission.Share share = admission.share()) {
      SignedPath path = SignedPath.of(request, ResumeUrls.FORM_PREFIX, tenant, key);
      inService.requireOpen();
      share.enter();
      response.headers().set(HeaderValues.create(WebhookHandler.EXECUTION_ID, path.executionId()));
      return serve(request, path, share);
    } catch (RequestRefused refused) {
      return shown(refused.answer(), refused.text());
    } catch (MillraceException failed) {
      return shown(EngineCalls.notSent(failed), failed.text());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a form was served", stopped);
    }
  }

  /** The same as a page, for who looks at it. */
  private static HttpAnswer shown(HttpAnswer error, String text) {
    HttpAnswer page =
        FormPage.message(
            error.status(),
            switch (error.status()) {
              case 401, 403 -> "You may not open this form";
              case 404, 409 -> "This form is closed";
              default -> "The form could not be processed";
            },
            text + ".");
    Map<String, String> headers = new LinkedHashMap<>(error.headers());
    headers.putAll(page.headers());
    return new HttpAnswer(error.status(), headers, page.body(), error.close());
  }

  private HttpAnswer serve(ServerRequest request, SignedPath path, Admission.Share share)
      throws InterruptedException {
    Resumption.Awaited awaited = resumption.inspect(path, AwaitedCall.Kind.FORM);
    guard.check(request, awaited.webhook());
    String method = request.prologue().method().text();
    return switch (method) {
      case "GET", "HEAD" -> page(awaited, prefilled(awaited, path.query()), Map.of());
      case "POST" -> submitted(request, awaited, share);
      default ->
          throw new RequestRefused(
                  404, ErrorCode.WRONG_METHOD, "A form is opened with GET and sent with POST")
              .withHeader("allow", "GET, HEAD, POST");
    };
  }

  private static List<FormField> fields(Resumption.Awaited awaited) {
    return FormField.all(awaited.call().parameters().get("formFields"));
  }

  private static HttpAnswer page(
      Resumption.Awaited awaited, FormSubmission sent, Map<String, String> problems) {
    WebhookParameters parameters = parameters(awaited);
    return FormPage.form(
        parameters.text("formTitle", ""),
        parameters.text("formDescription", ""),
        fields(awaited),
        sent,
        problems,
        redirect(parameters));
  }

  /** Values from the URL, by the labels of the fields. */
  private static FormSubmission prefilled(Resumption.Awaited awaited, String query) {
    if (query.isEmpty()) {
      return FormSubmission.NONE;
    }
    Map<String, @Nullable Object> given = FormFields.parse(query, FormFields.Names.PLAIN);
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (FormField field : fields(awaited)) {
      switch (given.get(field.label())) {
        case String one -> values.put(field.name(), List.of(one));
        case List<?> several ->
            values.put(field.name(), several.stream().map(String::valueOf).toList());
        case null, default -> {}
      }
    }
    return new FormSubmission(values, Map.of());
  }

  private HttpAnswer submitted(
      ServerRequest request, Resumption.Awaited awaited, Admission.Share share)
      throws InterruptedException {
    ContentType type =
        request
            .headers()
            .value(HeaderNames.CONTENT_TYPE)
            .map(ContentType::parse)
            .orElse(ContentType.NONE);
    FormSubmission sent = FormSubmission.read(bodies.read(request, share), type, maxParts);
    List<FormField> fields = fields(awaited);
    Map<String, String> problems = sent.problems(fields);
    if (!problems.isEmpty()) {
      return page(awaited, sent, problems);
    }
    ItemRecord item = sent.item(fields, clock.instant());
    Webhook.Response response =
        awaited.webhook().answering().decide(awaited.executionId(), item).response();
    Optional<ReplyRecord> reply = resumption.resume(awaited, response.mode(), item, null);
    if (reply.isPresent()) {
      if (reply.get().getBody() instanceof WebhookAnswer) {
        return WebhookAnswers.of(reply.get(), response);
      }
      if (!WebhookAnswers.succeeded(reply.get())) {
        return FormPage.message(
            500, "Something went wrong", "The form was received, but its workflow failed.");
      }
    }
    return done(parameters(awaited));
  }

  private static HttpAnswer done(WebhookParameters parameters) {
    String redirect = redirect(parameters);
    if (!redirect.isEmpty()) {
      return new HttpAnswer(303, Map.of("location", redirect), HttpAnswer.NO_BODY, false);
    }
    return FormPage.message(
        200,
        "Form submitted",
        response(parameters).text("formSubmittedText", "Your response has been recorded"));
  }

  private static WebhookParameters parameters(Resumption.Awaited awaited) {
    return new WebhookParameters(
        awaited.call().node(), awaited.call().parameters(), template -> template);
  }

  private static WebhookParameters response(WebhookParameters parameters) {
    return parameters.child("options").child("respondWithOptions").child("values");
  }

  /** Where the sender is led, empty for nowhere: a page of this server says that it is done. */
  private static String redirect(WebhookParameters parameters) {
    WebhookParameters response = response(parameters);
    if (!response.text("respondWith", "text").equals("redirect")) {
      return "";
    }
    String url = response.text("redirectUrl", "").strip();
    try {
      return FormPage.isWeb(URI.create(url)) ? url : "";
    } catch (IllegalArgumentException noUrl) {
      return "";
    }
  }
}
