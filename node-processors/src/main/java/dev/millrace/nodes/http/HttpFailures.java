package dev.millrace.nodes.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.OutgoingHttpException;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeException;
import dev.millrace.value.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What went wrong with a call, for a failed run or for an error item. */
final class HttpFailures {
  /** How much of a body a message quotes. */
  private static final int QUOTED = 1000;

  private HttpFailures() {}

  /**
   * A status of failure.
   *
   * @param body the answer's text
   * @param retryAfter the header of that name, or null
   */
  static NodeException status(int itemIndex, int status, String body, @Nullable String retryAfter) {
    String raw = status + " - " + quoted(body);
    Map<String, @Nullable Object> detail = new LinkedHashMap<>();
    detail.put("httpCode", String.valueOf(status));
    detail.put("messages", List.of(raw));
    if (retryAfter != null) {
      detail.put("retryAfter", retryAfter);
    }
    return new NodeException(
        ErrorCode.SERVICE_ERROR, message(status), itemIndex, said(body), detail, null);
  }

  private static String quoted(String body) {
    String text = body.length() > QUOTED ? body.substring(0, QUOTED) + "…" : body;
    return text.startsWith("{") || text.startsWith("[") ? text : Json.text(text);
  }

  private static String message(int status) {
    return switch (status) {
      case 400 -> "The service did not understand the request (400): check the parameters";
      case 401 -> "The service did not accept the credentials (401)";
      case 402 -> "The service asks for a payment (402)";
      case 403 -> "The service does not allow this (403): check what the credentials may do";
      case 404 -> "The resource you are requesting could not be found";
      case 405 -> "The service does not take this method here (405)";
      case 429 ->
          "The service gets too many requests (429): space them with the node's batching option";
      case 500 -> "The service failed to handle the request (500)";
      case 502 -> "A gateway got no usable answer from the service (502)";
      case 503 -> "The service is not available (503): try again later, or let the node retry";
      case 504 -> "A gateway got no answer from the service in time (504)";
      default -> "The service answered with status " + status;
    };
  }

  /** What a service says about its error, where services usually say it. */
  private static @Nullable String said(String body) {
    if (!body.startsWith("{")) {
      return body.isBlank() || body.startsWith("<") ? null : shortened(body);
    }
    try {
      if (Json.parse(body) instanceof Map<?, ?> object) {
        for (String key :
            List.of("message", "error_description", "detail", "description", "error", "title")) {
          Object value = object.get(key);
          Object inner = value instanceof Map<?, ?> nested ? nested.get("message") : value;
          if (inner instanceof String text && !text.isEmpty()) {
            return shortened(text);
          }
        }
      }
    } catch (MillraceException notJson) {
      return null;
    }
    return null;
  }

  private static String shortened(String text) {
    return text.length() > QUOTED ? text.substring(0, QUOTED) + "…" : text;
  }

  /** A failure of pagination; it is shown with its class and description. */
  static NodeException pagination(String message, String description, int itemIndex) {
    Map<String, @Nullable Object> detail = new LinkedHashMap<>();
    detail.put("name", "NodeOperationError");
    detail.put("context", Map.of());
    return new NodeException(ErrorCode.NODE_FAILED, message, itemIndex, description, detail, null);
  }

  /** The same failure, as that of an item. */
  static MillraceException ofItem(MillraceException failed, int itemIndex) {
    return switch (failed) {
      case OutgoingHttpException call -> {
        Map<String, @Nullable Object> detail = new LinkedHashMap<>();
        detail.put("httpCode", call.reason());
        yield new NodeException(call.code(), call.text(), itemIndex, null, detail, call);
      }
      case NodeException node when node.itemIndex() < 0 ->
          new NodeException(
              node.code(), node.text(), itemIndex, node.description(), node.detail(), node);
      default -> failed;
    };
  }

  /**
   * The item that takes the place of a failed one: its error is an object when the call failed, and
   * only a message when the request could not be made or the answer not be read.
   */
  static Item item(MillraceException failed, int itemIndex) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("error", form(failed));
    return Item.of(json).withPairing(Pairing.to(itemIndex));
  }

  private static Object form(MillraceException failed) {
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    if (failed instanceof OutgoingHttpException call && call.code() != ErrorCode.INVALID_REQUEST) {
      error.put("message", call.text());
      error.put("name", "Error");
      error.put("code", call.reason());
      return error;
    }
    if (failed instanceof NodeException node && node.code() == ErrorCode.SERVICE_ERROR) {
      Object code = node.detail().get("httpCode");
      double status = Double.parseDouble(String.valueOf(code));
      error.put(
          "message",
          node.detail().get("messages") instanceof List<?> raw ? raw.getFirst() : node.text());
      error.put("name", "AxiosError");
      error.put("code", status >= 500 ? "ERR_BAD_RESPONSE" : "ERR_BAD_REQUEST");
      error.put("status", status);
      return error;
    }
    if (failed instanceof NodeException node && node.detail().containsKey("name")) {
      error.put("message", node.text());
      error.put("name", node.detail().get("name"));
      error.put("description", node.description());
      error.put("context", node.detail().get("context"));
      return error;
    }
    return failed.text();
  }
}
