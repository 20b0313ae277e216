package dev.millrace.limit;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How often a node that fails is tried, and how long in between.
 *
 * @param tries attempts in all
 * @param firstWait before the second attempt
 * @param factor by which each wait is longer than the one before
 * @param maxWait longest wait
 * @param jitter whether a wait is drawn from its upper half, so that many that failed together do
 *     not come back together
 * @param retryAfter whether a service that says when to come back is believed, up to an hour
 */
public record RetryPolicy(
    int tries,
    Duration firstWait,
    double factor,
    Duration maxWait,
    boolean jitter,
    boolean retryAfter) {
  private static final int MOST_TRIES = 100;
  private static final double MOST_FACTOR = 100;
  private static final Duration WAIT = Duration.ofSeconds(1);
  private static final Duration MAX_WAIT = Duration.ofMinutes(5);
  private static final Duration MOST_RETRY_AFTER = Duration.ofHours(1);
  private static final Set<String> NAMES =
      Set.of("tries", "wait", "factor", "maxWait", "jitter", "retryAfter");

  /** n8n's: always the same wait. */
  public static RetryPolicy fixed(int tries, Duration wait) {
    return new RetryPolicy(tries, wait, 1, wait, false, false);
  }

  static Optional<RetryPolicy> read(LimitFields node) {
    return node.object("retry", NAMES)
        .map(fields ->
            new RetryPolicy(
                fields.count("tries", 5, MOST_TRIES),
                Objects.requireNonNull(fields.seconds("wait", WAIT)),
                Math.max(1, fields.number("factor", 2, MOST_FACTOR)),
                Objects.requireNonNull(fields.seconds("maxWait", MAX_WAIT)),
                fields.flag("jitter", true),
                fields.flag("retryAfter", true)));
  }

  /**
   * How long to wait after an attempt that failed.
   *
   * @param failed its number, from 1
   * @param error as it is recorded; {@code retryAfter} is what the service said
   * @param random uniform in [0, 1)
   */
  public Duration delay(
      int failed, Map<String, @Nullable Object> error, double random, Instant now) {
    double millis =
        Math.min(firstWait.toMillis() * Math.pow(factor, failed - 1), (double) maxWait.toMillis());
    Duration own = Duration.ofMillis(Math.round(jitter ? millis * (0.5 + random / 2) : millis));
    Duration asked = retryAfter ? retryAfter(error.get("retryAfter"), now) : Duration.ZERO;
    return asked.compareTo(own) > 0 ? asked : own;
  }

  /** The header: seconds or a date; nothing that makes no sense, at most an hour. */
  private static Duration retryAfter(@Nullable Object header, Instant now) {
    if (!(header instanceof String text)) {
      return Duration.ZERO;
    }
    Duration asked;
    try {
      asked =
          text.strip().matches("\\d{1,9}")
              ? Duration.ofSeconds(Long.parseLong(text.strip()))
              : Duration.between(
                  now,
                  ZonedDateTime.parse(text.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                      .toInstant());
    } catch (DateTimeException noDate) {
      return Duration.ZERO;
    }
    return asked.isNegative()
        ? Duration.ZERO
        : asked.compareTo(MOST_RETRY_AFTER) > 0 ? MOST_RETRY_AFTER : asked;
  }
}
