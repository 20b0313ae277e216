package dev.millrace.testing;

import dev.millrace.engine.EngineClock;
import java.time.Duration;
import java.time.Instant;

/** A clock that stands still until it is told to move. */
public final class ManualClock implements EngineClock {
  private Instant now = Instant.parse("2026-01-02T03:04:05Z");

  public void advance(Duration by) {
    now = now.plus(by);
  }

  public void advanceTo(Instant time) {
    now = time;
  }

  @Override
  public Instant now() {
    return now;
  }

  @Override
  public long nanos() {
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  @Override
  public double random() {
    return 0.5;
  }
}
