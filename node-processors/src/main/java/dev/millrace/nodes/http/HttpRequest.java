package dev.millrace.nodes.http;

import dev.millrace.error.MillraceException;
import dev.millrace.http.ConcurrentCalls;
import dev.millrace.http.HttpBody;
import dev.millrace.http.HttpCall;
import dev.millrace.http.HttpCall.Redirects;
import dev.millrace.item.Item;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.nodes.http.ResponseOptions.Format;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * HTTP Request: one request for each item, or several where there are pages. Requests without pages
 * are under way at once; their answers come out in the order of the items.
 */
public final class HttpRequest implements EffectNode {
  /** How many requests of one run are under way at once. */
  private static final int AT_ONCE = 64;

  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.httpRequest")
          .named("HTTP Request", "Calls a URL and gives its answer as items.")
          .group("output")
          .versions(1, 2, 3, 4, 4.1, 4.2, 4.3, 4.4, 4.5)
          .properties(properties())
          .credentials("httpSslAuth")
          .build();

  private final NodeServices services;

  public HttpRequest(NodeServices services) {
    this.services = services;
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  /** What one item asks for, and how its answers are read. */
  private record Prepared(
      RequestDraft request,
      ResponseOptions options,
      @Nullable Pagination pagination,
      String boundary) {}

  /** The answers of one item, or why there are none. */
  private sealed interface Outcome {
    record Answers(ResponseOptions options, List<Answer> pages) implements Outcome {}

    record Pending(ResponseOptions options, int number) implements Outcome {}

    record Failed(MillraceException failure) implements Outcome {}
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws Exception {
    AnswerReader reader =
        new AnswerReader(services.http(), services.binaries(), call.execution().executionId());
    RequestInput input = new RequestInput(call, context, services.binaries());
    RequestAuthentication authentication =
        new RequestAuthentication(call, services.credentials(), services.http());
    boolean legacy = call.node().typeVersion() < 3;
    List<Outcome> outcomes = new ArrayList<>();
    try (ConcurrentCalls<Answer> calls = new ConcurrentCalls<>(AT_ONCE)) {
      for (int item = 0; item < call.input().size(); item++) {
        pauseBetweenBatches(call, legacy, item);
        try {
          Prepared prepared =
              legacy
                  ? legacy(new LegacyHttpRequest(call, input, authentication), item)
                  : prepared(call, input, authentication, item);
          outcomes.add(begin(prepared, reader, calls, item));
        } catch (MillraceException failed) {
          outcomes.add(new Outcome.Failed(failed));
          if (!call.continueOnFail()) {
            break;
          }
        }
      }
      calls.await();
      return NodeOutput.of(items(call, outcomes, calls, legacy));
    }
  }

  private Outcome begin(
      Prepared prepared, AnswerReader reader, ConcurrentCalls<Answer> calls, int item)
      throws InterruptedException {
    Pagination pages = prepared.pagination();
    RequestDraft request = prepared.request();
    if (pages == null) {
      HttpCall ready = request.call(prepared.boundary());
      int number = calls.start(() -> reader.fetch(ready, request.oAuth2, prepared.options(), item));
      return new Outcome.Pending(prepared.options(), number);
    }
    ResponseOptions options = prepared.options().accepting(pages.finalStatuses());
    String key = request.headers.get("Idempotency-Key");
    return new Outcome.Answers(
        options,
        pages.fetch(
            request,
            (draft, page) -> {
              if (key != null && page > 0) {
                draft.header("Idempotency-Key", key + "/" + page);
              }
              return reader.fetch(draft.call(prepared.boundary()), draft.oAuth2, options, item);
            }));
  }

  private List<Item> items(
      NodeCall call, List<Outcome> outcomes, ConcurrentCalls<Answer> calls, boolean legacy)
      throws Exception {
    List<Item> items = new ArrayList<>();
    for (int item = 0; item < outcomes.size(); item++) {
      try {
        switch (outcomes.get(item)) {
          case Outcome.Failed(MillraceException failure) -> throw failure;
          case Outcome.Pending(ResponseOptions options, int number) ->
              items.addAll(items(call, calls.answer(number), options, legacy, item));
          case Outcome.Answers(ResponseOptions options, List<Answer> pages) -> {
            for (Answer page : pages) {
              items.addAll(items(call, page, options, legacy, item));
            }
          }
        }
      } catch (MillraceException failed) {
        if (!call.continueOnFail()) {
          throw HttpFailures.ofItem(failed, item);
        }
        items.add(HttpFailures.item(failed, item));
      }
    }
    return items;
  }

  private static List<Item> items(
      NodeCall call, Answer answer, ResponseOptions options, boolean legacy, int item) {
    Item asking = call.input().get(item);
    if (legacy) {
      return AnswerItems.legacy(
          answer, options, call.bool("options.splitIntoItems", item, false), asking, item);
    }
    ResponseOptimizer optimizer = ResponseOptimizer.of(call, item);
    return optimizer == null
        ? AnswerItems.of(answer, options, asking, item)
        : AnswerItems.optimized(answer, optimizer, item);
  }

  private static void pauseBetweenBatches(NodeCall call, boolean legacy, int item)
      throws InterruptedException {
    String where = legacy ? "options" : "options.batching.batch";
    double size = call.number(where + ".batchSize", 0, -1);
    if (item == 0 || size < 0) {
      return;
    }
    if (item % (int) Math.max(1, size) == 0) {
      ConcurrentCalls.pause(
          Duration.ofMillis((long) call.number(where + ".batchInterval", 0, legacy ? 1000 : 0)));
    }
  }

  private static Prepared legacy(LegacyHttpRequest request, int item) {
    return new Prepared(
        request.draft(item), request.responseOptions(item), null, request.boundary());
  }

  private Prepared prepared(
      NodeCall call, RequestInput input, RequestAuthentication authentication, int item) {
    RequestDraft request = new RequestDraft(call.string("method", item, "GET"), input.url(item));
    boolean lowerCase = call.bool("options.lowercaseHeaders", item, true);
    if (call.bool("sendQuery", item, false)) {
      request.query.putAll(
          call.string("specifyQuery", item, "keypair").equals("json")
              ? input.jsonObject("jsonQuery", item)
              : input.pairs("queryParameters.parameters", item));
    }
    request.lists =
        switch (call.string("options.queryParameterArrays", item, "brackets")) {
          case "repeat" -> QueryText.Lists.REPEAT;
          case "indices" -> QueryText.Lists.INDICES;
          default -> QueryText.Lists.BRACKETS;
        };
    if (call.bool("sendBody", item, false)) {
      request.content = content(call, input, item);
    }
    if (call.bool("sendHeaders", item, false)) {
      input.headers(
          request,
          call.string("specifyHeaders", item, "keypair").equals("json")
              ? input.jsonObject("jsonHeaders", item)
              : input.pairs("headerParameters.parameters", item),
          lowerCase);
    }
    ResponseOptions response = responseOptions(call, item);
    request.headerUnlessSet("accept", accept(response.format()));
    switch (call.string("authentication", item, "none")) {
      case "genericCredentialType" ->
          authentication.apply(call.string("genericAuthType", item, ""), request);
      case "predefinedCredentialType" ->
          authentication.apply(call.string("nodeCredentialType", item, ""), request);
      default -> {}
    }
    request.options = callOptions(call, input, authentication, request, item);
    input.idempotencyKey(request, item);
    return new Prepared(
        request, response, Pagination.of(call, services.expressions(), item), input.boundary());
  }

  private static RequestContent content(NodeCall call, RequestInput input, int item) {
    String how = call.string("specifyBody", item, "keypair");
    return switch (call.string("contentType", item, "json")) {
      case "form-urlencoded" ->
          how.equals("string")
              ? raw(call, item, RequestContent.FormContent.TYPE)
              : new RequestContent.FormContent(input.pairs("bodyParameters.parameters", item));
      case "multipart-form-data" ->
          new RequestContent.MultipartContent(input.parts("bodyParameters.parameters", item));
      case "binaryData" ->
          new RequestContent.RawContent(
              input.file(call.string("inputDataFieldName", item, ""), item), null);
      case "raw" -> {
        String type = call.string("rawContentType", item, "");
        yield raw(call, item, type.isEmpty() ? null : type);
      }
      default ->
          new RequestContent.JsonContent(
              how.equals("json")
                  ? input.json("jsonBody", item)
                  : input.pairs("bodyParameters.parameters", item));
    };
  }

  private static RequestContent raw(NodeCall call, int item, @Nullable String contentType) {
    Object body = call.parameter("body", item);
    String text =
        Undefined.orNull(body)
            ? ""
            : body instanceof Map || body instanceof List
                ? dev.millrace.value.Json.text(body)
                : Coercion.toText(body);
    return new RequestContent.RawContent(HttpBody.of(contentType, text), text);
  }

  private static ResponseOptions responseOptions(NodeCall call, int item) {
    String where = "options.response.response.";
    Format format =
        switch (call.string(where + "responseFormat", item, "autodetect")) {
          case "file" -> Format.FILE;
          case "json" -> Format.JSON;
          case "text" -> Format.TEXT;
          default -> Format.AUTODETECT;
        };
    String property = call.string(where + "outputPropertyName", item, "data");
    return new ResponseOptions(
        format,
        property.isEmpty() ? "data" : property,
        call.bool(where + "neverError", item, false),
        Set.of(),
        call.bool(where + "fullResponse", item, false),
        "Text");
  }

  private static String accept(Format format) {
    return switch (format) {
      case JSON -> "application/json,text/*;q=0.99";
      case TEXT -> "application/json,text/html,application/xml,text/*;q=0.9,*/*;q=0.1";
      case AUTODETECT, FILE ->
          "application/json,text/html,application/xml,text/*;q=0.9,image/*;q=0.8,*/*;q=0.7";
    };
  }

  private static HttpCall.Options callOptions(
      NodeCall call,
      RequestInput input,
      RequestAuthentication authentication,
      RequestDraft request,
      int item) {
    HttpCall.Options options =
        HttpCall.Options.DEFAULT
            .withTimeout(input.timeout(call.number("options.timeout", item, -1), TIMEOUT))
            .withAnyCertificate(call.bool("options.allowUnauthorizedCerts", item, false))
            .withSecretsFollowRedirects(
                call.bool("options.sendCredentialsOnCrossOriginRedirect", item, false))
            .withProxy(input.proxy(item));
    if (call.bool("provideSslCertificates", item, false)) {
      options = options.withCertificate(authentication.certificate(request));
    }
    if (Undefined.orNull(call.parameter("options.redirect.redirect", item))) {
      return options.withRedirects(
          call.node().typeVersion() < 4 ? Redirects.SAFE_METHODS : Redirects.ALL, 21);
    }
    boolean follow =
        call.bool(
            "options.redirect.redirect.followRedirects", item, call.node().typeVersion() >= 4);
    int most = (int) call.number("options.redirect.redirect.maxRedirects", item, 21);
    return options.withRedirects(follow ? Redirects.ALL : Redirects.NONE, most);
  }

  private static List<Property> properties() {
    List<Property> all = new ArrayList<>(HttpRequestProperties.all());
    all.addAll(LegacyHttpRequestProperties.all());
    return all;
  }
}
