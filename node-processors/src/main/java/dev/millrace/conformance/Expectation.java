package dev.millrace.conformance;

import dev.millrace.value.Json;
import dev.millrace.value.LuxonValue;
import dev.millrace.value.Undefined;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Compares a value with an expected one in JSON, in which markers stand for what JSON has not. */
final class Expectation {
  private static final double CLOSE = 1e-12;

  private Expectation() {}

  /** What differs, or null when the two are equal; an undefined key equals a missing one. */
  static @Nullable String difference(@Nullable Object expected, @Nullable Object actual) {
    return equal(expected, actual, false) ? null : differs(expected, actual);
  }

  /** As {@link #difference}, but the actual objects may have more keys. */
  static @Nullable String missing(@Nullable Object expected, @Nullable Object actual) {
    return equal(expected, actual, true) ? null : differs(expected, actual);
  }

  static String differs(@Nullable Object expected, @Nullable Object actual) {
    return "expected " + shown(expected) + " but got " + shown(actual);
  }

  static String shown(@Nullable Object value) {
    return value == Undefined.UNDEFINED
        ? "undefined"
        : value instanceof Double d && d.isNaN() ? "NaN" : Json.text(value);
  }

  private static boolean equal(
      @Nullable Object expected, @Nullable Object actual, boolean partial) {
    if (expected instanceof Map<?, ?> map && map.keySet().stream().anyMatch(Expectation::marker)) {
      return marked(map, actual, partial);
    }
    return switch (expected) {
      case null -> actual == null;
      case Undefined u -> actual == Undefined.UNDEFINED;
      case Number e ->
          actual instanceof Number a
              && (Double.compare(e.doubleValue(), a.doubleValue()) == 0
                  || e.doubleValue() == a.doubleValue()
                  || Math.abs(e.doubleValue() - a.doubleValue())
                      <= CLOSE * Math.abs(e.doubleValue()));
      case Map<?, ?> e -> actual instanceof Map<?, ?> a && objects(e, a, partial);
      case List<?> e -> {
        if (!(actual instanceof List<?> a) || a.size() != e.size()) {
          yield false;
        }
        for (int i = 0; i < e.size(); i++) {
          if (!equal(e.get(i), a.get(i), partial)) {
            yield false;
          }
        }
        yield true;
      }
      default -> expected.equals(actual);
    };
  }

  private static boolean objects(Map<?, ?> expected, Map<?, ?> actual, boolean partial) {
    for (Map.Entry<?, ?> entry : expected.entrySet()) {
      Object value =
          actual.containsKey(entry.getKey()) ? actual.get(entry.getKey()) : Undefined.UNDEFINED;
      if (!equal(entry.getValue(), value, partial)) {
        return false;
      }
    }
    for (Map.Entry<?, ?> entry : actual.entrySet()) {
      if (!partial
          && entry.getValue() != Undefined.UNDEFINED
          && !expected.containsKey(entry.getKey())) {
        return false;
      }
    }
    return true;
  }

  private static boolean marker(Object key) {
    return String.valueOf(key)
        .matches("\\$(undefined|date|luxon|number|bigint|class|asymmetric|interval|duration)");
  }

  private static boolean marked(Map<?, ?> marked, @Nullable Object actual, boolean partial) {
    if (marked.containsKey("$undefined")) {
      return actual == Undefined.UNDEFINED;
    }
    if (marked.get("$date") instanceof String date) {
      return actual instanceof Instant i && i.equals(Instant.parse(date));
    }
    if (marked.get("$luxon") instanceof String date) {
      return actual instanceof ZonedDateTime z
          && z.toOffsetDateTime().equals(OffsetDateTime.parse(date));
    }
    if (marked.get("$number") instanceof String number) {
      return actual instanceof Double d && d.equals(Double.valueOf(number));
    }
    if (marked.get("$bigint") instanceof String number) {
      return actual instanceof java.math.BigInteger b && b.toString().equals(number);
    }
    if (marked.get("$duration") instanceof String || marked.get("$interval") instanceof String) {
      return actual instanceof LuxonValue v && marked.containsValue(v.text());
    }
    if (marked.get("$class") instanceof String type) {
      return switch (type) {
        case "DateTime" -> actual instanceof ZonedDateTime;
        case "Date" -> actual instanceof Instant;
        default -> false;
      };
    }
    return marked.get("value") instanceof List<?> wanted
        && actual instanceof List<?> list
        && wanted.stream().allMatch(w -> list.stream().anyMatch(a -> equal(w, a, partial)));
  }
}
