package dev.millrace.standalone.conformance;

import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The first place at which two values differ. Key order does not matter, item order does, and an
 * undefined key equals a missing one.
 *
 * @param path such as {@code Set[0][2].name}; empty for the whole
 * @param expected undefined where nothing was expected
 * @param actual undefined where nothing is
 */
public record JsonDifference(String path, @Nullable Object expected, @Nullable Object actual) {
  private static final int SHOWN = 160;

  /** Compares; {@code path} is put before the place that is found. */
  public static Optional<JsonDifference> first(
      String path, @Nullable Object expected, @Nullable Object actual) {
    if (expected instanceof Map<?, ?> wanted && actual instanceof Map<?, ?> given) {
      Set<Object> keys = new LinkedHashSet<>(wanted.keySet());
      keys.addAll(given.keySet());
      for (Object key : keys) {
        Optional<JsonDifference> inside =
            first(member(path, String.valueOf(key)), value(wanted, key), value(given, key));
        if (inside.isPresent()) {
          return inside;
        }
      }
      return Optional.empty();
    }
    if (expected instanceof List<?> wanted && actual instanceof List<?> given) {
      for (int i = 0; i < Math.min(wanted.size(), given.size()); i++) {
        Optional<JsonDifference> inside = first(path + "[" + i + "]", wanted.get(i), given.get(i));
        if (inside.isPresent()) {
          return inside;
        }
      }
      return wanted.size() == given.size()
          ? Optional.empty()
          : Optional.of(
              new JsonDifference(path + ".length", (double) wanted.size(), (double) given.size()));
    }
    return same(expected, actual)
        ? Optional.empty()
        : Optional.of(new JsonDifference(path, expected, actual));
  }

  /** All places at which two values differ, in order. */
  public static List<JsonDifference> all(
      String path, @Nullable Object expected, @Nullable Object actual) {
    List<JsonDifference> all = new ArrayList<>();
    collect(path, expected, actual, all);
    return all;
  }

  private static void collect(
      String path, @Nullable Object expected, @Nullable Object actual, List<JsonDifference> all) {
    if (expected instanceof Map<?, ?> wanted && actual instanceof Map<?, ?> given) {
      Set<Object> keys = new LinkedHashSet<>(wanted.keySet());
      keys.addAll(given.keySet());
      for (Object key : keys) {
        collect(member(path, String.valueOf(key)), value(wanted, key), value(given, key), all);
      }
    } else if (expected instanceof List<?> wanted && actual instanceof List<?> given) {
      for (int i = 0; i < Math.min(wanted.size(), given.size()); i++) {
        collect(path + "[" + i + "]", wanted.get(i), given.get(i), all);
      }
      if (wanted.size() != given.size()) {
        all.add(
            new JsonDifference(path + ".length", (double) wanted.size(), (double) given.size()));
      }
    } else if (!same(expected, actual)) {
      all.add(new JsonDifference(path, expected, actual));
    }
  }

  @Override
  public String toString() {
    return (path.isEmpty() ? "value" : path)
        + ": expected "
        + shown(expected)
        + ", got "
        + shown(actual);
  }

  private static boolean same(@Nullable Object expected, @Nullable Object actual) {
    if (expected instanceof Number a && actual instanceof Number b) {
      // Not Double.equals: 0 and -0 are the same number in JSON.
      return a.doubleValue() == b.doubleValue()
          || (Double.isNaN(a.doubleValue()) && Double.isNaN(b.doubleValue()));
    }
    return expected == null ? actual == null : expected.equals(actual);
  }

  private static @Nullable Object value(Map<?, ?> map, Object key) {
    return map.containsKey(key) ? map.get(key) : Undefined.UNDEFINED;
  }

  private static String member(String path, String key) {
    boolean plain = key.matches("[A-Za-z_][A-Za-z0-9_]*");
    if (path.isEmpty()) {
      return plain ? key : Json.text(key);
    }
    return plain ? path + "." + key : path + "[" + Json.text(key) + "]";
  }

  /** A value as short text; {@code nothing} where there is none. */
  public static String shown(@Nullable Object value) {
    if (value == Undefined.UNDEFINED) {
      return "nothing";
    }
    String text = Json.text(value);
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
