package dev.millrace.parameter;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.IsoFields;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Date-times from what users type: ISO 8601, SQL, RFC 2822, HTTP dates, and then whatever a browser
 * would read.
 */
public final class DateTimes {
  private static final Pattern ISO =
      Pattern.compile(
          "([+-]\\d{6}|\\d{4})(?:-?(\\d{2})(?:-?(\\d{2}))?|-?W(\\d{2})(?:-?(\\d))?|-?(\\d{3}))?"
              + "(?:T(\\d{2})(?::?(\\d{2})(?::?(\\d{2})(?:[.,](\\d{1,30}))?)?)?"
              + "(Z|[+-]\\d{2}(?::?\\d{2})?)?(?:\\[([A-Za-z0-9/_+-]+)])?)?");
  private static final Pattern SQL =
      Pattern.compile(
          "(\\d{4})-(\\d{2})-(\\d{2}) (\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,30}))?)?"
              + " ?(Z|[+-]\\d{2}(?::?\\d{2})?|[A-Za-z]+/[A-Za-z_/]+|UTC|GMT)?");

  /** RFC 2822, HTTP and what browsers take beside it: day, month name and year, in this order. */
  private static final Pattern DAY_FIRST =
      Pattern.compile(
          "(?:\\p{L}+,?\\s+)?(\\d{1,2})[\\s-]+(\\p{L}{3,9})\\.?,?[\\s-]+(\\d{2,4})"
              + "(?:,?\\s+(.*))?");

  private static final Pattern MONTH_FIRST =
      Pattern.compile(
          "(?:\\p{L}+,?\\s+)?(\\p{L}{3,9})\\.?[\\s-]+(\\d{1,2})(?:st|nd|rd|th)?,?[\\s-]+(\\d{4})"
              + "(?:,?\\s+(.*))?");

  /** US order, as browsers read it. */
  private static final Pattern NUMERIC =
      Pattern.compile("(\\d{1,2})[/-](\\d{1,2})[/-](\\d{4})(?:,?\\s+(.*))?");

  private static final Pattern YEAR_FIRST =
      Pattern.compile("(\\d{4})[/-](\\d{1,2})[/-](\\d{1,2})(?:,?\\s+(.*))?");
  private static final Pattern TIME =
      Pattern.compile(
          "(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,9}))?)?\\s*([AaPp][Mm])?\\s*"
              + "(Z|UTC|GMT|UT|EST|EDT|CST|CDT|MST|MDT|PST|PDT)?\\s*([+-]\\d{2}:?\\d{2})?"
              + "(?:\\s*\\(.*\\))?");

  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");

  private DateTimes() {}

  /**
   * @param value a date-time, a Date, or text; an offset in the text becomes the zone
   * @param zone for text without an offset
   * @return empty where the value is no date-time; numbers are none
   */
  public static Optional<ZonedDateTime> parse(@Nullable Object value, ZoneId zone) {
    return switch (value) {
      case ZonedDateTime dateTime -> Optional.of(dateTime);
      case Instant instant -> Optional.of(instant.atZone(zone));
      case String text -> parse(text.strip(), zone);
      case null, default -> Optional.empty();
    };
  }

  private static Optional<ZonedDateTime> parse(String text, ZoneId zone) {
    if (text.isEmpty() || text.length() > 128 || text.chars().allMatch(Character::isDigit)) {
      return Optional.empty();
    }
    try {
      ZonedDateTime found = iso(text, zone);
      found = found == null ? sql(text, zone) : found;
      return Optional.ofNullable(found == null ? loose(text, zone) : found);
    } catch (DateTimeException | NumberFormatException impossible) {
      return Optional.empty();
    }
  }

  private static @Nullable ZonedDateTime iso(String text, ZoneId zone) {
    Matcher m = ISO.matcher(text);
    if (!m.matches()) {
      return null;
    }
    int year = Integer.parseInt(m.group(1));
    LocalDate date;
    if (m.group(4) != null) {
      date =
          LocalDate.of(year, 1, 4)
              .with(IsoFields.WEEK_OF_WEEK_BASED_YEAR, Integer.parseInt(m.group(4)))
              .with(DayOfWeek.of(number(m.group(5), 1)));
    } else if (m.group(6) != null) {
      date = LocalDate.ofYearDay(year, Integer.parseInt(m.group(6)));
    } else {
      date = LocalDate.of(year, number(m.group(2), 1), number(m.group(3), 1));
    }
    int hour = number(m.group(7), 0);
    LocalDateTime local =
        LocalDateTime.of(
            hour == 24 ? date.plusDays(1) : date,
            LocalTime.of(
                hour == 24 ? 0 : hour,
                number(m.group(8), 0),
                number(m.group(9), 0),
                nanos(m.group(10))));
    if (m.group(12) != null) {
      ZoneId named = ZoneId.of(m.group(12));
      return m.group(11) == null
          ? local.atZone(named)
          : local.atZone(offset(m.group(11))).withZoneSameInstant(named);
    }
    return local.atZone(m.group(11) == null ? zone : offset(m.group(11)));
  }

  private static @Nullable ZonedDateTime sql(String text, ZoneId zone) {
    Matcher m = SQL.matcher(text);
    if (!m.matches()) {
      return null;
    }
    LocalDateTime local =
        LocalDateTime.of(
            LocalDate.of(number(m.group(1), 0), number(m.group(2), 1), number(m.group(3), 1)),
            LocalTime.of(
                number(m.group(4), 0),
                number(m.group(5), 0),
                number(m.group(6), 0),
                nanos(m.group(7))));
    String suffix = m.group(8);
    return local.atZone(suffix == null ? zone : offset(suffix));
  }

  private static @Nullable ZonedDateTime loose(String text, ZoneId zone) {
    Matcher m = DAY_FIRST.matcher(text);
    if (m.matches() && month(m.group(2)) > 0) {
      return at(year(m.group(3)), month(m.group(2)), number(m.group(1), 1), m.group(4), zone);
    }
    m = MONTH_FIRST.matcher(text);
    if (m.matches() && month(m.group(1)) > 0) {
      return at(year(m.group(3)), month(m.group(1)), number(m.group(2), 1), m.group(4), zone);
    }
    m = NUMERIC.matcher(text);
    if (m.matches()) {
      return at(year(m.group(3)), number(m.group(1), 1), number(m.group(2), 1), m.group(4), zone);
    }
    m = YEAR_FIRST.matcher(text);
    if (m.matches()) {
      return at(year(m.group(1)), number(m.group(2), 1), number(m.group(3), 1), m.group(4), zone);
    }
    return null;
  }

  private static @Nullable ZonedDateTime at(
      int year, int month, int day, @Nullable String time, ZoneId zone) {
    LocalDate date = LocalDate.of(year, month, day);
    if (time == null || time.isBlank()) {
      return date.atStartOfDay(zone);
    }
    Matcher m = TIME.matcher(time.strip());
    if (!m.matches()) {
      return null;
    }
    int hour = number(m.group(1), 0);
    if (m.group(5) != null) {
      hour = hour % 12 + (m.group(5).toLowerCase(Locale.ROOT).equals("pm") ? 12 : 0);
    }
    ZoneId in = zone;
    if (m.group(7) != null) {
      in = offset(m.group(7));
    } else if (m.group(6) != null) {
      in = named(m.group(6));
    }
    return date.atTime(hour, number(m.group(2), 0), number(m.group(3), 0), nanos(m.group(4)))
        .atZone(in);
  }

  private static ZoneId named(String name) {
    return switch (name) {
      case "EST", "CDT" -> ZoneOffset.ofHours(-5);
      case "EDT" -> ZoneOffset.ofHours(-4);
      case "CST", "MDT" -> ZoneOffset.ofHours(-6);
      case "MST", "PDT" -> ZoneOffset.ofHours(-7);
      case "PST" -> ZoneOffset.ofHours(-8);
      default -> ZoneOffset.UTC;
    };
  }

  private static ZoneId offset(String text) {
    return switch (text) {
      case "Z", "UTC", "GMT" -> ZoneOffset.UTC;
      default -> text.indexOf('/') > 0 ? ZoneId.of(text) : ZoneOffset.of(text);
    };
  }

  private static int month(String name) {
    return 1 + MONTHS.indexOf(name.substring(0, 3).toLowerCase(Locale.ROOT));
  }

  private static int year(String digits) {
    int year = Integer.parseInt(digits);
    return digits.length() > 2 ? year : year + (year < 50 ? 2000 : 1900);
  }

  private static int number(@Nullable String digits, int otherwise) {
    return digits == null ? otherwise : Integer.parseInt(digits);
  }

  private static int nanos(@Nullable String fraction) {
    // Milliseconds are all that a JavaScript date keeps.
    return fraction == null ? 0 : Integer.parseInt((fraction + "000").substring(0, 3)) * 1_000_000;
  }

  /** The zone's name as Luxon gives it: an IANA name, or {@code UTC+5:30}. */
  public static String zoneName(ZonedDateTime dateTime) {
    if (!(dateTime.getZone() instanceof ZoneOffset offset)) {
      return dateTime.getZone().getId();
    }
    int minutes = offset.getTotalSeconds() / 60;
    if (minutes == 0) {
      return "UTC";
    }
    int rest = Math.abs(minutes) % 60;
    return "UTC"
        + (minutes < 0 ? "-" : "+")
        + Math.abs(minutes) / 60
        + (rest == 0 ? "" : ":" + (rest < 10 ? "0" : "") + rest);
  }
}
