package dev.millrace.conformance;

import dev.millrace.value.Undefined;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The markers by which case files write values that JSON cannot hold, and equality of values. */
final class Markers {
  /** Stands for any DateTime in an expectation. */
  private enum Any {
    DATE_TIME
  }

  private Markers() {}

  /** Replaces the markers by values of the value model. */
  static @Nullable Object decode(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return decode(map);
    }
    if (value instanceof List<?> list) {
      List<@Nullable Object> decoded = new ArrayList<>(list.size());
      for (Object element : list) {
        decoded.add(decode(element));
      }
      return decoded;
    }
    return value;
  }

  private static @Nullable Object decode(Map<?, ?> map) {
    if (map.containsKey("$undefined")) {
      return Undefined.UNDEFINED;
    }
    if (map.get("$date") instanceof String date) {
      return Instant.parse(date);
    }
    if (map.get("$luxon") instanceof String luxon) {
      ZonedDateTime dateTime = ZonedDateTime.parse(luxon);
      return map.get("zone") instanceof String zone
          ? dateTime.withZoneSameInstant(ZoneId.of(zone))
          : dateTime;
    }
    if (map.get("$number") instanceof String number) {
      return number.equals("NaN") ? (Object) Double.NaN : Double.valueOf(number);
    }
    if ("DateTime".equals(map.get("value")) && map.containsKey("$asymmetric")) {
      return Any.DATE_TIME;
    }
    if (map.get("$stub") instanceof String stub && stub.contains("NodeConnectionTypes.")) {
      String name = stub.substring(stub.lastIndexOf('.') + 1);
      return name.startsWith("Ai")
          ? "ai_" + Character.toLowerCase(name.charAt(2)) + name.substring(3)
          : name.toLowerCase(java.util.Locale.ROOT);
    }
    Map<String, @Nullable Object> decoded = new LinkedHashMap<>();
    map.forEach((key, entry) -> decoded.put(String.valueOf(key), decode(entry)));
    return decoded;
  }

  /** Whether a value holds something that the transcription could not carry over. */
  static boolean incomplete(@Nullable Object value) {
    return switch (value) {
      case Map<?, ?> map ->
          map.containsKey("$stub") || map.values().stream().anyMatch(Markers::incomplete);
      case List<?> list -> list.stream().anyMatch(Markers::incomplete);
      case null, default -> false;
    };
  }

  /** Deep equality in which an undefined key equals a missing one. */
  static boolean equal(@Nullable Object expected, @Nullable Object actual) {
    if (expected == Any.DATE_TIME) {
      return actual instanceof ZonedDateTime;
    }
    if (expected instanceof Map<?, ?> a && actual instanceof Map<?, ?> b) {
      TreeSet<String> keys = new TreeSet<>();
      a.keySet().forEach(key -> keys.add(String.valueOf(key)));
      b.keySet().forEach(key -> keys.add(String.valueOf(key)));
      for (String key : keys) {
        if (!equal(
            a.containsKey(key) ? a.get(key) : Undefined.UNDEFINED,
            b.containsKey(key) ? b.get(key) : Undefined.UNDEFINED)) {
          return false;
        }
      }
      return true;
    }
    if (expected instanceof List<?> a && actual instanceof List<?> b) {
      if (a.size() != b.size()) {
        return false;
      }
      for (int i = 0; i < a.size(); i++) {
        if (!equal(a.get(i), b.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (expected instanceof ZonedDateTime a && actual instanceof ZonedDateTime b) {
      return a.toInstant().equals(b.toInstant());
    }
    return Objects.equals(expected, actual);
  }
}
