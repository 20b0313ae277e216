package dev.millrace.control.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The body of a request, parsed when it is first asked for and not again. One thread at a time. */
final class Content {
  private static final Pattern PLACE = Pattern.compile("\\(line \\d+, column \\d+\\)$");
  static final Content EMPTY = new Content(new byte[0]);

  private final byte[] bytes;
  private boolean parsed;
  private @Nullable Object value;

  Content(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean isEmpty() {
    return bytes.length == 0;
  }

  /**
   * Any JSON value; an empty object where nothing was sent.
   *
   * @throws MillraceException {@code INVALID_JSON}
   */
  @Nullable Object value() {
    if (!parsed) {
      value = bytes.length == 0 ? Map.of() : parse();
      parsed = true;
    }
    return value;
  }

  /**
   * A JSON object, which may be empty.
   *
   * @throws MillraceException {@code INVALID_JSON}
   */
  @SuppressWarnings("unchecked") // JSON objects have text as keys.
  Map<String, @Nullable Object> object() {
    if (value() instanceof Map<?, ?> object) {
      return (Map<String, @Nullable Object>) object;
    }
    throw new MillraceException(ErrorCode.INVALID_JSON, "The body is not a JSON object");
  }

  /** What a parser says of a broken body may quote a secret in it, all but the place. */
  private @Nullable Object parse() {
    try {
      return Json.parse(bytes);
    } catch (MillraceException broken) {
      Matcher place = PLACE.matcher(broken.text());
      throw new MillraceException(
          broken.code(),
          "The body is not JSON that can be taken" + (place.find() ? " " + place.group() : ""));
    }
  }
}
