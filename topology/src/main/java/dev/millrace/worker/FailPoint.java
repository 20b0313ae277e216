package dev.millrace.worker;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * A place at which a test lets this process die as if it were killed there. Does nothing unless a
 * system property of its name says at which passage. Thread-safe.
 */
final class FailPoint {
  /** Exit code of a process that SIGKILL ended. */
  private static final int KILLED = 137;

  private final AtomicInteger passagesLeft;

  /**
   * @param property holds the number of the passage that is the last, from 1
   */
  FailPoint(String property) {
    this.passagesLeft = new AtomicInteger(Integer.getInteger(property, 0));
  }

  /** Halts the process if this is the passage. */
  void pass() {
    if (passagesLeft.get() > 0 && passagesLeft.decrementAndGet() == 0) {
      Runtime.getRuntime().halt(KILLED);
    }
  }
}
