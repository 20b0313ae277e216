package dev.millrace.nodes.transform;

import dev.millrace.value.Coercion;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The time between two dates in chosen units, as Luxon's {@code diff} gives it. */
record LuxonDuration(Map<String, Double> values) {
  private static final List<String> UNITS =
      List.of("year", "month", "week", "day", "hour", "minute", "second", "millisecond");

  static LuxonDuration between(ZonedDateTime start, ZonedDateTime end, List<String> units) {
    if (end.isBefore(start)) {
      Map<String, Double> negated = new LinkedHashMap<>();
      between(end, start, units)
          .values()
          .forEach((unit, value) -> negated.put(unit, value == 0 ? 0.0 : -value));
      return new LuxonDuration(negated);
    }
    Map<String, Double> values = new LinkedHashMap<>();
    List<String> ordered =
        UNITS.stream().filter(u -> units.contains(u) || units.contains(u + "s")).toList();
    ZonedDateTime cursor = start;
    for (int i = 0; i < ordered.size(); i++) {
      boolean last = i == ordered.size() - 1;
      ChronoUnit unit = ChronoUnit.valueOf(chrono(ordered.get(i)));
      long whole = cursor.until(end, unit);
      // A month later than 31 January is 28 February: until() may be one too low or too high.
      while (!cursor.plus(whole + 1, unit).isAfter(end)) {
        whole++;
      }
      while (whole > 0 && cursor.plus(whole, unit).isAfter(end)) {
        whole--;
      }
      ZonedDateTime reached = cursor.plus(whole, unit);
      double value = whole;
      if (last) {
        double span = ChronoUnit.MILLIS.between(reached, cursor.plus(whole + 1, unit));
        double rest = ChronoUnit.MILLIS.between(reached, end);
        value += span == 0 ? 0 : rest / span;
      }
      values.put(ordered.get(i) + "s", value);
      cursor = reached;
    }
    return new LuxonDuration(values);
  }

  private static String chrono(String unit) {
    return unit.equals("millisecond") ? "MILLIS" : unit.toUpperCase(java.util.Locale.ROOT) + "S";
  }

  /** ISO 8601, such as {@code P1M2DT3H}. */
  String iso() {
    StringBuilder date = new StringBuilder();
    append(date, "years", "Y");
    append(date, "months", "M");
    append(date, "weeks", "W");
    append(date, "days", "D");
    StringBuilder time = new StringBuilder();
    append(time, "hours", "H");
    append(time, "minutes", "M");
    double seconds =
        values.getOrDefault("seconds", 0.0) + values.getOrDefault("milliseconds", 0.0) / 1000;
    if (seconds != 0) {
      time.append(Coercion.numberText(Math.round(seconds * 1000) / 1000.0)).append('S');
    }
    if (date.isEmpty() && time.isEmpty()) {
      return "PT0S";
    }
    return "P" + date + (time.isEmpty() ? "" : "T" + time);
  }

  private void append(StringBuilder out, String unit, String letter) {
    double value = values.getOrDefault(unit, 0.0);
    if (value != 0) {
      out.append(Coercion.numberText(value)).append(letter);
    }
  }
}
