package dev.millrace.topology;

import java.time.Duration;

/**
 * How much input the stream threads find when they look for it, which says when a commit may be
 * asked for because somebody waits for it. A thread that gets a few records at a time is idle in
 * between, and a commit after the last of them costs nobody anything. A thread that keeps up may
 * commit every few milliseconds. One that gets full batches is behind: everybody waits for the
 * records before his own, each commit makes that longer, and the commit interval is enough.
 */
public final class InputPace {
  /** Most records that a poll of the main consumer brings: a batch of so many is a full one. */
  static final int FULL_BATCH = 100;

  /** Up to so many records in a poll count as idle. */
  private static final int IDLE_RECORDS = 8;

  /**
   * The least time between two commits of a thread that has more to do: a commit takes about 3 ms
   * of it, and asked for every 2 ms a prototype fell from 25,000 to 700 records a second.
   */
  static final Duration BUSY_INTERVAL = Duration.ofMillis(10);

  private static final class Batch {
    private int remaining;
    private boolean small = true;
    private boolean full;
    private long committedAt;
  }

  private final ThreadLocal<Batch> batch = ThreadLocal.withInitial(Batch::new);

  /** Called on the stream thread with the number of records of each poll. */
  void polled(int records) {
    Batch current = batch.get();
    current.remaining += records;
    current.small = current.remaining <= IDLE_RECORDS;
    current.full = records >= FULL_BATCH;
  }

  /** Called on the stream thread once for each record that it has processed. */
  void processed() {
    Batch current = batch.get();
    if (current.remaining > 0) {
      current.remaining--;
    }
  }

  /** Called on the stream thread when a transaction was committed. */
  void committed(long nanos) {
    batch.get().committedAt = nanos;
  }

  /**
   * Whether the stream thread may commit now for the sake of somebody who waits.
   *
   * @param nanos the time on the scale of {@link #committed}
   */
  boolean mayCommit(long nanos) {
    Batch current = batch.get();
    return (current.small && current.remaining == 0)
        || (!current.full && nanos - current.committedAt >= BUSY_INTERVAL.toNanos());
  }
}
