package dev.millrace.limit;

import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Gate} lets through.
 *
 * @param rate how many in which time, or null for as many as come
 * @param concurrency how many at once, 0 for as many as come
 * @param maxWaiting how many may wait; one more is refused
 * @param breaker when to leave what lies behind the gate alone, or null for never
 */
public record GatePolicy(
    @Nullable Rate rate, int concurrency, int maxWaiting, @Nullable Breaker breaker) {
  /** Most that a rate may count, that may be in at once, and that may wait. */
  public static final int MOST = 100_000;

  /** Lets all through. */
  public static final GatePolicy OPEN = new GatePolicy(null, 0, MOST, null);

  private static final Duration PAUSE = Duration.ofSeconds(30);

  /** At most so many in any such time. */
  public record Rate(int count, Duration per) {}

  /** After so many failures in a row, none for so long; then one to try. */
  public record Breaker(int failures, Duration pause) {}

  /** The names that {@link #read} knows, which an object may have beside others of its own. */
  static final Set<String> NAMES = Set.of("rate", "concurrency", "maxWaiting", "breaker");

  /**
   * Reads {@code {"rate": {"count", "per"}, "concurrency", "maxWaiting", "breaker": {"failures",
   * "pause"}}}, times in seconds.
   *
   * @param place that errors name, such as {@code node "Call"}
   * @return empty when it limits nothing
   * @throws MillraceException {@code INVALID_LIMITS}
   */
  public static Optional<GatePolicy> read(@Nullable Object json, String place) {
    return LimitFields.of(json, place, NAMES).flatMap(GatePolicy::read);
  }

  static Optional<GatePolicy> read(LimitFields fields) {
    Rate rate =
        fields
            .object("rate", Set.of("count", "per"))
            .map(each ->
                new Rate(
                    each.count("count", 1, MOST),
                    Objects.requireNonNull(each.seconds("per", Duration.ofSeconds(1)))))
            .orElse(null);
    Breaker breaker =
        fields
            .object("breaker", Set.of("failures", "pause"))
            .map(each ->
                new Breaker(
                    each.count("failures", 5, MOST),
                    Objects.requireNonNull(each.seconds("pause", PAUSE))))
            .orElse(null);
    int concurrency = fields.count("concurrency", 0, MOST);
    return rate == null && breaker == null && concurrency == 0
        ? Optional.empty()
        : Optional.of(
            new GatePolicy(rate, concurrency, fields.count("maxWaiting", MOST, MOST), breaker));
  }

  /** What {@link #read} reads again. */
  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    if (rate != null) {
      json.put("rate", Map.of("count", (double) rate.count(), "per", seconds(rate.per())));
    }
    if (concurrency > 0) {
      json.put("concurrency", (double) concurrency);
    }
    json.put("maxWaiting", (double) maxWaiting);
    if (breaker != null) {
      json.put(
          "breaker",
          Map.of("failures", (double) breaker.failures(), "pause", seconds(breaker.pause())));
    }
    return json;
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1_000.0;
  }
}
