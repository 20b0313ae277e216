package dev.millrace.cli.api;

import java.time.Duration;

/** Lets time pass. */
@FunctionalInterface
public interface Pause {
  void sleep(Duration time) throws InterruptedException;
}
