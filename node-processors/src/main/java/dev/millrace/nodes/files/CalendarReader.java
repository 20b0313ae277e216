package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Coercion;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An iCalendar file (RFC 5545) as JSON: {@code {version, prodId, method, events: [{uid, summary,
 * start: {date, type}, …}], todos, …}}. What has no name there is in {@code nonStandard}, by its
 * name in camel case.
 */
final class CalendarReader {
  private static final int MAX_DEPTH = 10;
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss");

  private static final Pattern PARAMETER = Pattern.compile(";([^=;:]+)=(\"[^\"]*\"|[^;:]*)");

  /** Components and the lists that they are in. */
  private static final Map<String, String> LISTS =
      Map.of(
          "VEVENT", "events",
          "VTODO", "todos",
          "VJOURNAL", "journals",
          "VFREEBUSY", "freeBusy",
          "VTIMEZONE", "timezones",
          "VALARM", "alarms",
          "STANDARD", "props",
          "DAYLIGHT", "props");

  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("PRODID", "prodId"),
          Map.entry("VERSION", "version"),
          Map.entry("METHOD", "method"),
          Map.entry("X-WR-CALNAME", "name"),
          Map.entry("UID", "uid"),
          Map.entry("SUMMARY", "summary"),
          Map.entry("DESCRIPTION", "description"),
          Map.entry("LOCATION", "location"),
          Map.entry("COMMENT", "comment"),
          Map.entry("STATUS", "status"),
          Map.entry("CLASS", "class"),
          Map.entry("URL", "url"),
          Map.entry("GEO", "geo"),
          Map.entry("TRANSP", "timeTransparent"),
          Map.entry("ACTION", "action"),
          Map.entry("TZID", "id"),
          Map.entry("TZOFFSETFROM", "offsetFrom"),
          Map.entry("TZOFFSETTO", "offsetTo"),
          Map.entry("TZNAME", "name"),
          Map.entry("DTSTAMP", "stamp"),
          Map.entry("DTSTART", "start"),
          Map.entry("DTEND", "end"),
          Map.entry("DUE", "due"),
          Map.entry("CREATED", "created"),
          Map.entry("COMPLETED", "completed"),
          Map.entry("LAST-MODIFIED", "lastModified"),
          Map.entry("RECURRENCE-ID", "recurrenceId"),
          Map.entry("EXDATE", "exceptionDates"),
          Map.entry("RRULE", "recurrenceRule"),
          Map.entry("DURATION", "duration"),
          Map.entry("TRIGGER", "trigger"),
          Map.entry("CATEGORIES", "categories"),
          Map.entry("PRIORITY", "priority"),
          Map.entry("SEQUENCE", "sequence"),
          Map.entry("REPEAT", "repeat"),
          Map.entry("PERCENT-COMPLETE", "percentComplete"),
          Map.entry("ORGANIZER", "organizer"),
          Map.entry("ATTENDEE", "attendees"),
          Map.entry("ATTACH", "attach"));

  private final List<String> lines;
  private int position;

  private CalendarReader(List<String> lines) {
    this.lines = lines;
  }

  static Map<String, @Nullable Object> read(String text) {
    // A line that begins with white space goes on with the one before it.
    List<String> lines =
        Arrays.stream(text.replaceAll("\\r?\\n[ \\t]", "").split("\\r?\\n"))
            .filter(line -> !line.isBlank())
            .toList();
    int start = 0;
    while (start < lines.size() && !lines.get(start).strip().equalsIgnoreCase("BEGIN:VCALENDAR")) {
      start++;
    }
    if (start == lines.size()) {
      throw new MillraceException(ErrorCode.NODE_FAILED, "The file holds no calendar");
    }
    CalendarReader reader = new CalendarReader(lines);
    reader.position = start + 1;
    return reader.component("VCALENDAR", 0);
  }

  private Map<String, @Nullable Object> component(String type, int depth) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    if (depth > MAX_DEPTH) {
      throw new MillraceException(ErrorCode.NODE_FAILED, "The calendar is nested too deeply");
    }
    while (position < lines.size()) {
      String line = lines.get(position++);
      int colon = valueStart(line);
      if (colon < 0) {
        continue;
      }
      String head = line.substring(0, colon);
      String value = line.substring(colon + 1);
      int semicolon = head.indexOf(';');
      String name =
          (semicolon < 0 ? head : head.substring(0, semicolon)).strip().toUpperCase(Locale.ROOT);
      if (name.equals("BEGIN")) {
        nested(json, value.strip().toUpperCase(Locale.ROOT), depth);
      } else if (name.equals("END")) {
        return json;
      } else {
        property(json, type, name, parameters(head), value);
      }
    }
    return json;
  }

  private void nested(Map<String, @Nullable Object> json, String type, int depth) {
    Map<String, @Nullable Object> inner = component(type, depth + 1);
    if (type.equals("STANDARD") || type.equals("DAYLIGHT")) {
      inner.put("type", type);
    }
    String list = LISTS.get(type);
    if (list != null) {
      append(json, list, inner);
    }
  }

  /** The colon before the value: the first outside of quotes. */
  private static int valueStart(String line) {
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      quoted ^= line.charAt(i) == '"';
      if (line.charAt(i) == ':' && !quoted) {
        return i;
      }
    }
    return -1;
  }

  private static Map<String, String> parameters(String head) {
    Map<String, String> parameters = new LinkedHashMap<>();
    Matcher found = PARAMETER.matcher(head);
    while (found.find()) {
      parameters.put(
          found.group(1).toUpperCase(Locale.ROOT), found.group(2).replaceAll("^\"|\"$", ""));
    }
    return parameters;
  }

  private static void property(
      Map<String, @Nullable Object> json,
      String type,
      String name,
      Map<String, String> parameters,
      String value) {
    String key = NAMES.get(name);
    if (key == null) {
      if (json.computeIfAbsent("nonStandard", k -> new LinkedHashMap<String, Object>())
          instanceof Map<?, ?> others) {
        @SuppressWarnings("unchecked")
        Map<String, @Nullable Object> writable = (Map<String, @Nullable Object>) others;
        writable.put(camelCase(name), unescaped(value));
      }
      return;
    }
    switch (name) {
      case "DTSTAMP", "DTSTART", "DTEND", "DUE", "CREATED", "COMPLETED", "LAST-MODIFIED" ->
          json.put(
              key,
              type.equals("STANDARD") || type.equals("DAYLIGHT")
                  ? point(value, Map.of()).get("date")
                  : point(value, parameters));
      case "RECURRENCE-ID" -> json.put(key, Map.of("value", point(value, parameters)));
      case "EXDATE" -> {
        for (String one : value.split(",")) {
          append(json, key, point(one, parameters));
        }
      }
      case "RRULE" -> json.put(key, rule(value));
      case "DURATION" -> json.put(key, duration(value));
      case "TRIGGER" -> json.put(key, trigger(value, parameters));
      case "CATEGORIES" -> {
        for (String one : value.split("(?<!\\\\),")) {
          append(json, key, unescaped(one));
        }
      }
      case "PRIORITY", "REPEAT", "PERCENT-COMPLETE" -> json.put(key, Coercion.toNumber(value));
      case "SEQUENCE" -> json.put(key, Coercion.toNumber(value));
      case "ORGANIZER" -> json.put(key, person(value, parameters));
      case "ATTENDEE" -> append(json, key, person(value, parameters));
      default -> json.put(key, unescaped(value));
    }
  }

  private static void append(Map<String, @Nullable Object> json, String key, Object value) {
    List<@Nullable Object> list = new ArrayList<>();
    if (json.get(key) instanceof List<?> before) {
      list.addAll(before);
    }
    list.add(value);
    json.put(key, list);
  }

  /**
   * {@code {date, type, local?}}; what cannot be read as a time is kept as text in {@code date}.
   */
  private static Map<String, @Nullable Object> point(String value, Map<String, String> parameters) {
    Map<String, @Nullable Object> point = new LinkedHashMap<>();
    String text = value.strip();
    try {
      if (text.matches("\\d{8}")) {
        LocalDate day = LocalDate.parse(text, DateTimeFormatter.BASIC_ISO_DATE);
        point.put("date", Coercion.isoText(day.atStartOfDay(ZoneOffset.UTC)));
        point.put("type", "DATE");
        return point;
      }
      LocalDateTime time = LocalDateTime.parse(text.replaceAll("Z$", ""), TIME);
      ZoneId zone = text.endsWith("Z") ? null : zone(parameters.get("TZID"));
      ZonedDateTime at = time.atZone(zone == null ? ZoneOffset.UTC : zone);
      point.put("date", Coercion.isoText(at.toInstant()));
      point.put("type", "DATE-TIME");
      if (zone != null) {
        Map<String, @Nullable Object> local = new LinkedHashMap<>();
        local.put("date", Coercion.isoText(time.atZone(ZoneOffset.UTC)));
        local.put("timezone", parameters.get("TZID"));
        local.put("tzoffset", at.getOffset().getId().replace(":", "").replace("Z", "+0000"));
        point.put("local", local);
      }
    } catch (DateTimeException unreadable) {
      point.put("date", text);
      point.put("type", "DATE-TIME");
    }
    return point;
  }

  /** Null where the name is none of the time zone database's: its times are taken as UTC. */
  private static @Nullable ZoneId zone(@Nullable String name) {
    try {
      return name == null ? null : ZoneId.of(name.replaceFirst("^/[^/]+/(?=\\w+/)", ""));
    } catch (DateTimeException unknown) {
      return null;
    }
  }

  private static Map<String, @Nullable Object> rule(String value) {
    Map<String, @Nullable Object> rule = new LinkedHashMap<>();
    for (String part : value.split(";")) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        continue;
      }
      String name = part.substring(0, equals).toUpperCase(Locale.ROOT);
      String given = part.substring(equals + 1);
      switch (name) {
        case "FREQ" -> rule.put("frequency", given);
        case "COUNT" -> rule.put("count", Coercion.toNumber(given));
        case "INTERVAL" -> rule.put("interval", Coercion.toNumber(given));
        case "UNTIL" -> rule.put("until", point(given, Map.of()));
        case "WKST" -> rule.put("weekStart", given);
        case "BYDAY" ->
            rule.put("byDay", Arrays.stream(given.split(",")).map(CalendarReader::day).toList());
        default -> {
          if (name.startsWith("BY")) {
            List<@Nullable Object> numbers = new ArrayList<>();
            for (String one : given.split(",")) {
              // Months are counted from 0, as JavaScript does.
              numbers.add(Coercion.toNumber(one) - (name.equals("BYMONTH") ? 1 : 0));
            }
            rule.put(byName(name), numbers);
          }
        }
      }
    }
    return rule;
  }

  private static String byName(String name) {
    return switch (name) {
      case "BYMONTHDAY" -> "byMonthday";
      case "BYYEARDAY" -> "byYearday";
      case "BYWEEKNO" -> "byWeekNo";
      case "BYSETPOS" -> "bySetPos";
      default -> "by" + name.charAt(2) + name.substring(3).toLowerCase(Locale.ROOT);
    };
  }

  private static Map<String, @Nullable Object> day(String text) {
    Map<String, @Nullable Object> day = new LinkedHashMap<>();
    String name = text.strip();
    int letters = Math.max(0, name.length() - 2);
    day.put("day", name.substring(letters));
    if (letters > 0) {
      day.put("occurrence", Coercion.toNumber(name.substring(0, letters)));
    }
    return day;
  }

  private static Map<String, @Nullable Object> duration(String value) {
    Map<String, @Nullable Object> duration = new LinkedHashMap<>();
    String text = value.strip();
    if (text.startsWith("-")) {
      duration.put("before", true);
    }
    Map<String, String> units =
        Map.of("W", "weeks", "D", "days", "H", "hours", "M", "minutes", "S", "seconds");
    Matcher parts = Pattern.compile("(\\d{1,9})([WDHMS])").matcher(text);
    while (parts.find()) {
      duration.put(
          java.util.Objects.requireNonNull(units.get(parts.group(2))),
          Coercion.toNumber(parts.group(1)));
    }
    return duration;
  }

  private static Map<String, @Nullable Object> trigger(
      String value, Map<String, String> parameters) {
    boolean absolute = "DATE-TIME".equals(parameters.get("VALUE"));
    Map<String, @Nullable Object> trigger = new LinkedHashMap<>();
    trigger.put("type", absolute ? "absolute" : "relative");
    trigger.put("value", absolute ? point(value, parameters) : duration(value));
    return trigger;
  }

  private static Map<String, @Nullable Object> person(
      String value, Map<String, String> parameters) {
    Map<String, @Nullable Object> person = new LinkedHashMap<>();
    person.put("email", value.replaceFirst("(?i)^mailto:", ""));
    Map.of(
            "CN", "name",
            "ROLE", "role",
            "PARTSTAT", "partstat",
            "DIR", "dir",
            "MEMBER", "member",
            "DELEGATED-FROM", "delegatedFrom",
            "SENT-BY", "sentBy")
        .forEach((parameter, key) -> {
          String given = parameters.get(parameter);
          if (given != null) {
            person.put(key, given);
          }
        });
    if (parameters.containsKey("RSVP")) {
      person.put("rsvp", "TRUE".equalsIgnoreCase(parameters.get("RSVP")));
    }
    return person;
  }

  private static String camelCase(String name) {
    StringBuilder camel = new StringBuilder();
    for (String part : name.toLowerCase(Locale.ROOT).replaceFirst("^x-", "").split("-")) {
      camel.append(
          camel.isEmpty() || part.isEmpty()
              ? part
              : part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1));
    }
    return camel.toString();
  }

  private static String unescaped(String value) {
    StringBuilder text = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\' && i + 1 < value.length()) {
        char next = value.charAt(++i);
        text.append(next == 'n' || next == 'N' ? '\n' : next);
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
