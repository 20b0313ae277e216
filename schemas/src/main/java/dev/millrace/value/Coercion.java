package dev.millrace.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * The conversions that JavaScript makes by itself (ECMA-262 section 7.1), on the value model.
 *
 * <p>The value model: {@code null}, {@link Undefined#UNDEFINED}, {@link Boolean}, {@link Double}
 * (every number, so that equal numbers are equal objects), {@link String}, {@code List<Object>},
 * {@code Map<String, Object>} (in insertion order), {@link ZonedDateTime} for a Luxon DateTime and
 * {@link Instant} for a JavaScript Date. Rare ones are {@link LuxonValue} for a Luxon Duration or
 * Interval and for an invalid date, and {@link java.math.BigInteger} for a BigInt. Values are
 * shared between nodes and must not be changed.
 */
public final class Coercion {
  private static final DateTimeFormatter LOCAL_ISO =
      DateTimeFormatter.ofPattern("-MM-dd'T'HH:mm:ss.SSS");
  private static final DateTimeFormatter OFFSET = DateTimeFormatter.ofPattern("xxx");

  // Between these Java and JavaScript write a fraction the same way: shortest and without exponent.
  private static final double PLAIN_FROM = 1e-3;
  private static final double PLAIN_BELOW = 1e7;

  private Coercion() {}

  /** JavaScript's {@code Boolean(value)}. */
  public static boolean toBoolean(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case Undefined u -> false;
      case Boolean b -> b;
      case Number n -> n.doubleValue() != 0 && !Double.isNaN(n.doubleValue());
      case CharSequence s -> !s.isEmpty();
      default -> true;
    };
  }

  /** JavaScript's {@code Number(value)}; NaN where it has no number. */
  public static double toNumber(@Nullable Object value) {
    return switch (value) {
      case null -> 0;
      case Undefined u -> Double.NaN;
      case Boolean b -> b ? 1 : 0;
      case Number n -> n.doubleValue();
      case CharSequence s -> parseNumber(s.toString());
      case Instant i -> i.toEpochMilli();
      case ZonedDateTime d -> d.toInstant().toEpochMilli();
      case List<?> l -> l.isEmpty() ? 0 : l.size() == 1 ? parseNumber(toText(l)) : Double.NaN;
      default -> Double.NaN;
    };
  }

  /** JavaScript's {@code String(value)}. */
  public static String toText(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case Undefined u -> "undefined";
      case String s -> s;
      case Number n -> numberText(n.doubleValue());
      case Instant i -> isoText(i);
      case ZonedDateTime d -> isoText(d);
      case List<?> l -> {
        StringJoiner joined = new StringJoiner(",");
        for (Object element : l) {
          joined.add(Undefined.orNull(element) ? "" : toText(element));
        }
        yield joined.toString();
      }
      case Map<?, ?> m -> "[object Object]";
      default -> value.toString();
    };
  }

  /** A Luxon DateTime as its {@code toISO()} prints it. */
  public static String isoText(ZonedDateTime dateTime) {
    return yearText(dateTime.getYear())
        + LOCAL_ISO.format(dateTime)
        + (isUtc(dateTime.getZone()) ? "Z" : OFFSET.format(dateTime));
  }

  /** A JavaScript Date as its {@code toISOString()} prints it. */
  public static String isoText(Instant instant) {
    return isoText(instant.atZone(ZoneOffset.UTC));
  }

  /** A zone that is at UTC only in winter, such as London, prints {@code +00:00} instead of Z. */
  private static boolean isUtc(ZoneId zone) {
    return zone.equals(ZoneOffset.UTC)
        || zone.getId().equalsIgnoreCase("UTC")
        || zone.getId().equalsIgnoreCase("GMT");
  }

  private static String yearText(int year) {
    return year >= 0 && year <= 9999
        ? String.format(Locale.ROOT, "%04d", year)
        : String.format(Locale.ROOT, "%s%06d", year < 0 ? "-" : "+", Math.abs(year));
  }

  /**
   * JavaScript's {@code Number.prototype.toString()} with radix 10 (ECMA-262 section 6.1.6.1.20).
   */
  public static String numberText(double value) {
    if (value == (int) value) {
      return Integer.toString((int) value);
    }
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    double size = Math.abs(value);
    if (size >= PLAIN_FROM && size < PLAIN_BELOW) {
      return Double.toString(value);
    }
    BigDecimal shortest = shortestDigits(size);
    String digits = shortest.unscaledValue().toString();
    int k = digits.length();
    int n = k - shortest.scale();
    StringBuilder text = new StringBuilder();
    if (value < 0) {
      text.append('-');
    }
    if (k <= n && n <= 21) {
      text.append(digits).append("0".repeat(n - k));
    } else if (0 < n && n <= 21) {
      text.append(digits, 0, n).append('.').append(digits, n, k);
    } else if (-6 < n && n <= 0) {
      text.append("0.").append("0".repeat(-n)).append(digits);
    } else {
      text.append(digits.charAt(0));
      if (k > 1) {
        text.append('.').append(digits, 1, k);
      }
      text.append('e').append(n - 1 < 0 ? '-' : '+').append(Math.abs(n - 1));
    }
    return text.toString();
  }

  private static BigDecimal shortestDigits(double value) {
    BigDecimal java = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (java.precision() == 2) {
      // Java prefers two digits that are nearer (4.9E-324) to the one that suffices (5e-324).
      BigDecimal one = java.round(new MathContext(1, RoundingMode.HALF_EVEN));
      if (one.doubleValue() == value) {
        return one;
      }
    }
    return java;
  }

  /** JavaScript's {@code String.prototype.trim()}, whose white space is not Java's. */
  public static String trim(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isWhiteSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isWhiteSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isWhiteSpace(char c) {
    return (c >= '\t' && c <= '\r')
        || c == '\uFEFF'
        || Character.getType(c) == Character.SPACE_SEPARATOR
        || c == '\u2028'
        || c == '\u2029';
  }

  private static double parseNumber(String text) {
    String t = trim(text);
    if (t.isEmpty()) {
      return 0;
    }
    if (t.length() > 2 && t.charAt(0) == '0') {
      switch (t.charAt(1)) {
        case 'x', 'X' -> {
          return parseDigits(t, 16);
        }
        case 'o', 'O' -> {
          return parseDigits(t, 8);
        }
        case 'b', 'B' -> {
          return parseDigits(t, 2);
        }
        default -> {}
      }
    }
    if (t.endsWith("Infinity")) {
      return switch (t) {
        case "Infinity", "+Infinity" -> Double.POSITIVE_INFINITY;
        case "-Infinity" -> Double.NEGATIVE_INFINITY;
        default -> Double.NaN;
      };
    }
    // Java also accepts type suffixes, hexadecimal floats, "NaN" and control characters around.
    for (int i = 0; i < t.length(); i++) {
      if ("0123456789+-.eE".indexOf(t.charAt(i)) < 0) {
        return Double.NaN;
      }
    }
    try {
      return Double.parseDouble(t);
    } catch (NumberFormatException notANumber) {
      return Double.NaN;
    }
  }

  private static double parseDigits(String text, int radix) {
    for (int i = 2; i < text.length(); i++) {
      // BigInteger would also take a sign and the digits of other scripts.
      if (text.charAt(i) > 'f' || Character.digit(text.charAt(i), radix) < 0) {
        return Double.NaN;
      }
    }
    return new BigInteger(text.substring(2), radix).doubleValue();
  }
}
