package dev.millrace.value;

import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.time.temporal.WeekFields;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Luxon's format tokens on java.time, in US English: {@code toFormat}, {@code fromFormat} and
 * {@code toISO}. A token is a run of one letter; text in single quotes is literal. Thread-safe.
 */
public final class LuxonFormat {
  private static final int MAX_LENGTH = 500;
  private static final DateTimeFormatter ISO =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS", Locale.ROOT);
  private static final DateTimeFormatter LONG_ZONE = DateTimeFormatter.ofPattern("zzzz", Locale.US);
  private static final DateTimeFormatter SHORT_ZONE = DateTimeFormatter.ofPattern("z", Locale.US);

  /** US English has short names for these zones only; all others show their distance to GMT. */
  private static final Set<String> ZONE_NAMES =
      Set.of(
          "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "AST", "ADT", "AKST", "AKDT",
          "HST", "HDT");

  /** The tokens that stand for a whole style. */
  private static final Map<String, String> MACROS = macros();

  private LuxonFormat() {}

  private static Map<String, String> macros() {
    List<String> dates = List.of("M/d/yyyy", "LLL d, yyyy", "LLLL d, yyyy", "EEEE, LLLL d, yyyy");
    List<String> zones = List.of("", "", " ZZZZ", " ZZZZZ");
    Map<String, String> macros = new HashMap<>();
    for (int i = 0; i < 4; i++) {
      String joint = i < 2 ? ", " : " 'at' ";
      String seconds = i == 0 ? "" : ":ss";
      macros.put("D".repeat(i + 1), dates.get(i));
      macros.put("t".repeat(i + 1), "h:mm" + seconds + " a" + zones.get(i));
      macros.put("T".repeat(i + 1), "HH:mm" + seconds + zones.get(i));
      macros.put("f".repeat(i + 1), dates.get(i) + joint + "h:mm a" + zones.get(i));
      macros.put("F".repeat(i + 1), dates.get(i) + joint + "h:mm:ss a" + zones.get(i));
    }
    return Map.copyOf(macros);
  }

  /** Luxon's {@code toISO()}: {@code Z} in the zone UTC, else an offset, be it {@code +00:00}. */
  public static String iso(ZonedDateTime date) {
    return ISO.format(date) + (isUtc(date.getZone()) ? "Z" : offset(date, true, ":"));
  }

  private static boolean isUtc(ZoneId zone) {
    return zone.equals(ZoneOffset.UTC) || zone.getId().equals("UTC") || zone.getId().equals("GMT");
  }

  /** Luxon's {@code toFormat(pattern)}. */
  public static String format(ZonedDateTime date, String pattern) {
    StringBuilder out = new StringBuilder();
    for (Token token : tokens(pattern)) {
      String macro = token.literal() ? null : MACROS.get(token.text());
      if (macro != null) {
        out.append(format(date, macro));
      } else {
        out.append(token.literal() ? token.text() : formatted(date, token.text()));
      }
    }
    return out.toString();
  }

  private record Token(String text, boolean literal) {}

  private static List<Token> tokens(String pattern) {
    List<Token> tokens = new ArrayList<>();
    StringBuilder run = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '\'') {
        if (!run.isEmpty() || quoted) {
          tokens.add(new Token(run.isEmpty() ? "'" : run.toString(), quoted));
          run.setLength(0);
        }
        quoted = !quoted;
      } else {
        if (!quoted && !run.isEmpty() && run.charAt(0) != c) {
          tokens.add(new Token(run.toString(), false));
          run.setLength(0);
        }
        run.append(c);
      }
    }
    if (!run.isEmpty()) {
      tokens.add(new Token(run.toString(), quoted));
    }
    return tokens;
  }

  private static String formatted(ZonedDateTime d, String token) {
    int hour12 = d.getHour() % 12 == 0 ? 12 : d.getHour() % 12;
    int millis = d.getNano() / 1_000_000;
    return switch (token) {
      case "S" -> Integer.toString(millis);
      case "u", "SSS" -> padded(millis, 3);
      case "uu" -> padded(millis / 10, 2);
      case "uuu" -> Integer.toString(millis / 100);
      case "s", "ss" -> padded(d.getSecond(), token.length());
      case "m", "mm" -> padded(d.getMinute(), token.length());
      case "h", "hh" -> padded(hour12, token.length());
      case "H", "HH" -> padded(d.getHour(), token.length());
      case "Z" -> offset(d, false, ":");
      case "ZZ" -> offset(d, true, ":");
      case "ZZZ" -> offset(d, true, "");
      case "ZZZZ" -> shortZone(d);
      case "ZZZZZ" -> longZone(d);
      case "z" -> zoneName(d.getZone());
      case "a" -> d.getHour() < 12 ? "AM" : "PM";
      case "d", "dd" -> padded(d.getDayOfMonth(), token.length());
      case "c", "E" -> Integer.toString(d.getDayOfWeek().getValue());
      case "ccc", "EEE" -> d.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.US);
      case "cccc", "EEEE" -> d.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.US);
      case "ccccc", "EEEEE" -> d.getDayOfWeek().getDisplayName(TextStyle.NARROW, Locale.US);
      case "L", "LL", "M", "MM" -> padded(d.getMonthValue(), token.length());
      case "LLL", "MMM" -> d.getMonth().getDisplayName(TextStyle.SHORT, Locale.US);
      case "LLLL", "MMMM" -> d.getMonth().getDisplayName(TextStyle.FULL, Locale.US);
      case "LLLLL", "MMMMM" -> d.getMonth().getDisplayName(TextStyle.NARROW, Locale.US);
      case "y" -> Integer.toString(d.getYear());
      case "yyyy", "yyyyyy" -> padded(d.getYear(), token.length());
      case "yy" -> lastTwo(d.getYear());
      case "G" -> d.getYear() > 0 ? "AD" : "BC";
      case "GG" -> d.getYear() > 0 ? "Anno Domini" : "Before Christ";
      case "GGGGG" -> d.getYear() > 0 ? "A" : "B";
      case "kk" -> lastTwo(d.get(IsoFields.WEEK_BASED_YEAR));
      case "kkkk" -> padded(d.get(IsoFields.WEEK_BASED_YEAR), 4);
      case "W", "WW" -> padded(d.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), token.length());
      case "n", "nn" ->
          padded(d.get(WeekFields.SUNDAY_START.weekOfWeekBasedYear()), token.length());
      case "ii" -> lastTwo(d.get(WeekFields.SUNDAY_START.weekBasedYear()));
      case "iiii" -> padded(d.get(WeekFields.SUNDAY_START.weekBasedYear()), 4);
      case "o", "ooo" -> padded(d.getDayOfYear(), token.length());
      case "q", "qq" -> padded(d.get(IsoFields.QUARTER_OF_YEAR), token.length());
      case "X" -> Long.toString(d.toEpochSecond());
      case "x" -> Long.toString(d.toInstant().toEpochMilli());
      default -> token;
    };
  }

  private static String padded(int number, int digits) {
    String text = Integer.toString(Math.abs(number));
    return (number < 0 ? "-" : "") + "0".repeat(Math.max(0, digits - text.length())) + text;
  }

  private static String lastTwo(int year) {
    String text = padded(year, 2);
    return text.substring(text.length() - 2);
  }

  private static String offset(ZonedDateTime date, boolean full, String colon) {
    int minutes = date.getOffset().getTotalSeconds() / 60;
    int hours = Math.abs(minutes) / 60;
    int rest = Math.abs(minutes) % 60;
    String sign = minutes < 0 ? "-" : "+";
    return full
        ? sign + padded(hours, 2) + colon + padded(rest, 2)
        : sign + hours + (rest == 0 ? "" : colon + rest);
  }

  /** The zone's name as Luxon gives it: an IANA name, or {@code UTC+5:30}. */
  private static String zoneName(ZoneId zone) {
    if (isUtc(zone)) {
      return "UTC";
    }
    return zone instanceof ZoneOffset offset
        ? "UTC" + offset(LocalDate.EPOCH.atStartOfDay(offset), false, ":")
        : zone.getId();
  }

  private static String shortZone(ZonedDateTime date) {
    ZoneId zone = date.getZone();
    if (isUtc(zone) || zone instanceof ZoneOffset) {
      return zoneName(zone);
    }
    String name = SHORT_ZONE.format(date);
    boolean american =
        zone.getId().startsWith("America/")
            || zone.getId().startsWith("US/")
            || zone.getId().startsWith("Canada/")
            || zone.getId().equals("Pacific/Honolulu")
            || zone.getId().indexOf('/') < 0;
    if (american && ZONE_NAMES.contains(name) && !zone.getId().equals("America/Havana")) {
      return name;
    }
    return switch (LONG_ZONE.format(date)) {
      case "Greenwich Mean Time" -> "GMT";
      case "Coordinated Universal Time" -> "UTC";
      default -> "GMT" + offset(date, false, ":");
    };
  }

  private static String longZone(ZonedDateTime date) {
    ZoneId zone = date.getZone();
    if (isUtc(zone) || zone instanceof ZoneOffset) {
      return zoneName(zone);
    }
    return zone.getId().startsWith("Etc/GMT")
        ? "GMT" + offset(date, true, ":")
        : LONG_ZONE.format(date);
  }

  /**
   * Luxon's {@code fromFormat(text, pattern, {zone})}.
   *
   * @param now fills in the larger units that the pattern lacks, such as the date of a time
   * @param zone for text without an offset or zone; the result is always in it
   * @return empty where the text does not have this form
   */
  public static Optional<ZonedDateTime> parse(
      String text, String pattern, ZonedDateTime now, ZoneId zone) {
    if (text.length() > MAX_LENGTH || pattern.length() > MAX_LENGTH) {
      return Optional.empty();
    }
    StringBuilder regex = new StringBuilder();
    List<String> fields = new ArrayList<>();
    for (Token token : tokens(expanded(pattern))) {
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
    for (Token token : tokens(pattern)) {
      String macro = token.literal() ? null : MACROS.get(token.text());
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
