package dev.millrace.nodes.transform;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import dev.millrace.parameter.DateTimes;
import dev.millrace.value.Coercion;
import dev.millrace.value.LuxonFormat;
import dev.millrace.value.Undefined;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Formats, shifts, rounds and compares dates. Version 1 speaks Moment's format tokens, version 2
 * Luxon's. Text without an offset is read in UTC, whatever the workflow's zone, because both did so
 * on a server that runs in UTC.
 */
public final class DateAndTime implements TransformNode {
  /** Version 2 shows results in this zone, which prints {@code +00:00} where UTC prints Z. */
  private static final ZoneId RESULT_ZONE = ZoneId.of("Etc/UTC");

  /** Numbers with fewer digits are seconds, others milliseconds. */
  private static final int MILLISECOND_DIGITS = 12;

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.dateTime")
          .named("Date & Time", "Formats, shifts, rounds and compares dates.")
          .versions(1, 2)
          .properties(properties())
          .build();

  private static List<Property> properties() {
    List<Property> all = new ArrayList<>();
    legacy(all);
    all.add(
        Property.options(
                "operation",
                "Operation",
                "getCurrentDate",
                Property.option("Add to a Date", "addToDate"),
                Property.option("Extract Part of a Date", "extractDate"),
                Property.option("Format a Date", "formatDate"),
                Property.option("Get Current Date", "getCurrentDate"),
                Property.option("Get Time Between Dates", "getTimeBetweenDates"),
                Property.option("Round a Date", "roundDate"),
                Property.option("Subtract From a Date", "subtractFromDate"))
            .showWhen("@version", 2)
            .withExtra("noExpression", true));
    operation(
        all,
        "getCurrentDate",
        "currentDate",
        List.of(Property.bool("includeTime", "Include Current Time", true)),
        Property.string("timezone", "Timezone", ""));
    shift(all, "addToDate", "Date to Add To", "Time Unit to Add");
    shift(all, "subtractFromDate", "Date to Subtract From", "Time Unit to Subtract");
    operation(
        all,
        "formatDate",
        "formattedDate",
        List.of(
            Property.string("date", "Date", ""),
            Property.options(
                "format",
                "Format",
                "MM/dd/yyyy",
                Property.option("Custom Format", "custom"),
                Property.option("MM/DD/YYYY", "MM/dd/yyyy"),
                Property.option("YYYY/MM/DD", "yyyy/MM/dd"),
                Property.option("MMMM DD YYYY", "MMMM dd yyyy"),
                Property.option("MM-DD-YYYY", "MM-dd-yyyy"),
                Property.option("YYYY-MM-DD", "yyyy-MM-dd"),
                Property.option("Unix Timestamp", "X"),
                Property.option("Unix Ms Timestamp", "x")),
            Property.string("customFormat", "Custom Format", "").showWhen("format", "custom")),
        Property.string("fromFormat", "From Date Format", "e.g yyyyMMdd"),
        Property.bool("timezone", "Use Workflow Timezone", false));
    operation(
        all,
        "roundDate",
        "roundedDate",
        List.of(
            Property.string("date", "Date", ""),
            Property.options(
                "mode",
                "Mode",
                "roundDown",
                Property.option("Round Down", "roundDown"),
                Property.option("Round Up", "roundUp")),
            units("options", "toNearest", "To Nearest", "month", false)
                .showWhen("mode", "roundDown"),
            Property.options("to", "To", "month", Property.option("End of Month", "month"))
                .showWhen("mode", "roundUp")));
    operation(
        all,
        "getTimeBetweenDates",
        "timeDifference",
        List.of(
            Property.string("startDate", "Start Date", ""),
            Property.string("endDate", "End Date", ""),
            units("multiOptions", "units", "Units", List.of("day"), true)),
        Property.bool("isoString", "Output as ISO String", false));
    operation(
        all,
        "extractDate",
        "datePart",
        List.of(
            Property.string("date", "Date", ""), units("options", "part", "Part", "month", false)));
    return all;
  }

  private static void operation(
      List<Property> all,
      String operation,
      String output,
      List<Property> own,
      Property... moreOptions) {
    List<Property> members = new ArrayList<>(own);
    members.add(Property.string("outputFieldName", "Output Field Name", output));
    List<Property> options = new ArrayList<>();
    options.add(Property.bool("includeInputFields", "Include Input Fields", false));
    options.addAll(List.of(moreOptions));
    members.add(Property.collection("options", "Options").withChildren(options));
    members.forEach(m -> all.add(m.showWhen("@version", 2).showWhen("operation", operation)));
  }

  private static void shift(List<Property> all, String operation, String date, String unit) {
    operation(
        all,
        operation,
        "newDate",
        List.of(
            Property.string("magnitude", date, "").asRequired(),
            Property.options(
                    "timeUnit",
                    unit,
                    "days",
                    Property.option("Years", "years"),
                    Property.option("Quarters", "quarters"),
                    Property.option("Months", "months"),
                    Property.option("Weeks", "weeks"),
                    Property.option("Days", "days"),
                    Property.option("Hours", "hours"),
                    Property.option("Minutes", "minutes"),
                    Property.option("Seconds", "seconds"),
                    Property.option("Milliseconds", "milliseconds"))
                .asRequired(),
            Property.number("duration", "Duration", 0)));
  }

  private static Property units(
      String type, String name, String label, Object defaultValue, boolean millis) {
    List<Property.Option> options = new ArrayList<>();
    for (String unit : List.of("Year", "Month", "Week", "Day", "Hour", "Minute", "Second")) {
      options.add(Property.option(unit, unit.toLowerCase(java.util.Locale.ROOT)));
    }
    if (millis) {
      options.add(Property.option("Millisecond", "millisecond"));
    }
    return Property.of(type, name, label, defaultValue).withOptions(options);
  }

  private static void legacy(List<Property> all) {
    Property fromFormat = Property.string("fromFormat", "From Format", "");
    List<Property> format =
        List.of(
            Property.string("value", "Value", ""),
            Property.string("dataPropertyName", "Property Name", "data"),
            Property.bool("custom", "Custom Format", false),
            Property.string("toFormat", "To Format", "").showWhen("custom", true),
            Property.options(
                    "toFormat",
                    "To Format",
                    "MM/DD/YYYY",
                    Property.option("MM/DD/YYYY", "MM/DD/YYYY"),
                    Property.option("YYYY/MM/DD", "YYYY/MM/DD"),
                    Property.option("MMMM DD YYYY", "MMMM DD YYYY"),
                    Property.option("MM-DD-YYYY", "MM-DD-YYYY"),
                    Property.option("YYYY-MM-DD", "YYYY-MM-DD"),
                    Property.option("Unix Timestamp", "X"),
                    Property.option("Unix Ms Timestamp", "x"))
                .showWhen("custom", false),
            Property.collection(
                "options",
                "Options",
                fromFormat,
                Property.string("fromTimezone", "From Timezone", "UTC"),
                Property.string("toTimezone", "To Timezone", "UTC")));
    List<Property> calculate =
        List.of(
            Property.string("value", "Date Value", ""),
            Property.options(
                "operation",
                "Operation",
                "add",
                Property.option("Add", "add"),
                Property.option("Subtract", "subtract")),
            Property.number("duration", "Duration", 0),
            Property.string("timeUnit", "Time Unit", "days"),
            Property.string("dataPropertyName", "Property Name", "data"),
            Property.collection("options", "Options", fromFormat));
    all.add(
        Property.options(
                "action",
                "Action",
                "format",
                Property.option("Calculate a Date", "calculate"),
                Property.option("Format a Date", "format"))
            .showWhen("@version", 1));
    format.forEach(m -> all.add(m.showWhen("@version", 1).showWhen("action", "format")));
    calculate.forEach(m -> all.add(m.showWhen("@version", 1).showWhen("action", "calculate")));
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    boolean first = call.node().typeVersion() < 2;
    List<Item> items = new ArrayList<>(call.input().size());
    for (int i = 0; i < call.input().size(); i++) {
      Item item = call.input().get(i);
      try {
        Map<String, @Nullable Object> json =
            first ? legacy(call, i, item.json()) : current(call, i, item.json());
        items.add(
            (first ? item.withJson(json) : Item.of(json).withBinary(item.binary()))
                .withPairing(Pairing.to(i)));
      } catch (MillraceException | DateTimeException | ArithmeticException failed) {
        String message =
            failed instanceof MillraceException known ? known.text() : "Invalid date format";
        if (!call.continueOnFail()) {
          throw new NodeException(message, i);
        }
        items.add(Item.of(Map.of("error", message)).withPairing(Pairing.to(i)));
      }
    }
    return NodeOutput.of(items);
  }

  private static Map<String, @Nullable Object> current(
      NodeCall call, int i, Map<String, @Nullable Object> input) {
    Object value =
        switch (call.string("operation", i, "getCurrentDate")) {
          case "addToDate" -> LuxonFormat.iso(shifted(call, i, 1));
          case "subtractFromDate" -> LuxonFormat.iso(shifted(call, i, -1));
          case "formatDate" -> formatted(call, i);
          case "roundDate" -> {
            ZonedDateTime date = date(call.parameter("date", i), "", call);
            yield LuxonFormat.iso(
                call.string("mode", i, "roundDown").equals("roundUp")
                    ? startOf(date.plusMonths(1), "month")
                    : startOf(date, call.string("toNearest", i, "month")));
          }
          case "getTimeBetweenDates" -> {
            LuxonDuration duration =
                LuxonDuration.between(
                    date(call.parameter("startDate", i), "", call),
                    date(call.parameter("endDate", i), "", call),
                    call.list("units", i).stream().map(Coercion::toText).toList());
            yield call.bool("options.isoString", i, false) ? duration.iso() : duration.values();
          }
          case "extractDate" -> part(call, i);
          case "getCurrentDate" -> {
            String named = call.string("options.timezone", i, "");
            ZonedDateTime now =
                named.isEmpty() ? call.now() : call.now().withZoneSameInstant(zone(named));
            yield LuxonFormat.iso(call.bool("includeTime", i, true) ? now : startOf(now, "day"));
          }
          default ->
              throw new NodeException(
                  "Date & Time has no operation '" + call.string("operation", i, "") + "'", i);
        };
    Map<String, @Nullable Object> json =
        call.bool("options.includeInputFields", i, false)
            ? new LinkedHashMap<>(input)
            : new LinkedHashMap<>();
    if (value != Undefined.UNDEFINED) {
      json.put(call.string("outputFieldName", i, ""), value);
    }
    return json;
  }

  private static ZonedDateTime shifted(NodeCall call, int i, int sign) {
    ZonedDateTime date = date(call.parameter("magnitude", i), "", call);
    return plus(date, call.number("duration", i, 0) * sign, call.string("timeUnit", i, "days"));
  }

  private static @Nullable Object formatted(NodeCall call, int i) {
    Object value = call.parameter("date", i);
    if (Undefined.orNull(value)) {
      return value;
    }
    ZonedDateTime date = date(value, call.string("options.fromFormat", i, ""), call);
    if (call.bool("options.timezone", i, false)) {
      date = date.withZoneSameInstant(call.execution().zone());
    }
    String format = call.string("format", i, "MM/dd/yyyy");
    return LuxonFormat.format(
        date, format.equals("custom") ? call.string("customFormat", i, "") : format);
  }

  private static double part(NodeCall call, int i) {
    ZonedDateTime date = date(call.parameter("date", i), "", call);
    return switch (call.string("part", i, "month")) {
      case "year" -> date.getYear();
      case "month" -> date.getMonthValue();
      case "week" -> date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
      case "day" -> date.getDayOfMonth();
      case "hour" -> date.getHour();
      case "minute" -> date.getMinute();
      case "second" -> date.getSecond();
      default ->
          throw new NodeException("'" + call.string("part", i, "") + "' is no part of a date");
    };
  }

  /** Version 2's reading of a date: numbers, text in a format, or text in any known form. */
  private static ZonedDateTime date(@Nullable Object value, String fromFormat, NodeCall call) {
    if (value instanceof ZonedDateTime date) {
      return date;
    }
    Optional<Instant> epoch = epoch(value);
    if (epoch.isPresent()) {
      return epoch.get().atZone(RESULT_ZONE);
    }
    String text =
        value instanceof Instant instant ? Coercion.isoText(instant) : Coercion.toText(value);
    Optional<ZonedDateTime> found =
        fromFormat.isEmpty()
            ? DateTimes.parse(text, ZoneOffset.UTC)
            : LuxonFormat.parse(text, fromFormat, call.now(), ZoneOffset.UTC);
    ZonedDateTime date =
        found.orElseThrow(() ->
            new NodeException(
                dev.millrace.error.ErrorCode.NODE_FAILED,
                "Invalid date format",
                -1,
                "'" + text + "' cannot be read as a date.",
                Map.of(),
                null));
    return date.withZoneSameInstant(zoneOf(text));
  }

  /** Results keep an offset that is written with a plus, in whole hours; else they are in UTC. */
  private static ZoneId zoneOf(String text) {
    int plus = text.indexOf('+');
    if (plus < 0) {
      return RESULT_ZONE;
    }
    String hours = text.substring(plus + 1, Math.min(text.length(), plus + 3));
    return hours.matches("\\d{1,2}") && Integer.parseInt(hours) <= 14
        ? ZoneId.of("Etc/GMT-" + Integer.parseInt(hours))
        : RESULT_ZONE;
  }

  /** A number, or text that is one, as seconds or milliseconds since 1970. */
  private static Optional<Instant> epoch(@Nullable Object value) {
    if (value instanceof Instant || value instanceof ZonedDateTime || Undefined.orNull(value)) {
      return Optional.empty();
    }
    double number = Coercion.toNumber(value);
    if (Double.isNaN(number) || Math.abs(number) > 8.64e15) {
      return Optional.empty();
    }
    boolean fraction = number != Math.rint(number);
    long whole = fraction ? Math.round(number * 1000) : (long) number;
    return Optional.of(
        Long.toString(whole).length() < MILLISECOND_DIGITS
            ? Instant.ofEpochSecond(whole)
            : Instant.ofEpochMilli(whole));
  }

  private static Map<String, @Nullable Object> legacy(
      NodeCall call, int i, Map<String, @Nullable Object> input) {
    Object value = call.parameter("value", i);
    if (value == Undefined.UNDEFINED) {
      return input;
    }
    if (value instanceof ZonedDateTime date) {
      value = LuxonFormat.iso(date);
    }
    String result =
        call.string("action", i, "format").equals("calculate")
            ? Coercion.isoText(calculated(call, i, value).toInstant())
            : legacyFormatted(call, i, value);
    return FieldPath.of(call.string("dataPropertyName", i, "data"), true).set(input, result);
  }

  private static ZonedDateTime calculated(NodeCall call, int i, @Nullable Object value) {
    String fromFormat = call.string("options.fromFormat", i, "");
    ZonedDateTime date;
    if (!fromFormat.isEmpty()) {
      date =
          MomentFormat.parse(Coercion.toText(value), fromFormat, call.now(), ZoneOffset.UTC)
              .orElseThrow(() ->
                  new NodeException(
                      "Date input cannot be parsed. Please recheck the value and the"
                          + " \"From Format\" field."));
    } else if (value instanceof Double millis && Math.abs(millis) <= 8.64e15) {
      date = Instant.ofEpochMilli(millis.longValue()).atZone(ZoneOffset.UTC);
    } else {
      date = DateTimes.parse(value, ZoneOffset.UTC).orElseThrow(DateAndTime::unrecognised);
    }
    int sign = call.string("operation", i, "add").equals("subtract") ? -1 : 1;
    return plus(
        date.withZoneSameInstant(ZoneOffset.UTC),
        call.number("duration", i, 0) * sign,
        call.string("timeUnit", i, "days"));
  }

  private static String legacyFormatted(NodeCall call, int i, @Nullable Object value) {
    String fromFormat = call.string("options.fromFormat", i, "");
    String from = call.string("options.fromTimezone", i, "");
    String to = call.string("options.toTimezone", i, "");
    Optional<Instant> epoch = value == null ? Optional.of(Instant.EPOCH) : epoch(value);
    Optional<ZonedDateTime> date;
    if (epoch.isPresent()) {
      date = epoch.map(instant -> instant.atZone(ZoneOffset.UTC));
    } else {
      String text = Coercion.toText(value);
      ZoneId zone =
          from.isEmpty() && to.isEmpty()
              ? ZoneOffset.UTC
              : from.isEmpty() ? call.execution().zone() : zone(from);
      if (fromFormat.isEmpty()) {
        // Moment reads only ISO text in the zone that it is given.
        boolean iso = text.matches("[+-]?\\d{4,6}-?(\\d|W).*");
        date = DateTimes.parse(text, iso ? zone : ZoneOffset.UTC);
        date = Optional.of(date.orElseThrow(DateAndTime::unrecognised));
      } else {
        date = MomentFormat.parse(text, fromFormat, call.now(), zone);
      }
    }
    if (date.isEmpty()) {
      return "Invalid date";
    }
    ZoneId shown =
        from.isEmpty() && to.isEmpty()
            ? ZoneOffset.UTC
            : to.isEmpty() ? call.execution().zone() : zone(to);
    return MomentFormat.format(
        date.get().withZoneSameInstant(shown), call.string("toFormat", i, "MM/DD/YYYY"));
  }

  private static NodeException unrecognised() {
    return new NodeException(
        "The date input format could not be recognized. Please set the \"From Format\" field");
  }

  private static ZoneId zone(String name) {
    try {
      return ZoneId.of(name, ZoneId.SHORT_IDS);
    } catch (DateTimeException unknown) {
      throw new NodeException("The timezone " + name + " is not valid. Please check the timezone.");
    }
  }

  /** Fractions of days and smaller units count; of months and years only the whole part. */
  private static ZonedDateTime plus(ZonedDateTime date, double amount, String unit) {
    long whole = (long) amount;
    return switch (unit.endsWith("s") ? unit : unit + "s") {
      case "years" -> date.plusYears(whole);
      case "quarters" -> date.plusMonths(Math.round(amount * 3));
      case "months" -> date.plusMonths(whole);
      case "weeks" -> plusDays(date, amount * 7);
      case "days" -> plusDays(date, amount);
      case "hours" -> date.plus((long) (amount * 3_600_000), ChronoUnit.MILLIS);
      case "minutes" -> date.plus((long) (amount * 60_000), ChronoUnit.MILLIS);
      case "seconds" -> date.plus((long) (amount * 1000), ChronoUnit.MILLIS);
      case "milliseconds" -> date.plus(whole, ChronoUnit.MILLIS);
      default -> throw new NodeException("'" + unit + "' is no unit of time");
    };
  }

  private static ZonedDateTime plusDays(ZonedDateTime date, double days) {
    long whole = (long) days;
    return date.plusDays(whole).plus((long) ((days - whole) * 86_400_000), ChronoUnit.MILLIS);
  }

  private static ZonedDateTime startOf(ZonedDateTime date, String unit) {
    return switch (unit) {
      case "year" -> date.with(TemporalAdjusters.firstDayOfYear()).truncatedTo(ChronoUnit.DAYS);
      case "month" -> date.with(TemporalAdjusters.firstDayOfMonth()).truncatedTo(ChronoUnit.DAYS);
      case "week" ->
          date.minusDays(date.getDayOfWeek().getValue() - 1L).truncatedTo(ChronoUnit.DAYS);
      case "day" -> date.truncatedTo(ChronoUnit.DAYS);
      case "hour" -> date.truncatedTo(ChronoUnit.HOURS);
      case "minute" -> date.truncatedTo(ChronoUnit.MINUTES);
      case "second" -> date.truncatedTo(ChronoUnit.SECONDS);
      default -> throw new NodeException("A date cannot be rounded to '" + unit + "'");
    };
  }
}
