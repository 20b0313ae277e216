package dev.millrace.nodes.transform;

import dev.millrace.value.Undefined;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The name of a field as users write it: a plain key, or with dot notation a path such as {@code
 * a.b[0].c}. A key that is spelled like the whole path wins over the path. Reading leaves its
 * argument alone; changing answers a copy that shares what did not change.
 *
 * @param name as written
 * @param keys the steps of the path; just the name without dot notation
 */
record FieldPath(String name, List<String> keys) {
  /** The largest index that a path may create in a list. */
  private static final int MAX_INDEX = 10_000;

  static FieldPath of(String name, boolean dotNotation) {
    return new FieldPath(name, dotNotation ? split(name) : List.of(name));
  }

  /** The last step: {@code c} of {@code a.b.c}. */
  String last() {
    return keys.getLast();
  }

  /** The value, or undefined. */
  @Nullable Object get(Map<String, @Nullable Object> json) {
    if (json.containsKey(name)) {
      return json.get(name);
    }
    Object value = json;
    for (String key : keys) {
      value = step(value, key);
      if (value == Undefined.UNDEFINED) {
        return value;
      }
    }
    return value;
  }

  /** A copy with the value at this path; objects that lack on the way are made. */
  Map<String, @Nullable Object> set(Map<String, @Nullable Object> json, @Nullable Object value) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>(json);
    if (keys.size() == 1 || json.containsKey(name)) {
      copy.put(keys.size() == 1 ? keys.getFirst() : name, value);
    } else {
      copy.put(keys.getFirst(), with(json.get(keys.getFirst()), 1, value));
    }
    return copy;
  }

  /** A copy without the value at this path. */
  Map<String, @Nullable Object> remove(Map<String, @Nullable Object> json) {
    if (json.containsKey(name)) {
      Map<String, @Nullable Object> copy = new LinkedHashMap<>(json);
      copy.remove(name);
      return copy;
    }
    return get(json) == Undefined.UNDEFINED ? json : asObject(without(json, 0));
  }

  private @Nullable Object with(@Nullable Object holder, int depth, @Nullable Object value) {
    if (depth == keys.size()) {
      return value;
    }
    String key = keys.get(depth);
    int index = index(key);
    if (holder instanceof List<?> list && index >= 0) {
      List<@Nullable Object> copy = new ArrayList<>(list);
      while (copy.size() <= index) {
        copy.add(null);
      }
      copy.set(index, with(copy.get(index), depth + 1, value));
      return copy;
    }
    if (!(holder instanceof Map) && index >= 0) {
      return with(new ArrayList<>(), depth, value);
    }
    Map<String, @Nullable Object> copy = holder instanceof Map ? asObject(holder) : Map.of();
    copy = new LinkedHashMap<>(copy);
    copy.put(key, with(copy.get(key), depth + 1, value));
    return copy;
  }

  private @Nullable Object without(@Nullable Object holder, int depth) {
    String key = keys.get(depth);
    boolean leaf = depth == keys.size() - 1;
    if (holder instanceof List<?> list) {
      List<@Nullable Object> copy = new ArrayList<>(list);
      int index = index(key);
      copy.set(index, leaf ? null : without(list.get(index), depth + 1));
      return copy;
    }
    Map<String, @Nullable Object> copy = new LinkedHashMap<>(asObject(holder));
    if (leaf) {
      copy.remove(key);
    } else {
      copy.put(key, without(copy.get(key), depth + 1));
    }
    return copy;
  }

  private static @Nullable Object step(@Nullable Object holder, String key) {
    if (holder instanceof Map<?, ?> map) {
      return map.containsKey(key) ? map.get(key) : Undefined.UNDEFINED;
    }
    if (holder instanceof List<?> list) {
      if (key.equals("length")) {
        return (double) list.size();
      }
      int index = index(key);
      return index >= 0 && index < list.size() ? list.get(index) : Undefined.UNDEFINED;
    }
    return holder instanceof String text && key.equals("length")
        ? (Object) (double) text.length()
        : Undefined.UNDEFINED;
  }

  /** The key as a list index, -1 when it is none. */
  private static int index(String key) {
    if (key.isEmpty() || key.length() > 5 || !key.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    int index = Integer.parseInt(key);
    return index <= MAX_INDEX ? index : -1;
  }

  private static List<String> split(String path) {
    List<String> keys = new ArrayList<>();
    StringBuilder key = new StringBuilder();
    boolean afterBracket = false;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      int close = c == '[' ? path.indexOf(']', i) : -1;
      if (close > 0) {
        if (!key.isEmpty()) {
          keys.add(key.toString());
          key.setLength(0);
        }
        keys.add(unquoted(path.substring(i + 1, close)));
        i = close;
        afterBracket = true;
      } else if (c == '.') {
        if (!afterBracket) {
          keys.add(key.toString());
          key.setLength(0);
        }
        afterBracket = false;
      } else {
        key.append(c);
        afterBracket = false;
      }
    }
    if (!afterBracket) {
      keys.add(key.toString());
    }
    return List.copyOf(keys);
  }

  private static String unquoted(String key) {
    boolean quoted =
        key.length() >= 2
            && (key.charAt(0) == '"' || key.charAt(0) == '\'')
            && key.charAt(key.length() - 1) == key.charAt(0);
    return quoted ? key.substring(1, key.length() - 1) : key;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> asObject(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }
}
