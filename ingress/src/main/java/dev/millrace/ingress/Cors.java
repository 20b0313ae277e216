package dev.millrace.ingress;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a browser is told about calls from pages of other origins.
 *
 * @param origin the page's origin; empty where the caller is no page of another origin
 * @param allowed the origin that is told to be allowed; empty for none
 * @param requestHeaders headers that a preflight asks for
 */
record Cors(String origin, String allowed, String requestHeaders) {
  static Cors of(List<String> allowedOrigins, ServerRequest request) {
    String origin = request.headers().value(HeaderNames.ORIGIN).orElse("");
    return new Cors(
        origin,
        allowedOrigins.contains("*") || allowedOrigins.contains(origin) ? origin : "",
        request.headers().value(HeaderNames.ACCESS_CONTROL_REQUEST_HEADERS).orElse(""));
  }

  HttpAnswer on(HttpAnswer answer) {
    return origin.isEmpty() || allowed.isEmpty()
        ? answer
        : answer.withHeader("access-control-allow-origin", allowed).withHeader("vary", "Origin");
  }

  HttpAnswer preflight(List<String> methods) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("access-control-allow-methods", "OPTIONS, " + String.join(", ", methods));
    headers.put("access-control-max-age", "300");
    if (!requestHeaders.isEmpty()) {
      headers.put("access-control-allow-headers", requestHeaders);
    }
    return on(new HttpAnswer(204, headers, HttpAnswer.NO_BODY, false));
  }
}
