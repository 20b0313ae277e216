package dev.millrace.nodes.transform;

import dev.millrace.value.LuxonFormat;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Moment's format tokens, which version 1 of Date &amp; Time uses, in US English. */
final class MomentFormat {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\[([^\\[\\]]*)]|Mo|MM?M?M?|Do|DDDo|DD?D?D?|do|dd?d?d?|w[ow]?|W[oW]?|Qo?|YYYYYY|YYYYY"
              + "|YYYY|YY|Y|gg(?:gg)?|GG(?:GG)?|a|A|hh?|HH?|kk?|mm?|ss?|S{1,9}|x|X|zz?|ZZ?|E|e"
              + "|LTS|LT|LL?L?L?|l{1,4}");

  private static final Map<String, String> STYLES =
      Map.ofEntries(
          Map.entry("LT", "h:mm A"),
          Map.entry("LTS", "h:mm:ss A"),
          Map.entry("L", "MM/DD/YYYY"),
          Map.entry("l", "M/D/YYYY"),
          Map.entry("LL", "MMMM D, YYYY"),
          Map.entry("ll", "MMM D, YYYY"),
          Map.entry("LLL", "MMMM D, YYYY h:mm A"),
          Map.entry("lll", "MMM D, YYYY h:mm A"),
          Map.entry("LLLL", "dddd, MMMM D, YYYY h:mm A"),
          Map.entry("llll", "ddd, MMM D, YYYY h:mm A"));

  /** Tokens that only have another name in Luxon. */
  private static final Map<String, String> SAME =
      Map.ofEntries(
          Map.entry("D", "d"),
          Map.entry("DD", "dd"),
          Map.entry("DDD", "o"),
          Map.entry("DDDD", "ooo"),
          Map.entry("ddd", "ccc"),
          Map.entry("dddd", "cccc"),
          Map.entry("Q", "q"),
          Map.entry("YY", "yy"),
          Map.entry("YYYY", "yyyy"),
          Map.entry("Y", "y"),
          Map.entry("w", "n"),
          Map.entry("ww", "nn"),
          Map.entry("gg", "ii"),
          Map.entry("gggg", "iiii"),
          Map.entry("GG", "kk"),
          Map.entry("GGGG", "kkkk"),
          Map.entry("A", "a"),
          Map.entry("Z", "ZZ"),
          Map.entry("ZZ", "ZZZ"),
          Map.entry("z", "ZZZZ"),
          Map.entry("zz", "ZZZZ"));

  private MomentFormat() {}

  static String format(ZonedDateTime date, String pattern) {
    return replaced(
        pattern,
        token -> {
          String style = STYLES.get(token);
          return style == null ? one(date, token) : format(date, style);
        });
  }

  private static String replaced(String pattern, UnaryOperator<String> value) {
    StringBuilder out = new StringBuilder();
    Matcher matcher = TOKEN.matcher(pattern);
    while (matcher.find()) {
      String literal = matcher.group(1);
      matcher.appendReplacement(
          out, Matcher.quoteReplacement(literal == null ? value.apply(matcher.group()) : literal));
    }
    return matcher.appendTail(out).toString();
  }

  private static String one(ZonedDateTime date, String token) {
    int sundayBased = date.getDayOfWeek().getValue() % 7;
    int hour = date.getHour();
    return switch (token) {
      case "Mo" -> ordinal(date.getMonthValue());
      case "Do" -> ordinal(date.getDayOfMonth());
      case "DDDo" -> ordinal(date.getDayOfYear());
      case "do" -> ordinal(sundayBased);
      case "wo" -> ordinal(Integer.parseInt(LuxonFormat.format(date, "n")));
      case "Wo" -> ordinal(Integer.parseInt(LuxonFormat.format(date, "W")));
      case "Qo" -> ordinal((date.getMonthValue() + 2) / 3);
      case "d", "e" -> Integer.toString(sundayBased);
      case "dd" -> LuxonFormat.format(date, "ccc").substring(0, 2);
      case "YYYYY" -> String.format(Locale.ROOT, "%05d", date.getYear());
      case "YYYYYY" -> String.format(Locale.ROOT, "%+07d", date.getYear());
      case "a" -> hour < 12 ? "am" : "pm";
      case "k" -> Integer.toString(hour == 0 ? 24 : hour);
      case "kk" -> String.format(Locale.ROOT, "%02d", hour == 0 ? 24 : hour);
      default ->
          token.startsWith("S")
              ? String.format(Locale.ROOT, "%09d", date.getNano()).substring(0, token.length())
              : LuxonFormat.format(date, SAME.getOrDefault(token, token));
    };
  }

  private static String ordinal(int n) {
    int two = n % 100;
    if (two >= 11 && two <= 13) {
      return n + "th";
    }
    return n
        + switch (n % 10) {
          case 1 -> "st";
          case 2 -> "nd";
          case 3 -> "rd";
          default -> "th";
        };
  }

  /**
   * Reads text leniently: each token takes the next part of the text that fits it, and what lies
   * between does not matter.
   *
   * @param zone of text without an offset
   */
  static Optional<ZonedDateTime> parse(
      String text, String pattern, ZonedDateTime now, ZoneId zone) {
    Map<Character, String> found = new HashMap<>();
    Matcher tokens = TOKEN.matcher(replaced(pattern, t -> STYLES.getOrDefault(t, t)));
    int at = 0;
    while (tokens.find()) {
      String form = tokens.group(1) == null ? form(tokens.group()) : "";
      Matcher part = Pattern.compile(form, Pattern.CASE_INSENSITIVE).matcher(text);
      if (!form.isEmpty() && part.find(at)) {
        found.put(kind(tokens.group()), part.group());
        at = part.end();
      }
    }
    try {
      return found.isEmpty() ? Optional.empty() : Optional.of(assembled(found, now, zone));
    } catch (DateTimeException | NumberFormatException impossible) {
      return Optional.empty();
    }
  }

  /** What a token may take; empty for those that take nothing. */
  private static String form(String token) {
    return switch (token) {
      case "YYYY", "GGGG" -> "\\d{1,4}";
      case "YYYYY", "YYYYYY", "Y" -> "[+-]?\\d{1,6}";
      case "MMM", "MMMM", "ddd", "dddd" -> "[a-z]{3,9}";
      case "DDD", "DDDD" -> "\\d{1,3}";
      case "Do", "Mo" -> "\\d{1,2}(?:st|nd|rd|th)";
      case "YY", "M", "MM", "D", "DD", "H", "HH", "h", "hh", "k", "kk", "m", "mm", "s", "ss" ->
          "\\d{1,2}";
      case "a", "A" -> "[ap]\\.?m?\\.?";
      case "X", "x" -> "[+-]?\\d{1,16}(?:\\.\\d{1,3})?";
      case "Z", "ZZ" -> "Z|[+-]\\d\\d:?\\d\\d";
      default -> token.startsWith("S") ? "\\d{1,9}" : "";
    };
  }

  private static char kind(String token) {
    return switch (token) {
      case "MMM", "MMMM" -> 'N';
      case "DDD", "DDDD" -> 'j';
      case "hh" -> 'h';
      case "k", "kk" -> 'H';
      case "A" -> 'a';
      case "YY" -> 'y';
      default -> token.charAt(0);
    };
  }

  private static ZonedDateTime assembled(
      Map<Character, String> found, ZonedDateTime now, ZoneId zone) {
    String seconds = found.get('X');
    String millis = found.get('x');
    if (seconds != null || millis != null) {
      double epoch = Double.parseDouble(seconds == null ? "" + millis : seconds);
      return java.time.Instant.ofEpochMilli((long) (seconds == null ? epoch : epoch * 1000))
          .atZone(zone);
    }
    int year = number(found, 'Y', number(found, 'G', now.getYear()));
    if (found.containsKey('y')) {
      int two = number(found, 'y', 0);
      year = two + (two > 68 ? 1900 : 2000);
    }
    String name = found.get('N');
    boolean month = name != null || found.containsKey('M');
    boolean dated = found.keySet().stream().anyMatch(kind -> "YyGMNDj".indexOf(kind) >= 0);
    boolean yearOnly = found.containsKey('Y') || found.containsKey('y');
    int monthNumber =
        name != null
            ? 1
                + "janfebmaraprmayjunjulaugsepoctnovdec"
                        .indexOf(name.substring(0, 3).toLowerCase(Locale.ROOT))
                    / 3
            : number(found, 'M', yearOnly ? 1 : now.getMonthValue());
    int day = number(found, 'D', dated && (month || yearOnly) ? 1 : now.getDayOfMonth());
    LocalDate date =
        found.containsKey('j')
            ? LocalDate.ofYearDay(year, number(found, 'j', 1))
            : LocalDate.of(year, monthNumber, day);
    int hour = number(found, 'H', number(found, 'h', 0)) % 24;
    String half = found.get('a');
    if (half != null) {
      hour = hour % 12 + (half.toLowerCase(Locale.ROOT).startsWith("p") ? 12 : 0);
    }
    String fraction = found.getOrDefault('S', "0");
    LocalTime time =
        LocalTime.of(
            hour,
            number(found, 'm', 0),
            number(found, 's', 0),
            Integer.parseInt((fraction + "00").substring(0, 3)) * 1_000_000);
    String offset = found.get('Z');
    return offset == null
        ? date.atTime(time).atZone(zone)
        : date.atTime(time).atZone(ZoneOffset.of(offset)).withZoneSameInstant(zone);
  }

  private static int number(Map<Character, String> found, char kind, int otherwise) {
    String digits = found.get(kind);
    return digits == null
        ? otherwise
        : Integer.parseInt(digits.replaceAll("st|nd|rd|th", "").replace("+", ""));
  }
}
