package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code a=1&b=2}, of a query or a form. */
final class FormFields {
  /** As many pairs as anybody needs, and few enough for a map that hostile names collide in. */
  private static final int MAX_FIELDS = 1000;

  private static final int MAX_DEPTH = 5;
  private static final int MAX_INDEX = 20;

  /** What brackets in names mean. */
  enum Names {
    /** Nothing. */
    PLAIN,
    /** Structure: {@code a[b]=1} is an object, {@code a[]=1} and {@code a[0]=1} a list. */
    NESTED
  }

  private FormFields() {}

  /** A repeated name gives a list of its values. */
  static Map<String, @Nullable Object> parse(String text, Names names) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    int count = 0;
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf('&', at);
      end = end < 0 ? text.length() : end;
      if (end > at) {
        if (++count > MAX_FIELDS) {
          throw new RequestRefused(
              422, ErrorCode.UNSUPPORTED_BODY, "There are more than " + MAX_FIELDS + " fields");
        }
        int equals = text.indexOf('=', at);
        boolean hasValue = equals >= 0 && equals < end;
        String name = decode(text.substring(at, hasValue ? equals : end));
        String value = hasValue ? decode(text.substring(equals + 1, end)) : "";
        if (names == Names.NESTED && name.indexOf('[') > 0) {
          putNested(fields, path(name), value);
        } else {
          put(fields, name, value);
        }
      }
      at = end + 1;
    }
    return names == Names.NESTED ? withLists(fields) : fields;
  }

  private static void put(Map<String, @Nullable Object> fields, String name, String value) {
    Object before = fields.get(name);
    switch (before) {
      case null -> fields.put(name, value);
      case List<?> list -> {
        List<@Nullable Object> longer = new ArrayList<>(list);
        longer.add(value);
        fields.put(name, longer);
      }
      default -> fields.put(name, new ArrayList<>(List.of(before, value)));
    }
  }

  /** {@code a[b][]} as {@code a, b, ""}; what is deeper than allowed stays in one name. */
  private static List<String> path(String name) {
    List<String> path = new ArrayList<>();
    int open = name.indexOf('[');
    path.add(name.substring(0, open));
    while (open >= 0 && open < name.length() && name.charAt(open) == '[') {
      int close = name.indexOf(']', open);
      if (close < 0 || path.size() > MAX_DEPTH) {
        path.add(name.substring(open));
        break;
      }
      path.add(name.substring(open + 1, close));
      open = close + 1;
    }
    return path;
  }

  private static void putNested(
      Map<String, @Nullable Object> fields, List<String> path, String value) {
    Map<String, @Nullable Object> at = fields;
    for (int i = 0; i < path.size() - 1; i++) {
      String name = path.get(i);
      Object next = at.get(name);
      if (!(next instanceof Node)) {
        Node node = new Node();
        if (next != null) {
          node.put("0", next);
        }
        at.put(name, node);
        next = node;
      }
      at = (Node) next;
    }
    String last = path.getLast();
    if (last.isEmpty()) {
      at.put(Integer.toString(at.size()), value);
    } else {
      put(at, last, value);
    }
  }

  /** An object or list that is still being filled. */
  private static final class Node extends LinkedHashMap<String, @Nullable Object> {}

  private static Map<String, @Nullable Object> withLists(Map<String, @Nullable Object> fields) {
    fields.replaceAll((name, value) -> value instanceof Node node ? finished(node) : value);
    return fields;
  }

  private static Object finished(Node node) {
    withLists(node);
    boolean list =
        node.keySet().stream()
            .allMatch(key ->
                !key.isEmpty()
                    && key.length() <= 2
                    && key.chars().allMatch(c -> c >= '0' && c <= '9')
                    && Integer.parseInt(key) <= MAX_INDEX);
    return list ? new ArrayList<>(node.values()) : node;
  }

  private static String decode(String text) {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
      return text;
    }
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException brokenEscape) {
      return text;
    }
  }
}
