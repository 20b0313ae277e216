package dev.millrace.expression.fast;

import dev.millrace.expression.fast.Fast.GiveUp;
import dev.millrace.value.Coercion;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of Luxon's DateTime that Java does in the same way. */
final class Dates {
  private Dates() {}

  static Object property(ZonedDateTime date, String name) {
    return switch (name) {
      case "year" -> (double) date.getYear();
      case "month" -> (double) date.getMonthValue();
      case "day" -> (double) date.getDayOfMonth();
      case "hour" -> (double) date.getHour();
      case "minute" -> (double) date.getMinute();
      case "second" -> (double) date.getSecond();
      case "millisecond" -> (double) date.get(ChronoField.MILLI_OF_SECOND);
      case "weekday" -> (double) date.getDayOfWeek().getValue();
      default -> throw new GiveUp();
    };
  }

  static Object call(ZonedDateTime date, String name, @Nullable Object[] arguments) {
    Object first = arguments.length == 0 ? null : arguments[0];
    return switch (name) {
      case "plus" -> shifted(date, arguments, 1);
      case "minus" -> shifted(date, arguments, -1);
      case "toFormat", "format" -> {
        if (arguments.length == 1 && first instanceof String tokens) {
          yield format(date, tokens);
        }
        throw new GiveUp();
      }
      default -> {
        if (arguments.length > 0) {
          throw new GiveUp();
        }
        yield plain(date, name);
      }
    };
  }

  private static Object plain(ZonedDateTime date, String name) {
    return switch (name) {
      case "toISO" -> Coercion.isoText(date);
      case "toISODate" -> format(date, "yyyy-MM-dd");
      case "toMillis" -> (double) date.toInstant().toEpochMilli();
      default -> throw new GiveUp();
    };
  }

  private static ZonedDateTime shifted(ZonedDateTime date, @Nullable Object[] arguments, int sign) {
    if (arguments.length == 1
        && arguments[0] instanceof Map<?, ?> duration
        && duration.size() == 1) {
      Map.Entry<?, ?> only = duration.entrySet().iterator().next();
      return shifted(date, only.getValue(), String.valueOf(only.getKey()), sign);
    }
    if (arguments.length == 2 && arguments[1] instanceof String unit) {
      return shifted(date, arguments[0], unit, sign);
    }
    throw new GiveUp();
  }

  private static ZonedDateTime shifted(
      ZonedDateTime date, @Nullable Object amount, String unit, int sign) {
    if (!(amount instanceof Double d) || d != Math.rint(d) || Math.abs(d) > 100_000) {
      throw new GiveUp();
    }
    long n = sign * d.longValue();
    ZonedDateTime shifted =
        switch (unit) {
          case "day", "days" -> date.plusDays(n);
          case "week", "weeks" -> date.plusWeeks(n);
          case "hour", "hours" -> date.plusHours(n);
          case "minute", "minutes" -> date.plusMinutes(n);
          case "second", "seconds" -> date.plusSeconds(n);
          default -> throw new GiveUp();
        };
    // Far from today Java and the JavaScript engine may know different rules of the zone.
    if (shifted.getYear() < 1970 || shifted.getYear() > 2037) {
      throw new GiveUp();
    }
    return shifted;
  }

  /** Luxon's tokens of digits; anything else but punctuation is given up. */
  private static String format(ZonedDateTime date, String tokens) {
    if (date.getYear() < 1000 || date.getYear() > 9999) {
      throw new GiveUp();
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < tokens.length(); ) {
      char c = tokens.charAt(i);
      int end = i;
      while (end < tokens.length() && tokens.charAt(end) == c) {
        end++;
      }
      String token = tokens.substring(i, end);
      i = end;
      switch (token) {
        case "yyyy" -> text.append(date.getYear());
        case "MM" -> text.append(twoDigits(date.getMonthValue()));
        case "M" -> text.append(date.getMonthValue());
        case "dd" -> text.append(twoDigits(date.getDayOfMonth()));
        case "d" -> text.append(date.getDayOfMonth());
        case "HH" -> text.append(twoDigits(date.getHour()));
        case "H" -> text.append(date.getHour());
        case "mm" -> text.append(twoDigits(date.getMinute()));
        case "m" -> text.append(date.getMinute());
        case "ss" -> text.append(twoDigits(date.getSecond()));
        case "s" -> text.append(date.getSecond());
        case "SSS" -> text.append(String.format(Locale.ROOT, "%03d", date.getNano() / 1_000_000));
        default -> {
          if ("-/.: ,_".indexOf(c) < 0) {
            throw new GiveUp();
          }
          text.append(token);
        }
      }
    }
    return text.toString();
  }

  private static String twoDigits(int number) {
    return number < 10 ? "0" + number : Integer.toString(number);
  }
}
