package dev.millrace.ingress;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Ends reads from clients that are too slow. The web server has no time-out of its own for them; an
 * interrupt ends a virtual thread's read by closing the connection. Thread-safe.
 */
final class ReadWatch implements AutoCloseable {
  private final Set<Reading> readings = ConcurrentHashMap.newKeySet();
  private final Thread watcher;

  ReadWatch(Duration resolution) {
    this.watcher =
        Thread.ofVirtual()
            .name("millrace-slow-clients")
            .start(() -> {
              try {
                while (true) {
                  Thread.sleep(resolution);
                  long now = System.nanoTime();
                  for (Reading reading : readings) {
                    reading.check(now);
                  }
                }
              } catch (InterruptedException closed) {
                // The server stops.
              }
            });
  }

  /** A read of the thread that made it, until closed. */
  final class Reading implements AutoCloseable {
    private final Thread thread = Thread.currentThread();
    private final long deadline;
    private boolean over;
    private boolean ended;

    private Reading(Duration time) {
      this.deadline = System.nanoTime() + time.toNanos();
    }

    private synchronized void check(long now) {
      if (!over && !ended && now - deadline > 0) {
        ended = true;
        thread.interrupt();
      }
    }

    /** Whether the time is over. */
    boolean late() {
      return System.nanoTime() - deadline > 0;
    }

    @Override
    public void close() {
      readings.remove(this);
      synchronized (this) {
        over = true;
        if (ended) {
          // It was meant for the read alone.
          Thread.interrupted();
        }
      }
    }
  }

  /** From now on the current thread's reads are ended when the time is over. */
  Reading begin(Duration time) {
    Reading reading = new Reading(time);
    readings.add(reading);
    return reading;
  }

  @Override
  public void close() {
    watcher.interrupt();
  }
}
