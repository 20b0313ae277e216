package dev.millrace.standalone.conformance;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reading files of recorded behaviour. */
final class Recorded {
  private Recorded() {}

  /** A file that holds one JSON object. */
  static Map<String, @Nullable Object> read(Path file) {
    try {
      return Json.parseObject(Files.readAllBytes(file));
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          file + " cannot be read: " + unreadable.getMessage(),
          unreadable);
    }
  }

  /** The value as an object, empty where it is none. */
  @SuppressWarnings("unchecked")
  static Map<String, @Nullable Object> object(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }

  /** The value as a list, empty where it is none. */
  @SuppressWarnings("unchecked")
  static List<@Nullable Object> list(@Nullable Object value) {
    return value instanceof List<?> list ? (List<@Nullable Object>) list : List.of();
  }

  static int integer(@Nullable Object value) {
    return value instanceof Number number ? number.intValue() : 0;
  }
}
