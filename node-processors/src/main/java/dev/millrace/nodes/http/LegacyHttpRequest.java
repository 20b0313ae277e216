package dev.millrace.nodes.http;

import dev.millrace.http.HttpBody;
import dev.millrace.http.HttpCall;
import dev.millrace.http.HttpCall.Redirects;
import dev.millrace.node.NodeCall;
import dev.millrace.nodes.http.ResponseOptions.Format;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How versions 1 and 2 of HTTP Request read their parameters. */
final class LegacyHttpRequest {
  private static final Duration TIMEOUT = Duration.ofHours(1);
  private static final Set<String> WITH_BODY = Set.of("PATCH", "POST", "PUT", "DELETE");

  private final NodeCall call;
  private final RequestInput input;
  private final RequestAuthentication authentication;

  LegacyHttpRequest(NodeCall call, RequestInput input, RequestAuthentication authentication) {
    this.call = call;
    this.input = input;
    this.authentication = authentication;
  }

  String boundary() {
    return input.boundary();
  }

  RequestDraft draft(int item) {
    RequestDraft request =
        new RequestDraft(call.string("requestMethod", item, "GET"), input.url(item));
    boolean json = call.bool("jsonParameters", item, false);
    request.lists =
        call.bool("options.useQueryString", item, false)
            ? QueryText.Lists.REPEAT
            : QueryText.Lists.INDICES;
    request.query.putAll(parameters("query", json, item));
    input.headers(request, parameters("header", json, item), false);
    if (WITH_BODY.contains(request.method)) {
      request.content = content(json, item);
    }
    ResponseOptions response = responseOptions(item);
    if (response.format() == Format.JSON) {
      request.headerUnlessSet("accept", "application/json,text/*;q=0.99");
    }
    String type = credentialType(item);
    if (type != null) {
      authentication.apply(type, request);
    }
    request.options =
        HttpCall.Options.DEFAULT
            .withTimeout(input.timeout(call.number("options.timeout", item, -1), TIMEOUT))
            .withAnyCertificate(call.bool("allowUnauthorizedCerts", item, false))
            .withProxy(input.proxy(item))
            .withRedirects(redirects(item), 21);
    input.idempotencyKey(request, item);
    return request;
  }

  private Redirects redirects(int item) {
    if (call.bool("options.followAllRedirects", item, false)) {
      return Redirects.ALL;
    }
    return call.bool("options.followRedirect", item, true)
        ? Redirects.SAFE_METHODS
        : Redirects.NONE;
  }

  private Map<String, @Nullable Object> parameters(String kind, boolean json, int item) {
    return json
        ? input.jsonObject(kind + "ParametersJson", item)
        : input.pairs(kind + "ParametersUi.parameter", item);
  }

  private @Nullable RequestContent content(boolean json, int item) {
    String type = call.string("options.bodyContentType", item, "json");
    if (json && call.bool("sendBinaryData", item, false)) {
      return files(type, item);
    }
    if (type.equals("raw")) {
      String mimeType = call.string("options.bodyContentCustomMimeType", item, "");
      Object body = call.parameter("bodyParametersJson", item);
      String text = Undefined.orNull(body) ? "" : Coercion.toText(body);
      return new RequestContent.RawContent(
          HttpBody.of(mimeType.isEmpty() ? null : mimeType, text), text);
    }
    if (type.equals("json")) {
      Object value =
          json ? input.json("bodyParametersJson", item) : parameters("body", false, item);
      return value instanceof Map<?, ?> object && object.isEmpty()
          ? null
          : new RequestContent.JsonContent(value);
    }
    Map<String, @Nullable Object> fields = parameters("body", json, item);
    if (fields.isEmpty()) {
      return null;
    }
    if (type.equals("multipart-form-data")) {
      List<RequestContent.Part> parts = new ArrayList<>();
      fields.forEach((name, value) -> parts.add(RequestContent.Part.text(name, value)));
      return new RequestContent.MultipartContent(parts);
    }
    return new RequestContent.FormContent(fields);
  }

  /** One file as the body, or {@code name:field} pairs as parts of a form. */
  private RequestContent files(String type, int item) {
    String fields = call.string("binaryPropertyName", item, "data");
    if (!type.equals("multipart-form-data")) {
      String mimeType = call.string("options.bodyContentCustomMimeType", item, "");
      HttpBody file = input.file(fields, item);
      return new RequestContent.RawContent(
          mimeType.isEmpty() ? file : file.withContentType(mimeType), null);
    }
    List<RequestContent.Part> parts = new ArrayList<>();
    input
        .jsonObject("bodyParametersJson", item)
        .forEach((name, value) -> parts.add(RequestContent.Part.text(name, value)));
    for (String field : fields.split(",", -1)) {
      int colon = field.indexOf(':');
      String property = (colon < 0 ? field : field.substring(colon + 1)).strip();
      String name = colon < 0 ? property : field.substring(0, colon).strip();
      parts.add(input.filePart(name, property, item));
    }
    return new RequestContent.MultipartContent(parts);
  }

  private @Nullable String credentialType(int item) {
    return switch (call.string("authentication", item, "none")) {
      case "basicAuth" -> "httpBasicAuth";
      case "customAuth" -> "httpCustomAuth";
      case "digestAuth" -> "httpDigestAuth";
      case "headerAuth" -> "httpHeaderAuth";
      case "queryAuth" -> "httpQueryAuth";
      case "oAuth1" -> "oAuth1Api";
      case "oAuth2" -> "oAuth2Api";
      case "genericCredentialType" -> call.string("genericAuthType", item, "");
      case "predefinedCredentialType" -> call.string("nodeCredentialType", item, "");
      default -> null;
    };
  }

  ResponseOptions responseOptions(int item) {
    Format format =
        switch (call.string("responseFormat", item, "json")) {
          case "file" -> Format.FILE;
          case "string" -> Format.TEXT;
          default -> Format.JSON;
        };
    return new ResponseOptions(
        format,
        call.string("dataPropertyName", item, "data"),
        call.bool("options.ignoreResponseCode", item, false),
        Set.of(),
        call.bool("options.fullResponse", item, false),
        "String");
  }
}
