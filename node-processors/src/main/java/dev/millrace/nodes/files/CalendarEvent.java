package dev.millrace.nodes.files;

import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.Property;
import dev.millrace.parameter.DateTimes;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One event as an iCalendar file (RFC 5545), and the parameters that describe it. */
final class CalendarEvent {
  private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyyMMdd");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");
  private static final int LINE_OCTETS = 75;

  private CalendarEvent() {}

  /** The parameters, in the order of the form. */
  static List<Property> properties() {
    return List.of(
        Property.string("title", "Event Title", ""),
        Property.of("dateTime", "start", "Start", "").asRequired(),
        Property.of("dateTime", "end", "End", "").asRequired(),
        Property.bool("allDay", "All Day", false),
        Property.string("binaryPropertyName", "Put Output File in Field", "data").asRequired(),
        Property.collection(
            "additionalFields",
            "Options",
            Property.fixedCollection(
                    "attendeesUi",
                    "Attendees",
                    Property.group(
                        "attendeeValues",
                        "Attendees",
                        Property.string("name", "Name", "").asRequired(),
                        Property.string("email", "Email", "").asRequired(),
                        Property.bool("rsvp", "RSVP", false)))
                .withTypeOption("multipleValues", true),
            Property.options(
                "busyStatus",
                "Busy Status",
                "",
                Property.option("Busy", "BUSY"),
                Property.option("Tentative", "TENTATIVE")),
            Property.string("calName", "Calendar Name", ""),
            Property.string("description", "Description", ""),
            Property.string("fileName", "File Name", ""),
            Property.fixedCollection(
                    "geolocationUi",
                    "Geolocation",
                    Property.group(
                        "geolocationValues",
                        "Geolocation",
                        Property.string("lat", "Latitude", ""),
                        Property.string("lon", "Longitude", "")))
                .withTypeOption("multipleValues", false),
            Property.string("location", "Location", ""),
            Property.string("recurrenceRule", "Recurrence Rule", ""),
            Property.fixedCollection(
                    "organizerUi",
                    "Organizer",
                    Property.group(
                        "organizerValues",
                        "Organizer",
                        Property.string("name", "Name", "").asRequired(),
                        Property.string("email", "Email", "").asRequired()))
                .withTypeOption("multipleValues", false),
            Property.number("sequence", "Sequence", 0),
            Property.options(
                "status",
                "Status",
                "CONFIRMED",
                Property.option("Confirmed", "CONFIRMED"),
                Property.option("Cancelled", "CANCELLED"),
                Property.option("Tentative", "TENTATIVE")),
            Property.string("uid", "UID", ""),
            Property.string("url", "URL", ""),
            Property.bool("useWorkflowTimezone", "Use Workflow Timezone", false)));
  }

  /**
   * The file for one item.
   *
   * @param key of which the event's id is made where none is given, so that a run that is made
   *     again makes the same event
   */
  static byte[] of(NodeCall call, int i, String key) {
    ZoneId zone =
        call.bool("additionalFields.useWorkflowTimezone", i, false)
            ? call.execution().zone()
            : ZoneOffset.UTC;
    boolean allDay = call.bool("allDay", i, false);
    Lines lines = new Lines();
    lines.add("BEGIN:VCALENDAR");
    lines.add("VERSION:2.0");
    lines.add("CALSCALE:GREGORIAN");
    lines.add("PRODID:-//Millrace//iCalendar//EN");
    lines.add("METHOD:PUBLISH");
    lines.text("X-WR-CALNAME", field(call, "calName", i));
    lines.add("X-PUBLISHED-TTL:PT1H");
    lines.add("BEGIN:VEVENT");
    String uid = field(call, "uid", i);
    lines.text(
        "UID",
        uid.isEmpty()
            ? UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8)).toString()
            : uid);
    lines.text("SUMMARY", call.string("title", i, ""));
    lines.add("DTSTAMP:" + TIME.format(call.now().withZoneSameInstant(ZoneOffset.UTC)));
    lines.add("DTSTART" + point(time(call, "start", i, zone), allDay));
    ZonedDateTime end = time(call, "end", i, zone);
    // A whole day ends where the next begins.
    lines.add("DTEND" + point(allDay ? end.plusDays(1) : end, allDay));
    int sequence = (int) call.number("additionalFields.sequence", i, 0);
    lines.text("SEQUENCE", sequence > 0 ? String.valueOf(sequence) : "");
    lines.text("DESCRIPTION", field(call, "description", i));
    lines.plain("URL", field(call, "url", i));
    Map<String, @Nullable Object> place =
        call.object("additionalFields.geolocationUi.geolocationValues", i);
    lines.plain("GEO", place.isEmpty() ? "" : text(place, "lat") + ";" + text(place, "lon"));
    lines.text("LOCATION", field(call, "location", i));
    lines.plain("STATUS", field(call, "status", i));
    Map<String, @Nullable Object> organizer =
        call.object("additionalFields.organizerUi.organizerValues", i);
    if (!organizer.isEmpty()) {
      lines.add("ORGANIZER;" + person(organizer));
    }
    lines.plain("X-MICROSOFT-CDO-BUSYSTATUS", field(call, "busyStatus", i));
    for (Object attendee : call.list("additionalFields.attendeesUi.attendeeValues", i)) {
      if (attendee instanceof Map<?, ?> one) {
        boolean rsvp = Coercion.toBoolean(one.get("rsvp"));
        lines.add("ATTENDEE;RSVP=" + (rsvp ? "TRUE" : "FALSE") + ";" + person(one));
      }
    }
    lines.plain("RRULE", field(call, "recurrenceRule", i).replaceFirst("^RRULE:", ""));
    lines.add("END:VEVENT");
    lines.add("END:VCALENDAR");
    return lines.bytes();
  }

  private static String field(NodeCall call, String name, int i) {
    return call.string("additionalFields." + name, i, "");
  }

  private static ZonedDateTime time(NodeCall call, String name, int i, ZoneId zone) {
    Object value = call.parameter(name, i);
    return DateTimes.parse(value, zone)
        .orElseThrow(() ->
            new NodeException(
                "'"
                    + name
                    + "' is not a point in time: "
                    + (Undefined.orNull(value) ? "nothing" : Coercion.toText(value)),
                i))
        .withZoneSameInstant(zone);
  }

  private static String point(ZonedDateTime time, boolean day) {
    return day
        ? ";VALUE=DATE:" + DAY.format(time)
        : ":" + TIME.format(time.withZoneSameInstant(ZoneOffset.UTC));
  }

  private static String person(Map<?, ?> person) {
    String name = text(person, "name").replaceAll("[\"\\p{Cntrl}]", "");
    return "CN="
        + (name.matches("(?s).*[;:,].*") ? '"' + name + '"' : name)
        + ":mailto:"
        + text(person, "email").replaceAll("\\p{Cntrl}", "");
  }

  private static String text(Map<?, ?> object, String key) {
    Object value = object.get(key);
    return Undefined.orNull(value) ? "" : Coercion.toText(value);
  }

  /** Content lines, folded so that none is longer than the format allows. */
  private static final class Lines {
    private final StringBuilder all = new StringBuilder();

    /** A property whose value is text; left out when it is empty. */
    void text(String name, String value) {
      if (!value.isEmpty()) {
        add(
            name
                + ":"
                + value
                    .replace("\\", "\\\\")
                    .replace(";", "\\;")
                    .replace(",", "\\,")
                    .replaceAll("\\r\\n|\\r|\\n", "\\\\n"));
      }
    }

    /** A property whose value has a syntax of its own; left out when it is empty. */
    void plain(String name, String value) {
      if (!value.isEmpty()) {
        add(name + ":" + value);
      }
    }

    void add(String line) {
      int octets = 0;
      for (int c : line.codePoints().filter(c -> !Character.isISOControl(c)).toArray()) {
        String character = Character.toString(c);
        int length = character.getBytes(StandardCharsets.UTF_8).length;
        if (octets + length > LINE_OCTETS) {
          all.append("\r\n ");
          octets = 1;
        }
        all.append(character);
        octets += length;
      }
      all.append("\r\n");
    }

    byte[] bytes() {
      return all.toString().getBytes(StandardCharsets.UTF_8);
    }
  }
}
