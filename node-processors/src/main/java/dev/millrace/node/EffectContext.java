package dev.millrace.node;

import java.time.Duration;

/** What an {@link EffectNode} may ask of the worker that runs it, beside its call. */
public interface EffectContext {
  /**
   * The same each time this run is made for this item, by a retry too, and different for every
   * other run or item.
   */
  String idempotencyKey(int itemIndex);

  /** What is left of the run's time limit; the thread is interrupted when it is over. */
  Duration timeLeft();
}
