package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;

/** Answers what the server refuses before any handler sees it, in the form of all other errors. */
final class MalformedRequests {
  private MalformedRequests() {}

  static DirectHandlers handlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(type, MalformedRequests::answer);
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse answer(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    HttpAnswer answer = HttpAnswer.error(status.code(), code(type), what(type, status), null);
    return DirectHandler.TransportResponse.builder()
        .status(status)
        .headers(headers)
        .header(HeaderNames.CONTENT_TYPE, HttpAnswer.JSON)
        .keepAlive(false)
        .entity(answer.body())
        .build();
  }

  private static ErrorCode code(DirectHandler.EventType type) {
    return switch (type) {
      case PAYLOAD_TOO_LARGE -> ErrorCode.BODY_TOO_LARGE;
      case INTERNAL_ERROR -> ErrorCode.INTERNAL;
      case BAD_REQUEST, FORBIDDEN, HTTP_VERSION_NOT_SUPPORTED, OTHER -> ErrorCode.MALFORMED_REQUEST;
    };
  }

  /** Not the server's own words, which quote the request. */
  private static String what(DirectHandler.EventType type, Status status) {
    return type == DirectHandler.EventType.INTERNAL_ERROR
        ? "The request could not be served"
        : "The request cannot be read: " + status.reasonPhrase();
  }
}
