package dev.millrace.control.history;

import java.time.Duration;

/**
 * What goes from history. Executions that run or wait are left whatever it says.
 *
 * @param maxAge those that began on a day (UTC) that has been over for longer; zero: none
 * @param maxCount all but so many that are over, the newest; 0: none
 */
public record RetentionPolicy(Duration maxAge, long maxCount) {
  /** n8n's: 336 hours. */
  public static final RetentionPolicy DEFAULT = new RetentionPolicy(Duration.ofDays(14), 10_000);

  public RetentionPolicy {
    if (maxAge.isNegative() || maxCount < 0) {
      throw new IllegalArgumentException("a retention must not be negative");
    }
  }
}
