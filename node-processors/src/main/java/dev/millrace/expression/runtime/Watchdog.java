package dev.millrace.expression.runtime;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Ends JavaScript that takes longer than it may. One daemon thread for all contexts of an engine,
 * which looks every {@link #INTERVAL} and so may be that much late.
 */
final class Watchdog implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofMillis(20);
  private static final Logger LOG = Logger.getLogger(Watchdog.class.getName());

  /** Something that may have to be ended. Its methods are called by the watchdog's thread. */
  interface Watched {
    /** {@link System#nanoTime()} by which it must have ended; 0 while nothing runs. */
    long deadline();

    /** Asks what runs to end. Called again, and again, until it has. */
    void end();
  }

  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
  private final Thread thread;
  private volatile boolean closed;

  Watchdog() {
    thread = Thread.ofPlatform().daemon().name("javascript-watchdog").unstarted(this::run);
    thread.start();
  }

  void add(Watched another) {
    watched.add(another);
  }

  void remove(Watched gone) {
    watched.remove(gone);
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
  }

  private void run() {
    while (!closed) {
      LockSupport.parkNanos(INTERVAL.toNanos());
      long now = System.nanoTime();
      for (Watched each : watched) {
        long deadline = each.deadline();
        if (deadline != 0 && now - deadline > 0) {
          try {
            each.end();
          } catch (RuntimeException problem) {
            LOG.log(Level.WARNING, "JavaScript over its time limit could not be ended", problem);
          }
        }
      }
    }
  }
}
