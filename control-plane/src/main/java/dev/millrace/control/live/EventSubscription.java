package dev.millrace.control.live;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What waits for one reader of events. It is bounded: a reader that is too slow is cut off, and the
 * others do not wait for it. One thread takes, others offer.
 */
final class EventSubscription implements AutoCloseable {
  /** Batches that wait at most. */
  static final int MOST = 1_000;

  /** The same in bytes, unless there is a single one. */
  static final long MOST_BYTES = 8L << 20;

  private final Interest interest;
  private final Consumer<EventSubscription> onClose;
  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Delivery> waiting = new ArrayDeque<>();
  private long bytes;
  private @Nullable MillraceException end;
  private boolean placed;
  private @Nullable Thread reader;
  private long cutAt;

  EventSubscription(Interest interest, Consumer<EventSubscription> onClose) {
    this.interest = interest;
    this.onClose = onClose;
  }

  Interest interest() {
    return interest;
  }

  /**
   * Hands a batch over.
   *
   * @return false when the reader is cut off, now or before
   */
  boolean offer(Delivery delivery) {
    lock.lock();
    try {
      if (end != null) {
        return false;
      }
      if (waiting.size() >= MOST || (!waiting.isEmpty() && bytes + delivery.bytes() > MOST_BYTES)) {
        // What waits is dropped with it: the reader would take it for all that there was.
        waiting.clear();
        bytes = 0;
        stop(
            new MillraceException(
                ErrorCode.STREAM_CUT, "Events came faster than they were read, and some are lost"));
        return false;
      }
      waiting.add(delivery);
      bytes += delivery.bytes();
      changed.signalAll();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Ends it for its reader, who is told why once he has taken what waits. */
  void end(MillraceException why) {
    lock.lock();
    try {
      stop(why);
    } finally {
      lock.unlock();
    }
  }

  private void stop(MillraceException why) {
    if (end == null) {
      end = why;
      cutAt = System.nanoTime();
      changed.signalAll();
    }
  }

  /** Says that whatever happens from now on is offered. */
  void placed() {
    lock.lock();
    try {
      placed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until whatever happens from now on is offered.
   *
   * @throws MillraceException when events cannot be read, or not in time
   */
  void awaitPlaced(Duration patience) {
    long left = patience.toNanos();
    lock.lock();
    try {
      while (!placed) {
        if (end != null) {
          throw end;
        }
        if (left <= 0) {
          throw new MillraceException(
              ErrorCode.BROKER_UNAVAILABLE, "the events could not be read in time");
        }
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.OVERLOADED, "interrupted before events were read", interrupted);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next batch; null when none came in time.
   *
   * @throws MillraceException when there are no more, with the reason
   */
  @Nullable Delivery take(Duration patience) throws InterruptedException {
    long left = patience.toNanos();
    lock.lock();
    try {
      reader = Thread.currentThread();
      while (waiting.isEmpty()) {
        if (end != null) {
          throw end;
        }
        if (left <= 0) {
          return null;
        }
        left = changed.awaitNanos(left);
      }
      Delivery next = waiting.remove();
      bytes -= next.bytes();
      return next;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Frees a reader that was cut off and has not noticed for a while, since it hangs in a write to
   * somebody who reads nothing at all: the connection is closed under it.
   *
   * @return whether it is over with it, or with its time
   */
  boolean free(Duration grace) {
    lock.lock();
    try {
      if (end == null || System.nanoTime() - cutAt < grace.toNanos()) {
        return false;
      }
      if (reader != null) {
        reader.interrupt();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      // Whoever took from it does something else from now on.
      reader = null;
      waiting.clear();
      bytes = 0;
    } finally {
      lock.unlock();
    }
    onClose.accept(this);
  }
}
