package dev.millrace.expression.fast;

import dev.millrace.expression.fast.Fast.GiveUp;
import dev.millrace.expression.fast.Fast.Swallowed;
import dev.millrace.expression.js.Extensions;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Methods and functions that the fast path knows, chosen by the type of what they are called on.
 */
final class Methods {
  /** A function that is not called on anything. */
  interface Function {
    @Nullable Object call(@Nullable Object[] arguments);
  }

  private static final Set<String> KNOWN =
      Set.of(
          "toUpperCase",
          "toLowerCase",
          "trim",
          "trimStart",
          "trimEnd",
          "toString",
          "length",
          "isEmpty",
          "isNotEmpty",
          "toBoolean",
          "toInt",
          "toWholeNumber",
          "toNumber",
          "slice",
          "substring",
          "charAt",
          "repeat",
          "padStart",
          "padEnd",
          "includes",
          "startsWith",
          "endsWith",
          "indexOf",
          "lastIndexOf",
          "concat",
          "split",
          "replace",
          "replaceAll",
          "first",
          "last",
          "all",
          "join",
          "reverse",
          "sum",
          "average",
          "min",
          "max",
          "round",
          "floor",
          "ceil",
          "abs",
          "isEven",
          "isOdd",
          "isInteger",
          "toFloat",
          "toFixed",
          "hasField",
          "keys",
          "values",
          "toISO",
          "toISODate",
          "toMillis",
          "toFormat",
          "format",
          "plus",
          "minus",
          "map",
          "filter",
          "find",
          "findIndex",
          "some",
          "every");

  private static final Set<String> LIBRARIES =
      Set.of("Math", "Object", "Array", "Number", "String", "JSON");

  private Methods() {}

  static boolean isKnown(String name) {
    return KNOWN.contains(name);
  }

  static boolean isExtension(String name) {
    return Extensions.NAMES.contains(name);
  }

  static boolean isLibrary(String name) {
    return LIBRARIES.contains(name);
  }

  static @Nullable Object call(@Nullable Object of, String name, @Nullable Object[] arguments) {
    if (of == null || of == Undefined.UNDEFINED) {
      if (!isExtension(name)) {
        throw new Swallowed();
      }
      if (name.equals("isEmpty")) {
        return true;
      }
      // JavaScript words the error.
      throw new GiveUp();
    }
    return switch (of) {
      case String text -> Strings.call(text, name, arguments);
      case Double number -> number(number, name, arguments);
      case List<?> list -> Lists.call(list, name, arguments);
      case Map<?, ?> map -> object(map, name, arguments);
      case ZonedDateTime date -> Dates.call(date, name, arguments);
      case Boolean b when arguments.length == 0 ->
          switch (name) {
            case "toInt", "toFloat", "toNumber" -> b ? 1.0 : 0.0;
            case "toBoolean" -> b;
            case "isEmpty" -> !b;
            case "isNotEmpty" -> b;
            case "toString" -> b.toString();
            default -> throw new GiveUp();
          };
      default -> throw new GiveUp();
    };
  }

  private static Object number(double number, String name, @Nullable Object[] arguments) {
    if (arguments.length > 1) {
      throw new GiveUp();
    }
    Object first = arguments.length == 0 ? Undefined.UNDEFINED : arguments[0];
    if (name.equals("round")) {
      return Coercion.toNumber(fixed(number, first));
    }
    if (name.equals("toFixed")) {
      return fixed(number, first);
    }
    if (arguments.length > 0) {
      throw new GiveUp();
    }
    return switch (name) {
      case "floor" -> Math.floor(number);
      case "ceil" -> Math.ceil(number);
      case "abs" -> Math.abs(number);
      case "toInt" -> Coercion.toNumber(fixed(number, 0.0));
      case "toFloat", "toNumber" -> number;
      case "toBoolean" -> number != 0;
      case "isInteger" -> isInteger(number);
      case "isEven" -> integer(number) % 2 == 0;
      case "isOdd" -> Math.abs(integer(number) % 2) == 1;
      case "toString" -> Coercion.numberText(number);
      case "isEmpty" -> !Coercion.toBoolean(number);
      case "isNotEmpty" -> Coercion.toBoolean(number);
      default -> throw new GiveUp();
    };
  }

  private static boolean isInteger(double number) {
    return !Double.isInfinite(number) && number == Math.rint(number);
  }

  private static double integer(double number) {
    if (!isInteger(number)) {
      throw new GiveUp();
    }
    return number;
  }

  /** {@code number.toFixed(places)}, which rounds the exact binary value half away from zero. */
  private static String fixed(double number, @Nullable Object places) {
    double digits = places == Undefined.UNDEFINED ? 0 : places instanceof Double d ? d : -1;
    if (digits < 0 || digits > 20 || digits != Math.rint(digits) || !(Math.abs(number) < 1e15)) {
      throw new GiveUp();
    }
    if (digits <= 6 && Math.abs(number) < 1_000) {
      // The product is off by less than 2e-7, so away from the middle it rounds as the exact value.
      long unit = POWERS_OF_TEN[(int) digits];
      double scaled = Math.abs(number) * unit;
      long whole = (long) scaled;
      double rest = scaled - whole;
      if (Math.abs(rest - 0.5) > 1e-6) {
        return plain(number < 0, whole + (rest > 0.5 ? 1 : 0), unit, (int) digits);
      }
    }
    BigDecimal rounded =
        new BigDecimal(Math.abs(number)).setScale((int) digits, RoundingMode.HALF_UP);
    return (number < 0 ? "-" : "") + rounded.toPlainString();
  }

  private static final long[] POWERS_OF_TEN = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};

  private static String plain(boolean negative, long scaled, long unit, int digits) {
    StringBuilder text = new StringBuilder(12);
    if (negative) {
      text.append('-');
    }
    text.append(scaled / unit);
    if (digits > 0) {
      text.append('.');
      for (long place = unit / 10; place > 0; place /= 10) {
        text.append((char) ('0' + scaled / place % 10));
      }
    }
    return text.toString();
  }

  private static Object object(Map<?, ?> map, String name, @Nullable Object[] arguments) {
    // An own property of this name is not a method.
    if (map.containsKey(name)) {
      throw new GiveUp();
    }
    if (name.equals("hasField") && arguments.length == 1 && arguments[0] instanceof String field) {
      return map.containsKey(field);
    }
    if (arguments.length > 0) {
      throw new GiveUp();
    }
    return switch (name) {
      case "isEmpty" -> map.isEmpty();
      case "isNotEmpty" -> !map.isEmpty();
      case "keys" -> keys(map);
      case "values" -> values(map);
      case "toString" -> "[object Object]";
      default -> throw new GiveUp();
    };
  }

  /** The function with this name, such as {@code Number} or {@code Math.floor}; null if unknown. */
  static @Nullable Function function(String name, int arguments) {
    return switch (name) {
      case "Number" -> arguments == 1 ? a -> Operators.number(a[0]) : null;
      case "String" -> arguments == 1 ? a -> Operators.string(a[0]) : null;
      case "Boolean" -> arguments == 1 ? a -> Coercion.toBoolean(a[0]) : null;
      case "$ifEmpty" -> arguments == 2 ? a -> isEmpty(a[0]) ? a[1] : a[0] : null;
      case "$not" -> arguments == 1 ? a -> !Coercion.toBoolean(a[0]) : null;
      case "Array.isArray" -> arguments == 1 ? a -> a[0] instanceof List : null;
      case "Object.keys" -> arguments == 1 ? a -> keys(map(a[0])) : null;
      case "Object.values" -> arguments == 1 ? a -> values(map(a[0])) : null;
      case "Math.floor" -> arguments == 1 ? a -> Math.floor(Operators.number(a[0])) : null;
      case "Math.ceil" -> arguments == 1 ? a -> Math.ceil(Operators.number(a[0])) : null;
      case "Math.abs" -> arguments == 1 ? a -> Math.abs(Operators.number(a[0])) : null;
      case "Math.round" -> arguments == 1 ? a -> round(Operators.number(a[0])) : null;
      case "Math.min", "$min", "min" -> arguments > 0 ? a -> least(a) : null;
      case "Math.max", "$max", "max" -> arguments > 0 ? a -> greatest(a) : null;
      default -> null;
    };
  }

  private static boolean isEmpty(@Nullable Object value) {
    return switch (value) {
      case null -> true;
      case Undefined u -> true;
      case String s -> s.isEmpty();
      case List<?> l -> l.isEmpty();
      case Map<?, ?> m -> m.isEmpty();
      case Boolean b -> false;
      case Double d -> false;
      default -> throw new GiveUp();
    };
  }

  private static double round(double number) {
    double down = Math.floor(number);
    double rounded = number - down < 0.5 ? down : down + 1;
    return rounded == 0 && number < 0 ? -0.0 : rounded;
  }

  private static double least(@Nullable Object[] arguments) {
    double least = Double.POSITIVE_INFINITY;
    for (Object argument : arguments) {
      least = Math.min(least, Operators.number(argument));
    }
    return least;
  }

  private static double greatest(@Nullable Object[] arguments) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (Object argument : arguments) {
      greatest = Math.max(greatest, Operators.number(argument));
    }
    return greatest;
  }

  private static Map<?, ?> map(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new GiveUp();
  }

  /** JavaScript puts keys that look like an index first, so objects with such keys are given up. */
  private static List<@Nullable Object> keys(Map<?, ?> map) {
    List<@Nullable Object> keys = new ArrayList<>(map.size());
    for (Object key : map.keySet()) {
      String name = String.valueOf(key);
      if (!name.isEmpty() && name.charAt(0) >= '0' && name.charAt(0) <= '9') {
        throw new GiveUp();
      }
      keys.add(name);
    }
    return keys;
  }

  private static List<@Nullable Object> values(Map<?, ?> map) {
    List<@Nullable Object> values = new ArrayList<>(map.size());
    for (Object key : keys(map)) {
      values.add(map.get(key));
    }
    return values;
  }
}
