package dev.millrace.schedule;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A cron expression: the local times that match six fields, or five with second 0. A field holds
 * {@code *} or {@code ?}, numbers, names, ranges, steps, and lists of these; Sunday is 0 or 7.
 * Where both the day of the month and the day of the week are restricted, a day matches that either
 * names. Immutable.
 */
public final class CronExpression {
  private static final Map<String, String> MACROS =
      Map.ofEntries(
          Map.entry("@secondly", "* * * * * *"),
          Map.entry("@minutely", "0 * * * * *"),
          Map.entry("@hourly", "0 0 * * * *"),
          Map.entry("@daily", "0 0 0 * * *"),
          Map.entry("@midnight", "0 0 0 * * *"),
          Map.entry("@weekly", "0 0 0 * * 0"),
          Map.entry("@weekdays", "0 0 0 * * 1-5"),
          Map.entry("@weekends", "0 0 0 * * 0,6"),
          Map.entry("@monthly", "0 0 0 1 * *"),
          Map.entry("@yearly", "0 0 0 1 1 *"),
          Map.entry("@annually", "0 0 0 1 1 *"));

  private static final List<String> MONTHS =
      List.of("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");
  private static final List<String> WEEKDAYS =
      List.of("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

  /** Between two 29th of February lie up to eight years; what has no match by then has none. */
  private static final int HORIZON_YEARS = 9;

  private static final int DAY_SECONDS = 24 * 60 * 60;

  private enum Field {
    SECOND("second", 0, 59, List.of()),
    MINUTE("minute", 0, 59, List.of()),
    HOUR("hour", 0, 23, List.of()),
    DAY("day of the month", 1, 31, List.of()),
    MONTH("month", 1, 12, MONTHS),
    // Seven is Sunday too.
    WEEKDAY("day of the week", 0, 7, WEEKDAYS);

    private final String label;
    private final int lowest;
    private final int highest;
    private final List<String> names;

    Field(String label, int lowest, int highest, List<String> names) {
      this.label = label;
      this.lowest = lowest;
      this.highest = highest;
      this.names = names;
    }

    private long all() {
      return bits(lowest, this == WEEKDAY ? 6 : highest, 1);
    }
  }

  private final String text;
  private final long seconds;
  private final long minutes;
  private final long hours;
  private final long days;
  private final long months;
  private final long weekdays;

  private CronExpression(String text, long[] fields) {
    this.text = text;
    this.seconds = fields[0];
    this.minutes = fields[1];
    this.hours = fields[2];
    this.days = fields[3];
    this.months = fields[4];
    this.weekdays = fields[5];
  }

  /**
   * Reads an expression, or one of the names such as {@code @daily}.
   *
   * @throws MillraceException {@code INVALID_SCHEDULE}, naming the field
   */
  public static CronExpression parse(String expression) {
    String plain = expression.strip().replaceAll("\\s+", " ");
    String spelled = MACROS.getOrDefault(plain.toLowerCase(Locale.ROOT), plain);
    String[] parts = spelled.split(" ");
    if (parts.length != 5 && parts.length != 6) {
      throw invalid(plain, "it has " + parts.length + " fields instead of 5 or 6");
    }
    long[] fields = new long[6];
    int missing = 6 - parts.length;
    fields[0] = 1;
    for (int i = missing; i < fields.length; i++) {
      fields[i] = field(plain, Field.values()[i], parts[i - missing].toUpperCase(Locale.ROOT));
    }
    return new CronExpression(plain, fields);
  }

  /** Whether it matches in every hour of its days. */
  boolean everyHour() {
    return hours == Field.HOUR.all();
  }

  /** The first match at or after a local time, or null when there is none in the next years. */
  @Nullable LocalDateTime nextOrSame(LocalDateTime from) {
    LocalDateTime whole = from.truncatedTo(ChronoUnit.SECONDS);
    LocalDateTime start = whole.equals(from) ? from : whole.plusSeconds(1);
    LocalDate date = start.toLocalDate();
    LocalDate horizon = date.plusYears(HORIZON_YEARS);
    int second = start.toLocalTime().toSecondOfDay();
    while (!date.isAfter(horizon)) {
      if (!has(months, date.getMonthValue())) {
        date = date.withDayOfMonth(1).plusMonths(1);
        second = 0;
        continue;
      }
      int match = matches(date) ? secondOfDay(second) : -1;
      if (match >= 0) {
        return date.atStartOfDay().plusSeconds(match);
      }
      date = date.plusDays(1);
      second = 0;
    }
    return null;
  }

  private boolean matches(LocalDate date) {
    boolean day = has(days, date.getDayOfMonth());
    boolean weekday = has(weekdays, date.getDayOfWeek().getValue() % 7);
    boolean either = days != Field.DAY.all() && weekdays != Field.WEEKDAY.all();
    return either ? day || weekday : day && weekday;
  }

  /** The first matching second of a day from a given one on, or -1. */
  private int secondOfDay(int from) {
    if (from >= DAY_SECONDS) {
      return -1;
    }
    int fromHour = from / 3600;
    int fromMinute = from / 60 % 60;
    for (int hour = next(hours, fromHour); hour >= 0; hour = next(hours, hour + 1)) {
      boolean sameHour = hour == fromHour;
      for (int minute = next(minutes, sameHour ? fromMinute : 0);
          minute >= 0;
          minute = next(minutes, minute + 1)) {
        int second = next(seconds, sameHour && minute == fromMinute ? from % 60 : 0);
        if (second >= 0) {
          return hour * 3600 + minute * 60 + second;
        }
      }
    }
    return -1;
  }

  private static int next(long set, int from) {
    return from > 63 || set >>> from == 0 ? -1 : from + Long.numberOfTrailingZeros(set >>> from);
  }

  private static boolean has(long set, int value) {
    return ((set >>> value) & 1) == 1;
  }

  private static long bits(int from, int to, int step) {
    long set = 0;
    for (int value = from; value <= to; value += step) {
      set |= 1L << value;
    }
    return set;
  }

  private static long field(String expression, Field field, String text) {
    long set = 0;
    for (String part : text.split(",", -1)) {
      String[] stepped = part.split("/", -1);
      if (stepped.length > 2 || part.isEmpty()) {
        throw invalid(expression, field, part);
      }
      int from;
      int to;
      String[] range = stepped[0].split("-", -1);
      if (stepped[0].equals("*") || stepped[0].equals("?")) {
        from = field.lowest;
        to = field == Field.WEEKDAY ? 6 : field.highest;
      } else if (range.length <= 2) {
        from = value(expression, field, range[0]);
        // 5/15 is from 5 to the end.
        to =
            range.length == 2
                ? value(expression, field, range[1])
                : stepped.length == 2 ? field.highest : from;
      } else {
        throw invalid(expression, field, part);
      }
      int step = stepped.length == 2 ? number(expression, field, stepped[1]) : 1;
      if (from > to || step < 1) {
        throw invalid(expression, field, part);
      }
      set |= bits(from, to, step);
    }
    if (field == Field.WEEKDAY && has(set, 7)) {
      set = (set & ~(1L << 7)) | 1;
    }
    return set;
  }

  private static int value(String expression, Field field, String text) {
    int name = field.names.indexOf(text);
    int value = name >= 0 ? name + field.lowest : number(expression, field, text);
    if (value < field.lowest || value > field.highest) {
      throw invalid(expression, field, text);
    }
    return value;
  }

  private static int number(String expression, Field field, String text) {
    // A step may exceed the field, as */90 does: it then matches the first value alone.
    if (!text.matches("[0-9]{1,4}")) {
      throw invalid(expression, field, text);
    }
    return Integer.parseInt(text);
  }

  private static MillraceException invalid(String expression, Field field, String part) {
    return invalid(expression, "\"" + part + "\" is no " + field.label);
  }

  private static MillraceException invalid(String expression, String reason) {
    return new MillraceException(
        ErrorCode.INVALID_SCHEDULE, "\"" + expression + "\" is not a cron expression: " + reason);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CronExpression cron && cron.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The expression as it was given, with single spaces. */
  @Override
  public String toString() {
    return text;
  }
}
