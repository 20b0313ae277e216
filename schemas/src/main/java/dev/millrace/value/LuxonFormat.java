package dev.millrace.value;

import java.time.LocalDate;
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
import java.util.Optional;
import java.util.Set;

/**
 * Luxon's format tokens on java.time, in US English: {@code toFormat}, {@code fromFormat} and
 * {@code toISO}. A token is a run of one letter; text in single quotes is literal. Thread-safe.
 */
public final class LuxonFormat {
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
  static final Map<String, String> MACROS = macros();

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

  record Token(String text, boolean literal) {}

  static List<Token> tokens(String pattern) {
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
    return LuxonParser.parse(text, pattern, now, zone);
  }
}
