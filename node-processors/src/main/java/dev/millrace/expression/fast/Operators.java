package dev.millrace.expression.fast;

import dev.millrace.expression.fast.Fast.GiveUp;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JavaScript's operators on the value model. Dates are given up: they convert by their own rules.
 */
final class Operators {
  private Operators() {}

  static @Nullable Object add(@Nullable Object left, @Nullable Object right) {
    if (left instanceof Double a && right instanceof Double b) {
      return a + b;
    }
    Object a = primitive(left);
    Object b = primitive(right);
    if (a instanceof String || b instanceof String) {
      return Coercion.toText(a) + Coercion.toText(b);
    }
    return Coercion.toNumber(a) + Coercion.toNumber(b);
  }

  static double number(@Nullable Object value) {
    return value instanceof Double d ? d : text(primitive(value));
  }

  /** The number of a primitive; of text only where Java and JavaScript are sure to agree. */
  private static double text(@Nullable Object value) {
    if (value instanceof String s) {
      for (int i = 0; i < s.length(); i++) {
        char c = s.charAt(i);
        if (c > 126 || c == '_') {
          throw new GiveUp();
        }
      }
    }
    return Coercion.toNumber(value);
  }

  static boolean strictlyEqual(@Nullable Object left, @Nullable Object right) {
    if (left instanceof Double a && right instanceof Double b) {
      return a.doubleValue() == b.doubleValue();
    }
    if (isObject(left) && isObject(right)) {
      // The same object reaches the two paths by different ways.
      throw new GiveUp();
    }
    return left == null ? right == null : left.equals(right);
  }

  static boolean looselyEqual(@Nullable Object left, @Nullable Object right) {
    if (Undefined.orNull(left) || Undefined.orNull(right)) {
      return Undefined.orNull(left) && Undefined.orNull(right);
    }
    if (isObject(left) && isObject(right)) {
      throw new GiveUp();
    }
    Object a = primitive(left);
    Object b = primitive(right);
    if (a instanceof String && b instanceof String) {
      return a.equals(b);
    }
    return number(a) == number(b);
  }

  /** Whether {@code left < right} (or, when {@code orEqual}, {@code left <= right}). */
  static boolean less(@Nullable Object left, @Nullable Object right, boolean orEqual) {
    if (left instanceof Double a && right instanceof Double b) {
      return orEqual ? a <= b : a < b;
    }
    Object a = primitive(left);
    Object b = primitive(right);
    if (a instanceof String s && b instanceof String t) {
      int order = s.compareTo(t);
      return orEqual ? order <= 0 : order < 0;
    }
    double x = number(a);
    double y = number(b);
    return orEqual ? x <= y : x < y;
  }

  static double remainder(double a, double b) {
    return a % b;
  }

  static String typeOf(@Nullable Object value) {
    return switch (value) {
      case null -> "object";
      case Undefined u -> "undefined";
      case Boolean b -> "boolean";
      case Double d -> "number";
      case String s -> "string";
      case Map<?, ?> m -> "object";
      case List<?> l -> "object";
      default -> throw new GiveUp();
    };
  }

  static boolean isObject(@Nullable Object value) {
    return !(value == null
        || value == Undefined.UNDEFINED
        || value instanceof Boolean
        || value instanceof Double
        || value instanceof String);
  }

  /** JavaScript's {@code String(value)}. */
  static String string(@Nullable Object value) {
    return Coercion.toText(primitive(value));
  }

  /** An object as the primitive that it converts to. */
  static @Nullable Object primitive(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Undefined u -> value;
      case Boolean b -> value;
      case Double d -> value;
      case String s -> value;
      case Map<?, ?> map -> {
        if (map.containsKey("toString") || map.containsKey("valueOf")) {
          throw new GiveUp();
        }
        yield "[object Object]";
      }
      case List<?> list -> join(list, ",");
      default -> throw new GiveUp();
    };
  }

  static String join(List<?> list, String separator) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < list.size(); i++) {
      if (i > 0) {
        text.append(separator);
      }
      Object element = list.get(i);
      if (!Undefined.orNull(element)) {
        text.append(string(element));
      }
    }
    return text.toString();
  }
}
