package dev.millrace.expression.runtime;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Ends JavaScript that takes longer than it may, or that is about to fill the heap. One daemon
 * thread for all contexts of an engine, which looks every {@link #INTERVAL} and so may be that much
 * late.
 */
final class Watchdog implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofMillis(20);

  /** The interval while JavaScript runs and the heap is not nearly empty: code can fill a lot. */
  private static final Duration CLOSE_INTERVAL = Duration.ofMillis(1);

  private static final Logger LOG = Logger.getLogger(Watchdog.class.getName());

  /** Something that may have to be ended. Its methods are called by the watchdog's thread. */
  interface Watched {
    /** {@link System#nanoTime()} by which it must have ended; 0 while nothing runs. */
    long deadline();

    /** The thread that it runs in. */
    Thread thread();

    /** Asks what runs to end. Called again, and again, until it has. */
    void end(Reason why);
  }

  /** Why something is ended. */
  enum Reason {
    TIME,
    MEMORY
  }

  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
  private final HeapWatch heap;
  private final Thread thread;
  private volatile boolean closed;

  Watchdog(HeapWatch heap) {
    this.heap = heap;
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
    boolean close = false;
    while (!closed) {
      LockSupport.parkNanos((close ? CLOSE_INTERVAL : INTERVAL).toNanos());
      close = false;
      for (Watched each : watched) {
        try {
          close |= look(each);
        } catch (RuntimeException problem) {
          LOG.log(Level.WARNING, "JavaScript over its limits could not be ended", problem);
        }
      }
    }
  }

  /** Whether to look again soon. */
  private boolean look(Watched each) {
    long deadline = each.deadline();
    if (deadline == 0) {
      return false;
    }
    // No two evaluations of a context have the same deadline.
    if (System.nanoTime() - deadline > 0) {
      each.end(Reason.TIME);
    } else if (heap.fills(each, deadline, each.thread()) && each.deadline() == deadline) {
      each.end(Reason.MEMORY);
    }
    return !heap.calm();
  }
}
