package dev.millrace.control.history;

import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes what is not to be kept in history any longer, again and again. */
public final class Pruner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Pruner.class);

  private final History history;
  private final Supplier<RetentionPolicy> policy;
  private final InstantSource clock;
  private final LongAdder removed = new LongAdder();
  private final ScheduledExecutorService scheduler =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("history-pruner").factory());

  /**
   * @param policy asked each time
   */
  public Pruner(History history, Supplier<RetentionPolicy> policy, InstantSource clock) {
    this.history = history;
    this.policy = policy;
    this.clock = clock;
  }

  /** Prunes in a thread of its own, the first time after one interval. To be called once. */
  public void start(Duration interval) {
    long millis = interval.toMillis();
    var unused = scheduler.scheduleWithFixedDelay(this::run, millis, millis, TimeUnit.MILLISECONDS);
  }

  /**
   * Prunes once. What fails is left to the next time.
   *
   * @return how many executions are gone
   */
  public long run() {
    try {
      long gone = history.prune(policy.get(), clock.instant());
      removed.add(gone);
      return gone;
    } catch (RuntimeException failed) {
      LOG.warn("History was not pruned this time: {}", failed.toString());
      return 0;
    }
  }

  /** How many executions are gone since the start. */
  public long removed() {
    return removed.sum();
  }

  @Override
  public void close() {
    scheduler.shutdownNow();
  }
}
