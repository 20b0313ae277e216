package dev.millrace.value;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
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
  private static final DateTimeFormatter LUXON_ISO =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
  private static final DateTimeFormatter DATE_ISO =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'")
          .withZone(java.time.ZoneOffset.UTC);

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
    return LUXON_ISO.format(dateTime);
  }

  /** A JavaScript Date as its {@code toISOString()} prints it. */
  public static String isoText(Instant instant) {
    return DATE_ISO.format(instant);
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
    BigDecimal shortest = new BigDecimal(Double.toString(Math.abs(value))).stripTrailingZeros();
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

  private static double parseNumber(String text) {
    String t = text.strip();
    if (t.isEmpty()) {
      return 0;
    }
    try {
      if (t.length() > 2 && t.charAt(0) == '0') {
        switch (t.charAt(1)) {
          case 'x', 'X' -> {
            return new java.math.BigInteger(t.substring(2), 16).doubleValue();
          }
          case 'o', 'O' -> {
            return new java.math.BigInteger(t.substring(2), 8).doubleValue();
          }
          case 'b', 'B' -> {
            return new java.math.BigInteger(t.substring(2), 2).doubleValue();
          }
          default -> {}
        }
      }
      char last = t.charAt(t.length() - 1);
      if (t.endsWith("Infinity")) {
        return switch (t) {
          case "Infinity", "+Infinity" -> Double.POSITIVE_INFINITY;
          case "-Infinity" -> Double.NEGATIVE_INFINITY;
          default -> Double.NaN;
        };
      }
      // Java also accepts a type suffix, hexadecimal floats and "NaN", which JavaScript does not.
      if ((last != '.' && (last < '0' || last > '9'))
          || t.indexOf('x') >= 0
          || t.indexOf('X') >= 0) {
        return Double.NaN;
      }
      return Double.parseDouble(t);
    } catch (NumberFormatException notANumber) {
      return Double.NaN;
    }
  }
}
