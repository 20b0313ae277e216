package dev.millrace.control.history;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a partition of the events topic is projected.
 *
 * @param next offset of the first record that is not
 * @param eventAt time of the last record that is, null before the first
 * @param caughtUpAt when there was last nothing behind {@code next}, null when there always was
 */
public record Position(long next, @Nullable Instant eventAt, @Nullable Instant caughtUpAt) {
  /** Stands for the {@code next} of a partition that nobody has read. */
  public static final long NONE = -1;
}
