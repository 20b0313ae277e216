package dev.millrace.control.http;

import dev.millrace.value.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of a request, parsed when it is first asked for and not again. One thread at a time. */
final class Content {
  static final Content EMPTY = new Content(new byte[0]);

  private final byte[] bytes;
  private @Nullable Map<String, @Nullable Object> object;

  Content(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean isEmpty() {
    return bytes.length == 0;
  }

  /**
   * A JSON object, which may be empty.
   *
   * @throws dev.millrace.error.MillraceException {@code INVALID_JSON}
   */
  Map<String, @Nullable Object> object() {
    Map<String, @Nullable Object> parsed = object;
    if (parsed == null) {
      parsed = bytes.length == 0 ? Map.of() : Json.parseObject(bytes);
      object = parsed;
    }
    return parsed;
  }
}
