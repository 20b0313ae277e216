package dev.millrace.control.http;

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
      parsed = bytes.length == 0 ? Map.of() : parse();
      object = parsed;
    }
    return parsed;
  }

  /** What a parser says of a broken body may quote a secret in it, all but the place. */
  private Map<String, @Nullable Object> parse() {
    try {
      return Json.parseObject(bytes);
    } catch (MillraceException broken) {
      Matcher place = PLACE.matcher(broken.text());
      throw new MillraceException(
          broken.code(),
          "The body is not a JSON object that can be taken"
              + (place.find() ? " " + place.group() : ""));
    }
  }
}
