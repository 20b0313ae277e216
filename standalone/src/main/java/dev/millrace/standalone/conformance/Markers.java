package dev.millrace.standalone.conformance;

import dev.millrace.value.Undefined;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the markers with which recorded data stands for what JSON cannot hold. Items travel as
 * JSON, so a date is compared as the text that it is written as.
 */
final class Markers {
  private Markers() {}

  static @Nullable Object resolve(@Nullable Object recorded) {
    return switch (recorded) {
      case Map<?, ?> object when object.size() == 1 && object.containsKey("$undefined") ->
          Undefined.UNDEFINED;
      case Map<?, ?> object when object.size() == 1 && object.containsKey("$date") ->
          object.get("$date");
      case Map<?, ?> object when object.size() == 1 && object.containsKey("$number") ->
          // Only what is no JSON number is marked, and JSON writes that as null.
          null;
      case Map<?, ?> object -> {
        Map<String, @Nullable Object> resolved = new LinkedHashMap<>();
        object.forEach((key, value) -> resolved.put(String.valueOf(key), resolve(value)));
        yield resolved;
      }
      case List<?> list -> {
        java.util.ArrayList<@Nullable Object> resolved = new java.util.ArrayList<>(list.size());
        list.forEach(value -> resolved.add(resolve(value)));
        yield resolved;
      }
      case null, default -> recorded;
    };
  }
}
