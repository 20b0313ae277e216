package dev.millrace.nodes.transform;

import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The name of a field as users write it: a plain key, or with dot notation a {@link PropertyPath}.
 * Reading leaves its argument alone; changing answers a copy that shares what did not change.
 */
record FieldPath(String name, boolean dotNotation) {
  static FieldPath of(String name, boolean dotNotation) {
    return new FieldPath(name, dotNotation);
  }

  /** The last step: {@code c} of {@code a.b.c}. */
  String last() {
    return dotNotation ? PropertyPath.keys(name).getLast() : name;
  }

  /** The value, or undefined. */
  @Nullable Object get(Map<String, @Nullable Object> json) {
    return dotNotation
        ? PropertyPath.get(json, name)
        : json.containsKey(name) ? json.get(name) : Undefined.UNDEFINED;
  }

  /** A copy with the value at this path; objects that lack on the way are made. */
  Map<String, @Nullable Object> set(Map<String, @Nullable Object> json, @Nullable Object value) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>(json);
    if (dotNotation) {
      PropertyPath.set(copy, name, value);
    } else {
      copy.put(name, value);
    }
    return copy;
  }

  /** A copy without the value at this path. */
  Map<String, @Nullable Object> remove(Map<String, @Nullable Object> json) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>(json);
    if (dotNotation) {
      PropertyPath.remove(copy, name);
    } else {
      copy.remove(name);
    }
    return copy;
  }
}
