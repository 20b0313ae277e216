package dev.millrace.engine;

import java.time.Instant;

/** Time and chance, handed in so that the core has none of its own. */
public interface EngineClock {
  /** The wall clock. */
  Instant now();

  /** A monotonic time in nanoseconds, for durations. */
  long nanos();

  /** Uniform in [0, 1). */
  double random();
}
