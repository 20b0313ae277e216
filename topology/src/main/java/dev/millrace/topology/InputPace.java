package dev.millrace.topology;

/**
 * How much input the stream threads find when they look for it. A thread that gets a few records at
 * a time is idle in between, and a commit asked for after the last of them costs nobody anything; a
 * thread that gets full batches must be left to its commit interval, since every request makes it
 * leave its batch.
 */
public final class InputPace {
  /** Up to so many records in a poll count as idle. */
  private static final int IDLE_RECORDS = 8;

  private static final class Batch {
    private int remaining;
    private boolean small;
  }

  private final ThreadLocal<Batch> batch = ThreadLocal.withInitial(Batch::new);

  /** Called on the stream thread with the number of records of each poll. */
  void polled(int records) {
    Batch current = batch.get();
    current.remaining += records;
    current.small = current.remaining <= IDLE_RECORDS;
  }

  /**
   * Called once per record.
   *
   * @return whether it was the last one in hand and the thread is otherwise idle
   */
  boolean lastBeforeIdle() {
    Batch current = batch.get();
    if (current.remaining > 0) {
      current.remaining--;
    }
    return current.small && current.remaining == 0;
  }
}
