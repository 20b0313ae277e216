package dev.millrace.expression.fast;

import dev.millrace.expression.fast.Fast.GiveUp;
import dev.millrace.value.Coercion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Methods of text, JavaScript's own and the extensions. */
final class Strings {
  private static final int LATIN_END = 0x250;
  private static final int MAX_LENGTH = 1 << 24;

  private Strings() {}

  static @Nullable Object call(String text, String name, @Nullable Object[] arguments) {
    if (Methods.isExtension(name) && isoDate(text)) {
      throw new GiveUp();
    }
    return arguments.length == 0 ? call(text, name) : callWith(text, name, arguments);
  }

  /** Whether extensions take the text for a date. */
  private static boolean isoDate(String text) {
    return text.length() == 24 && text.charAt(10) == 'T' && text.charAt(23) == 'Z';
  }

  private static @Nullable Object call(String text, String name) {
    return switch (name) {
      case "toUpperCase" -> latin(text).toUpperCase(Locale.ROOT);
      case "toLowerCase" -> latin(text).toLowerCase(Locale.ROOT);
      case "trim" -> trim(text, true, true);
      case "trimStart" -> trim(text, true, false);
      case "trimEnd" -> trim(text, false, true);
      case "toString" -> text;
      case "length" -> (double) text.length();
      case "isEmpty" -> text.isEmpty();
      case "isNotEmpty" -> !text.isEmpty();
      case "toBoolean" ->
          switch (latin(text).toLowerCase(Locale.ROOT)) {
            case "", "false", "no", "0" -> false;
            default -> true;
          };
      case "toInt", "toWholeNumber" -> (double) plainInteger(text);
      case "toNumber" -> plainNumber(text);
      default -> throw new GiveUp();
    };
  }

  private static @Nullable Object callWith(String text, String name, @Nullable Object[] arguments) {
    Object first = arguments[0];
    if (first instanceof String s) {
      return withText(text, name, s, arguments);
    }
    return switch (name) {
      case "slice" -> {
        int from = relative(arguments, 0, text.length(), 0);
        int to = relative(arguments, 1, text.length(), text.length());
        yield from < to ? text.substring(from, to) : "";
      }
      case "substring" -> {
        int from = clamped(arguments, 0, text.length(), 0);
        int to = clamped(arguments, 1, text.length(), text.length());
        yield text.substring(Math.min(from, to), Math.max(from, to));
      }
      case "charAt" -> {
        double at = integer(first);
        yield at >= 0 && at < text.length() ? text.substring((int) at, (int) at + 1) : "";
      }
      case "repeat" -> {
        double times = integer(first);
        if (arguments.length > 1 || times < 0 || times * text.length() > MAX_LENGTH) {
          throw new GiveUp();
        }
        yield text.repeat((int) times);
      }
      case "padStart" -> padding(text, arguments) + text;
      case "padEnd" -> text + padding(text, arguments);
      default -> throw new GiveUp();
    };
  }

  private static @Nullable Object withText(
      String text, String name, String argument, @Nullable Object[] arguments) {
    if (arguments.length == 1) {
      return switch (name) {
        case "includes" -> text.contains(argument);
        case "startsWith" -> text.startsWith(argument);
        case "endsWith" -> text.endsWith(argument);
        case "indexOf" -> (double) text.indexOf(argument);
        case "lastIndexOf" -> (double) text.lastIndexOf(argument);
        case "concat" -> text + argument;
        case "split" -> split(text, argument);
        default -> throw new GiveUp();
      };
    }
    if (arguments.length == 2
        && arguments[1] instanceof String replacement
        && !argument.isEmpty()
        && replacement.indexOf('$') < 0) {
      return switch (name) {
        case "replace" -> {
          int at = text.indexOf(argument);
          yield at < 0
              ? text
              : text.substring(0, at) + replacement + text.substring(at + argument.length());
        }
        case "replaceAll" -> text.replace(argument, replacement);
        default -> throw new GiveUp();
      };
    }
    throw new GiveUp();
  }

  private static List<@Nullable Object> split(String text, String separator) {
    if (separator.isEmpty()) {
      throw new GiveUp();
    }
    List<@Nullable Object> parts = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(separator); at >= 0; at = text.indexOf(separator, from)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static String padding(String text, @Nullable Object[] arguments) {
    double length = integer(arguments[0]);
    Object filler = arguments.length > 1 ? arguments[1] : " ";
    if (arguments.length > 2
        || !(filler instanceof String fill)
        || fill.isEmpty()
        || length > MAX_LENGTH) {
      throw new GiveUp();
    }
    int missing = (int) length - text.length();
    return missing <= 0 ? "" : fill.repeat(missing / fill.length() + 1).substring(0, missing);
  }

  /** An index that counts from the end when it is negative, within bounds. */
  static int relative(@Nullable Object[] arguments, int at, int length, int fallback) {
    if (arguments.length > 2) {
      throw new GiveUp();
    }
    if (at >= arguments.length) {
      return fallback;
    }
    double index = integer(arguments[at]);
    return (int) (index < 0 ? Math.max(0, length + index) : Math.min(index, length));
  }

  private static int clamped(@Nullable Object[] arguments, int at, int length, int fallback) {
    if (arguments.length > 2) {
      throw new GiveUp();
    }
    return at >= arguments.length ? fallback : (int) Math.clamp(integer(arguments[at]), 0, length);
  }

  private static double integer(@Nullable Object value) {
    if (value instanceof Double d && d == Math.rint(d)) {
      return d;
    }
    throw new GiveUp();
  }

  private static int plainInteger(String text) {
    if (text.isEmpty() || text.length() > 9 || !digits(text)) {
      throw new GiveUp();
    }
    return Integer.parseInt(text);
  }

  private static double plainNumber(String text) {
    int dot = text.indexOf('.');
    boolean plain =
        dot < 0 ? digits(text) : digits(text.substring(0, dot)) && digits(text.substring(dot + 1));
    if (text.isEmpty() || !plain) {
      throw new GiveUp();
    }
    return Coercion.toNumber(text);
  }

  private static boolean digits(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** Letters whose case every version of Unicode sees in the same way. */
  private static String latin(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= LATIN_END || text.charAt(i) == 'İ') {
        throw new GiveUp();
      }
    }
    return text;
  }

  private static String trim(String text, boolean start, boolean end) {
    int from = 0;
    int to = text.length();
    while (start && from < to && isSpace(text.charAt(from))) {
      from++;
    }
    while (end && to > from && isSpace(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean isSpace(char c) {
    return (c >= 9 && c <= 13)
        || c == ' '
        || c == 0xa0
        || c == 0xfeff
        || c == 0x2028
        || c == 0x2029
        || Character.getType(c) == Character.SPACE_SEPARATOR;
  }
}
