package dev.millrace.nodes.http;

import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parameters as text: {@code a=1&b[c]=2}, percent-encoded. */
final class QueryText {
  private static final String UNRESERVED = "-._~";
  private static final String HEX = "0123456789ABCDEF";

  private QueryText() {}

  /** How the elements of a list are named. */
  enum Lists {
    /** {@code a=1&a=2}. */
    REPEAT,
    /** {@code a[]=1&a[]=2}. */
    BRACKETS,
    /** {@code a[0]=1&a[1]=2}. */
    INDICES
  }

  /** A name with its value, neither of them encoded. */
  record Pair(String name, String value) {}

  static String of(Map<String, ? extends @Nullable Object> parameters, Lists lists) {
    return text(pairs(parameters, lists));
  }

  static String text(List<Pair> pairs) {
    StringBuilder out = new StringBuilder();
    for (Pair pair : pairs) {
      out.append(out.isEmpty() ? "" : "&");
      out.append(encoded(pair.name())).append('=').append(encoded(pair.value()));
    }
    return out.toString();
  }

  /** Objects and lists are taken apart; what is undefined or null is left out. */
  static List<Pair> pairs(Map<String, ? extends @Nullable Object> parameters, Lists lists) {
    List<Pair> pairs = new ArrayList<>();
    parameters.forEach((name, value) -> {
      if (!name.isEmpty()) {
        add(pairs, name, value, lists);
      }
    });
    return pairs;
  }

  private static void add(List<Pair> pairs, String name, @Nullable Object value, Lists lists) {
    switch (value) {
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          String element =
              switch (lists) {
                case REPEAT -> name;
                case BRACKETS -> name + "[]";
                case INDICES -> name + "[" + i + "]";
              };
          add(pairs, element, list.get(i), lists);
        }
      }
      case Map<?, ?> map ->
          map.forEach((key, member) -> add(pairs, name + "[" + key + "]", member, lists));
      case null, default -> {
        if (!Undefined.orNull(value)) {
          pairs.add(new Pair(name, Coercion.toText(value)));
        }
      }
    }
  }

  static String encoded(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if ((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || UNRESERVED.indexOf(c) >= 0) {
        out.append(c);
      } else {
        out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
      }
    }
    return out.toString();
  }
}
