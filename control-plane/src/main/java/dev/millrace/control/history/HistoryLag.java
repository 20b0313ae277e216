package dev.millrace.control.history;

import dev.millrace.control.http.Schema;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How far history is behind what happened, whoever projects it. Thread-safe if its parts are. */
public final class HistoryLag {
  private final History history;
  private final Supplier<Map<Integer, Long>> ends;
  private final InstantSource clock;

  /**
   * @param records how many are not in history; a few of them may be marks of transactions
   * @param time since when something is not in history, at most; empty where nobody has ever
   *     projected
   */
  public record Lag(long records, Optional<Duration> time) {
    /** What {@link #toJson} gives; null where it cannot be told. */
    static final Schema SCHEMA =
        Schema.object()
            .must("records", Schema.count().orNull())
            .must("seconds", Schema.number().orNull())
            .named("HistoryLag");

    /** Whether it is further behind than a limit. */
    public boolean beyond(Duration limit) {
      return records > 0 && time.map(behind -> behind.compareTo(limit) > 0).orElse(true);
    }

    public Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("records", (double) records);
      json.put("seconds", time.map(behind -> behind.toMillis() / 1000.0).orElse(null));
      return json;
    }
  }

  /**
   * @param ends the partitions of the events topic with the offset that comes after the last
   *     committed record
   */
  public HistoryLag(History history, Supplier<Map<Integer, Long>> ends, InstantSource clock) {
    this.history = history;
    this.ends = ends;
    this.clock = clock;
  }

  /**
   * @throws dev.millrace.error.MillraceException {@code DATABASE_UNAVAILABLE}, or {@code
   *     BROKER_UNAVAILABLE}
   */
  public Lag now() {
    Map<Integer, Position> positions = history.positions();
    Instant now = clock.instant();
    long records = 0;
    Duration longest = Duration.ZERO;
    boolean unknown = false;
    for (Map.Entry<Integer, Long> end : ends.get().entrySet()) {
      Position position = positions.get(end.getKey());
      long behind = end.getValue() - (position == null ? 0 : position.next());
      if (behind <= 0) {
        continue;
      }
      records += behind;
      Optional<Instant> since = since(position);
      if (since.isEmpty()) {
        unknown = true;
      } else if (Duration.between(since.get(), now).compareTo(longest) > 0) {
        longest = Duration.between(since.get(), now);
      }
    }
    return new Lag(records, unknown ? Optional.empty() : Optional.of(longest));
  }

  /** The latest moment up to which everything is known to be there. */
  private static Optional<Instant> since(@Nullable Position position) {
    if (position == null) {
      return Optional.empty();
    }
    Instant event = position.eventAt();
    Instant caughtUp = position.caughtUpAt();
    if (event == null || caughtUp == null) {
      return Optional.ofNullable(event == null ? caughtUp : event);
    }
    return Optional.of(event.isAfter(caughtUp) ? event : caughtUp);
  }
}
