package dev.millrace.topology;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How often the process has died while it ran an execution. Immutable; written as one line for
 * each: {@code <count> <millis of the last time> <execution id>}.
 */
record CrashCounts(Map<String, Entry> entries) {
  static final CrashCounts NONE = new CrashCounts(Map.of());

  /** An execution that has not come again by then has gone elsewhere. */
  private static final Duration KEPT = Duration.ofDays(7);

  private static final int MOST = 1_000;

  record Entry(int count, Instant last) {}

  CrashCounts {
    entries = Map.copyOf(entries);
  }

  /** Reads what {@link #format} wrote; lines that are something else are left out. */
  static CrashCounts parse(List<String> lines) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    for (String line : lines) {
      String[] fields = line.split(" ", 3);
      try {
        if (fields.length == 3 && !fields[2].isEmpty()) {
          entries.put(
              fields[2],
              new Entry(
                  Integer.parseInt(fields[0]), Instant.ofEpochMilli(Long.parseLong(fields[1]))));
        }
      } catch (NumberFormatException damaged) {
        // The count starts anew.
      }
    }
    return new CrashCounts(entries);
  }

  List<String> format() {
    List<String> lines = new ArrayList<>();
    entries.forEach(
        (id, entry) -> lines.add(entry.count() + " " + entry.last().toEpochMilli() + " " + id));
    return lines;
  }

  int of(String executionId) {
    Entry entry = entries.get(executionId);
    return entry == null ? 0 : entry.count();
  }

  /** One more death for each, and without those that are too old or too many. */
  CrashCounts raise(List<String> executionIds, Instant now) {
    Map<String, Entry> raised = new LinkedHashMap<>(entries);
    for (String id : executionIds) {
      // A line is one execution.
      if (id.indexOf('\n') < 0 && id.indexOf('\r') < 0) {
        raised.put(id, new Entry(of(id) + 1, now));
      }
    }
    raised.values().removeIf(entry -> entry.last().plus(KEPT).isBefore(now));
    Map<String, Entry> newest = new LinkedHashMap<>();
    raised.entrySet().stream()
        .sorted(
            Comparator.comparing((Map.Entry<String, Entry> e) -> e.getValue().last()).reversed())
        .limit(MOST)
        .forEach(e -> newest.put(e.getKey(), e.getValue()));
    return new CrashCounts(newest);
  }

  CrashCounts without(String executionId) {
    Map<String, Entry> fewer = new LinkedHashMap<>(entries);
    fewer.remove(executionId);
    return new CrashCounts(fewer);
  }
}
