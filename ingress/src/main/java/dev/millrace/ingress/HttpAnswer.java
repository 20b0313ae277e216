package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.BinaryData;
import dev.millrace.value.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A response, ready to be written.
 *
 * @param headers names as they go out; no length, no connection control
 * @param file lies in the store, and is sent from there in place of the body
 * @param close whether the connection ends with it, because the rest of the request is not read
 */
record HttpAnswer(
    int status,
    Map<String, String> headers,
    byte[] body,
    @Nullable BinaryData file,
    boolean close) {
  static final String CONTENT_TYPE = "content-type";
  static final String JSON = "application/json; charset=utf-8";
  static final byte[] NO_BODY = new byte[0];
  private static final Map<String, String> JSON_HEADERS = Map.of(CONTENT_TYPE, JSON);

  HttpAnswer(int status, Map<String, String> headers, byte[] body, boolean close) {
    this(status, headers, body, null, close);
  }

  static HttpAnswer json(int status, byte[] utf8) {
    return new HttpAnswer(status, JSON_HEADERS, utf8, false);
  }

  static HttpAnswer empty(int status) {
    return new HttpAnswer(status, Map.of(), NO_BODY, false);
  }

  /** An error in n8n's form, with the stable code beside it. */
  static HttpAnswer error(int status, ErrorCode code, String message, @Nullable String hint) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("code", (double) status);
    body.put("message", message);
    body.put("hint", hint == null ? code.advice() : hint);
    body.put("errorCode", code.code());
    return json(status, Json.write(body));
  }

  HttpAnswer withHeader(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new HttpAnswer(status, more, body, file, close);
  }

  HttpAnswer withFile(BinaryData stored) {
    return new HttpAnswer(status, headers, NO_BODY, stored, close);
  }

  HttpAnswer closing() {
    return new HttpAnswer(status, headers, body, file, true);
  }
}
