package dev.millrace.parameter;

import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The place of a parameter within a node's parameters, {@code a.b[0].c} or {@code a.b.0.c}. Names
 * of parameters hold no brackets, quotes or blanks, so there is nothing to escape; the fields of
 * items have {@link dev.millrace.value.PropertyPath}.
 */
final class ParameterPath {
  private ParameterPath() {}

  static List<String> split(String path) {
    List<String> keys = new ArrayList<>();
    StringBuilder key = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '.' || c == '[') {
        if (!key.isEmpty()) {
          keys.add(key.toString());
          key.setLength(0);
        }
      } else if (c != ']') {
        key.append(c);
      }
    }
    if (!key.isEmpty()) {
      keys.add(key.toString());
    }
    return keys;
  }

  /** The value at the path; undefined where there is none. A key that holds the dots wins. */
  static @Nullable Object get(@Nullable Object from, String path) {
    if (from instanceof Map<?, ?> map && map.containsKey(path)) {
      return map.get(path);
    }
    return path.isEmpty() ? from : get(from, split(path), 0);
  }

  static @Nullable Object get(@Nullable Object from, List<String> keys, int start) {
    Object value = from;
    for (int i = start; i < keys.size(); i++) {
      value = step(value, keys.get(i));
    }
    return value;
  }

  static @Nullable Object step(@Nullable Object value, String key) {
    return switch (value) {
      case Map<?, ?> map -> map.containsKey(key) ? map.get(key) : Undefined.UNDEFINED;
      case List<?> list -> {
        int index = index(key);
        yield index >= 0 && index < list.size() ? list.get(index) : Undefined.UNDEFINED;
      }
      case null, default -> Undefined.UNDEFINED;
    };
  }

  /** The array index that a key is, -1 for none. */
  static int index(String key) {
    if (key.isEmpty() || key.length() > 9) {
      return -1;
    }
    for (int i = 0; i < key.length(); i++) {
      if (key.charAt(i) < '0' || key.charAt(i) > '9') {
        return -1;
      }
    }
    return Integer.parseInt(key);
  }
}
