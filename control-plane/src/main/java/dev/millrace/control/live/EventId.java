package dev.millrace.control.live;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where an event lies in its topic, by which a reader says how far he came. */
record EventId(int partition, long offset, int index) {
  private static final Pattern TEXT = Pattern.compile("(\\d{1,6})-(\\d{1,18})-(\\d{1,6})");

  String text() {
    return partition + "-" + offset + "-" + index;
  }

  /** What {@link #text} made; empty for anything else. */
  static Optional<EventId> of(String text) {
    Matcher matcher = TEXT.matcher(text);
    return matcher.matches()
        ? Optional.of(
            new EventId(
                Integer.parseInt(matcher.group(1)),
                Long.parseLong(matcher.group(2)),
                Integer.parseInt(matcher.group(3))))
        : Optional.empty();
  }
}
