package dev.millrace.value;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads text by Luxon's format tokens; see {@link LuxonFormat#parse}. */
final class LuxonParser {
  /** Longer text or patterns are refused: a user may have written both. */
  private static final int MAX_LENGTH = 500;

  private LuxonParser() {}

  static Optional<ZonedDateTime> parse(
      String text, String pattern, ZonedDateTime now, ZoneId zone) {
    if (text.length() > MAX_LENGTH || pattern.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    StringBuilder regex = new StringBuilder();
    List<String> fields = new ArrayList<>();
    for (LuxonFormat.Token token : LuxonFormat.tokens(expanded(pattern))) {
      String part = token.literal() ? null : PARSED.get(token.text());
      if (part == null) {
        regex.append(
            token.text().isBlank()
                ? "\\h{" + token.text().length() + "}"
                : Pattern.quote(token.text()));
      } else {
        regex.append('(').append(part).append(')');
        fields.add(token.text());
      }
    }
    Matcher matcher =
        Pattern.compile(regex.toString(), Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE)
            .matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    Map<String, String> found = new HashMap<>();
    for (int i = 0; i < fields.size(); i++) {
      String unit = unit(fields.get(i));
      String value = matcher.group(i + 1);
      String before = found.put(unit, value);
      if (before != null && !before.equalsIgnoreCase(value)) {
        return Optional.empty();
      }
    }
    try {
      return Optional.of(assembled(found, now.withZoneSameInstant(zone), zone));
    } catch (DateTimeException | NumberFormatException impossible) {
      return Optional.empty();
    }
  }

  private static String expanded(String pattern) {
    StringBuilder out = new StringBuilder();
    for (LuxonFormat.Token token : LuxonFormat.tokens(pattern)) {
      String macro = token.literal() ? null : LuxonFormat.MACROS.get(token.text());
      if (token.literal()) {
        out.append('\'').append(token.text().equals("'") ? "" : token.text()).append('\'');
      } else {
        out.append(macro == null ? token.text() : macro);
      }
    }
    return out.toString();
  }

  private static final String MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";
  private static final String LONG_MONTHS =
      "january|february|march|april|may|june|july|august|september|october|november|december";
  private static final String DAYS = "mon|tue|wed|thu|fri|sat|sun";
  private static final String LONG_DAYS =
      "monday|tuesday|wednesday|thursday|friday|saturday|sunday";

  /** What each token may match. */
  private static final Map<String, String> PARSED = parsed();

  private static Map<String, String> parsed() {
    Map<String, String> forms = new HashMap<>();
    for (String token : List.of("s", "m", "h", "H", "d", "L", "M", "W", "n")) {
      forms.put(token, "\\d{1,2}");
      forms.put(token + token, "\\d{2}");
    }
    for (String token : List.of("L", "M")) {
      forms.put(token.repeat(3), MONTHS);
      forms.put(token.repeat(4), LONG_MONTHS);
    }
    for (String token : List.of("c", "E")) {
      forms.put(token, "\\d");
      forms.put(token.repeat(3), DAYS);
      forms.put(token.repeat(4), LONG_DAYS);
    }
    forms.put("S", "\\d{1,3}");
    forms.put("SSS", "\\d{3}");
    forms.put("u", "\\d{1,9}");
    forms.put("uu", "\\d{1,2}");
    forms.put("uuu", "\\d");
    forms.put("a", "am|pm");
    forms.put("y", "\\d{1,6}");
    forms.put("yy", "\\d{2,4}");
    forms.put("yyyy", "\\d{4}");
    forms.put("yyyyy", "\\d{4,6}");
    forms.put("yyyyyy", "\\d{6}");
    forms.put("kk", "\\d{2,4}");
    forms.put("kkkk", "\\d{4}");
    forms.put("o", "\\d{1,3}");
    forms.put("ooo", "\\d{3}");
    forms.put("q", "\\d");
    forms.put("G", "ad|bc");
    forms.put("GG", "anno domini|before christ");
    forms.put("Z", "[+-]\\d{1,2}(?::\\d{2})?");
    forms.put("ZZ", "[+-]\\d{1,2}(?::\\d{2})?");
    forms.put("ZZZ", "[+-]\\d{1,2}(?:\\d{2})?");
    forms.put("z", "[a-z_+\\-/0-9:]{1,256}");
    return Map.copyOf(forms);
  }

  /** The unit that a token stands for, named by its shortest token. */
  private static String unit(String token) {
    return switch (token) {
      case "SSS" -> "S";
      case "hh" -> "h";
      case "HH" -> "H";
      case "M", "MM", "LL", "L" -> "L";
      case "MMM", "LLL", "MMMM", "LLLL" -> "LLL";
      case "ZZ", "ZZZ" -> "Z";
      case "c", "E", "EEE", "EEEE", "ccc", "cccc" -> "weekday" + token.length();
      default -> token.startsWith("u") || token.startsWith("y") ? token : token.substring(0, 1);
    };
  }

  private static ZonedDateTime assembled(
      Map<String, String> found, ZonedDateTime now, ZoneId zone) {
    Integer year = null;
    for (String token : List.of("y", "yy", "yyyy", "yyyyy", "yyyyyy")) {
      String digits = found.get(token);
      if (digits != null) {
        year = Integer.parseInt(digits);
        year = token.equals("yy") && digits.length() == 2 ? year + (year > 60 ? 1900 : 2000) : year;
      }
    }
    Integer month = number(found, "L");
    String name = found.get("LLL");
    if (name != null) {
      month = 1 + MONTHS.indexOf(name.substring(0, 3).toLowerCase(Locale.ROOT)) / 4;
    }
    Integer quarter = number(found, "q");
    month = month == null && quarter != null ? Integer.valueOf(quarter * 3 - 2) : month;
    Integer day = number(found, "d");
    Integer hour = number(found, "H");
    Integer hour12 = number(found, "h");
    String half = found.get("a");
    if (hour12 != null) {
      hour = half == null ? hour12 : Integer.valueOf(hour12 % 12 + (isPm(half) ? 12 : 0));
    }
    LocalDate date;
    boolean dated = true;
    if (found.get("k") != null || found.get("W") != null) {
      int weekYear = Objects.requireNonNullElse(number(found, "k"), now.getYear());
      date =
          LocalDate.of(weekYear < 100 ? weekYear + 2000 : weekYear, 1, 4)
              .with(
                  IsoFields.WEEK_OF_WEEK_BASED_YEAR,
                  Objects.requireNonNullElse(number(found, "W"), 1))
              .with(DayOfWeek.of(Objects.requireNonNullElse(number(found, "weekday1"), 1)));
    } else if (found.get("o") != null) {
      date =
          LocalDate.ofYearDay(
              year == null ? now.getYear() : year, Objects.requireNonNull(number(found, "o")));
    } else {
      dated = year != null || month != null || day != null;
      date =
          LocalDate.of(
              year == null ? now.getYear() : year,
              month == null ? (year == null ? now.getMonthValue() : 1) : month,
              day == null ? (year == null && month == null ? now.getDayOfMonth() : 1) : day);
    }
    LocalTime time = time(found, hour, dated, now);
    LocalDateTime local = date.atTime(time);
    String offset = found.get("Z");
    String zoneName = found.get("z");
    if (offset != null) {
      return local.atZone(parsedOffset(offset)).withZoneSameInstant(zone);
    }
    return zoneName == null
        ? local.atZone(zone)
        : local.atZone(ZoneId.of(zoneName)).withZoneSameInstant(zone);
  }

  private static boolean isPm(String half) {
    return half.equalsIgnoreCase("pm");
  }

  private static LocalTime time(
      Map<String, String> found, @Nullable Integer hour, boolean dated, ZonedDateTime now) {
    Integer minute = number(found, "m");
    Integer second = number(found, "s");
    Integer millis = number(found, "S");
    for (String token : List.of("u", "uu", "uuu")) {
      String fraction = found.get(token);
      if (fraction != null) {
        millis = Integer.parseInt((fraction + "00").substring(0, 3));
      }
    }
    boolean set = dated || hour != null;
    int h = hour == null ? (set ? 0 : now.getHour()) : hour;
    boolean setMinute = set || minute != null;
    int m = minute == null ? (setMinute ? 0 : now.getMinute()) : minute;
    boolean setSecond = setMinute || second != null;
    int s = second == null ? (setSecond ? 0 : now.getSecond()) : second;
    return LocalTime.of(h, m, s, (millis == null ? 0 : millis) * 1_000_000);
  }

  private static @Nullable Integer number(Map<String, String> found, String unit) {
    String digits = found.get(unit);
    return digits == null ? null : Integer.valueOf(digits);
  }

  private static ZoneOffset parsedOffset(String text) {
    String digits = text.substring(1).replace(":", "");
    int hours =
        Integer.parseInt(digits.length() > 2 ? digits.substring(0, digits.length() - 2) : digits);
    int minutes = digits.length() > 2 ? Integer.parseInt(digits.substring(digits.length() - 2)) : 0;
    int total = hours * 60 + minutes;
    return ZoneOffset.ofTotalSeconds((text.charAt(0) == '-' ? -total : total) * 60);
  }
}
