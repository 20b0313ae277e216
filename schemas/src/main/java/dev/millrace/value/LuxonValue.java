package dev.millrace.value;

/**
 * A value of Luxon, or a broken date, that Java's time types do not hold.
 *
 * @param text of a Duration or Interval its ISO 8601 form, as {@code toISO()} prints it; of an
 *     invalid date what JavaScript prints for it. In JSON a Duration or Interval is this text and
 *     an invalid date is null
 */
public record LuxonValue(Kind kind, String text) {
  public enum Kind {
    DURATION,
    INTERVAL,
    INVALID_DATE,
    INVALID_DATE_TIME
  }

  /** {@code new Date(NaN)}. */
  public static final LuxonValue INVALID_DATE = new LuxonValue(Kind.INVALID_DATE, "Invalid Date");

  /** A Luxon DateTime that is not valid. */
  public static final LuxonValue INVALID_DATE_TIME =
      new LuxonValue(Kind.INVALID_DATE_TIME, "Invalid DateTime");

  /** Whether it is a date without a value. */
  public boolean invalid() {
    return kind == Kind.INVALID_DATE || kind == Kind.INVALID_DATE_TIME;
  }

  @Override
  public String toString() {
    return text;
  }
}
