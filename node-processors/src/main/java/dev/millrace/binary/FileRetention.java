package dev.millrace.binary;

import dev.millrace.binary.StoredFiles.Fate;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Removes the files of executions that ended long enough ago, also those that nothing refers to: of
 * a task that was run twice, of an execution that was canceled, of a result that came too late.
 *
 * <p>Files are on a lease. Writing one begins it, and as long as the execution, or a relative of
 * it, runs or waits, the process that has it renews the lease once a day (more often where files
 * are kept for less than four days). So the end of an execution starts the clock, to a day, and one
 * that waits for a year keeps its files. Nobody has to see an execution end, and a process that
 * sees only a part of the executions does not take the others' files: it renews what it knows to
 * live, and removes only what nobody has renewed.
 *
 * <p>After everything was down for longer than a lease, the executions that wait have to be seen
 * before anything is removed: a process that sees all of them removes at once, one of several only
 * when it has been there for the time in which the others renew theirs.
 *
 * <p>One thread at a time; any number of processes may do it on the same store.
 */
public final class FileRetention {
  /** How long files are kept unless it is said otherwise; n8n keeps executions as long. */
  public static final Duration DEFAULT = Duration.ofDays(14);

  private static final Duration LONGEST_LEASE = Duration.ofDays(1);

  private final StoredFiles files;
  private final LiveExecutions executions;
  private final Duration keep;
  private final Duration renewAfter;
  private final InstantSource clock;
  private @Nullable Instant lookingSince;

  /**
   * @param keep how long files stay after the end of their execution
   */
  public FileRetention(
      StoredFiles files, LiveExecutions executions, Duration keep, InstantSource clock) {
    if (keep.isNegative() || keep.isZero()) {
      throw new IllegalArgumentException("files cannot be kept for " + keep);
    }
    this.files = files;
    this.executions = executions;
    this.keep = keep;
    this.clock = clock;
    Duration quarter = keep.dividedBy(4);
    this.renewAfter = quarter.compareTo(LONGEST_LEASE) < 0 ? quarter : LONGEST_LEASE;
  }

  /**
   * Renews and removes what is due. To be called several times within {@link #renewAfter}.
   *
   * @return how many executions lost their files
   * @throws IOException when the store cannot be read
   */
  public int round() throws IOException {
    Round round = new Round(clock.instant());
    return files.review(round.now.minus(renewAfter), round::fate);
  }

  /** How long files of an execution that lives stay without being renewed. */
  public Duration renewAfter() {
    return renewAfter;
  }

  /** One look at the executions, taken when the first files are asked about. */
  private final class Round {
    private final Instant now;
    private boolean looked;
    private LiveExecutions.@Nullable Live live;

    Round(Instant now) {
      this.now = now;
    }

    Fate fate(String executionId, Instant lastSign) {
      LiveExecutions.Live seen = look();
      if (seen == null) {
        return Fate.KEEP;
      }
      if (seen.origins().contains(LiveExecutions.origin(executionId))) {
        return Fate.RENEW;
      }
      boolean over = lastSign.isBefore(now.minus(keep));
      return over && (seen.complete() || othersHadTime()) ? Fate.DELETE : Fate.KEEP;
    }

    private LiveExecutions.@Nullable Live look() {
      if (!looked) {
        looked = true;
        live = executions.look().orElse(null);
        if (live == null) {
          lookingSince = null;
        } else if (lookingSince == null) {
          lookingSince = now;
        }
      }
      return live;
    }

    private boolean othersHadTime() {
      Instant since = lookingSince;
      return since != null && !now.isBefore(since.plus(renewAfter));
    }
  }
}
