package dev.millrace.value;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes a place inside an object by a path such as {@code a.b[0]["c.d"]}.
 *
 * <p>A key of the object that equals the whole path wins over the path's parts, so {@code {"a.b":
 * 1}} is read at {@code a.b}. The writing methods change only the map that they are given and copy
 * what they go through below it, since nested values are shared.
 */
public final class PropertyPath {
  /** The highest list index that may be written; a list is padded up to it. */
  public static final int MAX_INDEX = 100_000;

  private PropertyPath() {}

  /** The value at the path, {@code UNDEFINED} where there is none. */
  public static @Nullable Object get(Map<String, @Nullable Object> object, String path) {
    Object value = object.get(path);
    if (value != null || object.containsKey(path)) {
      return value;
    }
    if (isSingleKey(path)) {
      return Undefined.UNDEFINED;
    }
    Object current = object;
    for (String part : parts(object, path)) {
      current = child(current, part);
      if (current == Undefined.UNDEFINED) {
        return current;
      }
    }
    return current;
  }

  /** Whether there is a value at the path; null counts as one. */
  public static boolean has(Map<String, @Nullable Object> object, String path) {
    return get(object, path) != Undefined.UNDEFINED;
  }

  /**
   * Writes a value, making the objects and lists on the way to it. With {@code UNDEFINED} only
   * those are made.
   *
   * @param object changed by this call; its nested values are copied where they are written to
   */
  public static void set(
      Map<String, @Nullable Object> object, String path, @Nullable Object value) {
    if (isSingleKey(path) || object.containsKey(path)) {
      putOrRemove(object, path, value);
      return;
    }
    List<String> parts = parts(object, path);
    Object container = object;
    for (int i = 0; i < parts.size() - 1; i++) {
      String part = parts.get(i);
      Object existing = child(container, part);
      Object next;
      if (existing instanceof Map<?, ?> map) {
        next = new LinkedHashMap<>(map);
      } else if (existing instanceof List<?> list) {
        next = new ArrayList<>(list);
      } else {
        next = isIndex(parts.get(i + 1)) ? new ArrayList<>() : new LinkedHashMap<>();
      }
      write(container, part, next);
      container = next;
    }
    write(container, parts.getLast(), value);
  }

  /**
   * Removes what is at the path, if there is something.
   *
   * @param object changed by this call, as in {@link #set}
   */
  public static void remove(Map<String, @Nullable Object> object, String path) {
    if (isSingleKey(path) || object.containsKey(path)) {
      object.remove(path);
      return;
    }
    if (!has(object, path)) {
      return;
    }
    set(object, path, Undefined.UNDEFINED);
  }

  private static boolean isSingleKey(String path) {
    return path.indexOf('.') < 0 && path.indexOf('[') < 0;
  }

  /** {@code ["key"]} names a key literally, dots included. */
  private static List<String> parts(Map<String, @Nullable Object> object, String path) {
    if (path.length() > 4 && (path.startsWith("['") || path.startsWith("[\""))) {
      String key = path.substring(2, path.length() - 2);
      if ((path.endsWith("']") || path.endsWith("\"]")) && object.containsKey(key)) {
        return List.of(key);
      }
    }
    return keys(path);
  }

  /** The keys that the path goes through. */
  public static List<String> keys(String path) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean open = true;
    int i = 0;
    while (i < path.length()) {
      char c = path.charAt(i);
      if (c == '.') {
        if (open) {
          parts.add(part.toString());
        }
        part.setLength(0);
        open = true;
        i++;
      } else if (c == '[' && path.indexOf(']', i) > 0) {
        if (!part.isEmpty()) {
          parts.add(part.toString());
          part.setLength(0);
        }
        i = bracket(path, i, parts);
        open = false;
      } else {
        part.append(c);
        open = true;
        i++;
      }
    }
    if (open) {
      parts.add(part.toString());
    }
    return parts;
  }

  private static int bracket(String path, int start, List<String> parts) {
    char quote = start + 1 < path.length() ? path.charAt(start + 1) : ' ';
    if (quote == '"' || quote == '\'') {
      int end = path.indexOf(quote + "]", start + 2);
      if (end > 0) {
        parts.add(path.substring(start + 2, end));
        return end + 2;
      }
    }
    int end = path.indexOf(']', start);
    parts.add(path.substring(start + 1, end));
    return end + 1;
  }

  private static @Nullable Object child(@Nullable Object container, String part) {
    if (container instanceof Map<?, ?> map) {
      Object value = map.get(part);
      return value != null || map.containsKey(part) ? value : Undefined.UNDEFINED;
    }
    if (container instanceof List<?> list && isIndex(part)) {
      int index = Integer.parseInt(part);
      return index < list.size() ? list.get(index) : Undefined.UNDEFINED;
    }
    if (part.equals("length")) {
      return container instanceof List<?> list
          ? (Object) (double) list.size()
          : container instanceof String text
              ? (Object) (double) text.length()
              : Undefined.UNDEFINED;
    }
    return Undefined.UNDEFINED;
  }

  @SuppressWarnings("unchecked")
  private static void write(@Nullable Object container, String part, @Nullable Object value) {
    if (container instanceof Map<?, ?> map) {
      putOrRemove((Map<String, @Nullable Object>) map, part, value);
    } else if (container instanceof List<?> list && isIndex(part)) {
      int index = Integer.parseInt(part);
      if (index > MAX_INDEX) {
        throw new MillraceException(
            ErrorCode.NODE_FAILED, "the list index " + part + " is higher than " + MAX_INDEX);
      }
      List<@Nullable Object> target = (List<@Nullable Object>) list;
      while (target.size() <= index) {
        target.add(null);
      }
      target.set(index, value == Undefined.UNDEFINED ? null : value);
    }
  }

  private static void putOrRemove(
      Map<String, @Nullable Object> map, String key, @Nullable Object value) {
    if (value == Undefined.UNDEFINED) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  private static boolean isIndex(String part) {
    if (part.isEmpty() || part.length() > 9) {
      return false;
    }
    for (int i = 0; i < part.length(); i++) {
      if (part.charAt(i) < '0' || part.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }
}
