package dev.millrace.nodes.files;

import dev.millrace.value.Coercion;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a text in a table without types stands for, as spreadsheet programs read it: a number, a
 * truth value, a date (as its serial number) or itself.
 */
final class CellText {
  private static final Pattern ISO_DATE =
      Pattern.compile(
          "(\\d{4})-(\\d{1,2})-(\\d{1,2})(?:[T ](\\d{1,2}):(\\d{2})(?::(\\d{2}))?(?:\\.\\d+)?Z?)?");
  private static final Pattern US_DATE = Pattern.compile("(\\d{1,2})/(\\d{1,2})/(\\d{4}|\\d{2})");
  private static final Pattern THOUSANDS = Pattern.compile("(?<=\\d),(?=\\d)");
  private static final LocalDate DAY_ZERO = LocalDate.of(1899, 12, 30);

  private CellText() {}

  /** The value, or null for an empty text. */
  static @Nullable Object typed(String text) {
    if (text.isEmpty()) {
      return null;
    }
    if (text.isBlank()) {
      return text;
    }
    if (text.equals("TRUE") || text.equals("FALSE")) {
      return text.equals("TRUE");
    }
    Double number = number(text);
    if (number != null) {
      return number;
    }
    Double date = date(text.strip());
    return date != null ? date : text;
  }

  private static @Nullable Double number(String text) {
    double plain = Coercion.toNumber(text);
    if (!Double.isNaN(plain)) {
      return Double.isInfinite(plain) ? null : (Double) plain;
    }
    if (text.chars().noneMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    String digits = THOUSANDS.matcher(text).replaceAll("").replaceFirst("\\$", "").strip();
    double factor = 1;
    if (digits.endsWith("%")) {
      digits = digits.substring(0, digits.length() - 1);
      factor = 100;
    }
    if (digits.startsWith("(") && digits.endsWith(")")) {
      digits = digits.substring(1, digits.length() - 1);
      factor = -factor;
    }
    double value = digits.isBlank() ? Double.NaN : Coercion.toNumber(digits) / factor;
    return Double.isFinite(value) ? (Double) value : null;
  }

  private static @Nullable Double date(String text) {
    try {
      Matcher iso = ISO_DATE.matcher(text);
      if (iso.matches()) {
        LocalTime time =
            iso.group(4) == null
                ? LocalTime.MIDNIGHT
                : LocalTime.of(part(iso, 4), part(iso, 5), part(iso, 6));
        return serial(LocalDate.of(part(iso, 1), part(iso, 2), part(iso, 3)).atTime(time));
      }
      Matcher us = US_DATE.matcher(text);
      if (us.matches()) {
        int year = part(us, 3);
        int full = us.group(3).length() == 4 ? year : year < 50 ? 2000 + year : 1900 + year;
        return serial(LocalDate.of(full, part(us, 1), part(us, 2)).atStartOfDay());
      }
    } catch (DateTimeException noSuchDay) {
      return null;
    }
    return null;
  }

  private static int part(Matcher match, int group) {
    String digits = match.group(group);
    return digits == null ? 0 : Integer.parseInt(digits);
  }

  /** Days since the end of 1899, with the time as a fraction: how sheets keep a point in time. */
  static double serial(LocalDateTime time) {
    return ChronoUnit.SECONDS.between(DAY_ZERO.atStartOfDay(), time) / 86_400.0;
  }
}
