package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bound on what the server holds for its callers: requests that wait, and bytes of their
 * bodies. A request beyond it is refused before anything of it is sent. Thread-safe.
 */
final class Admission {
  private final IngressSettings.Limits limits;
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  Admission(IngressSettings.Limits limits) {
    this.limits = limits;
  }

  /** What one request holds. Belongs to its thread. */
  final class Share implements AutoCloseable {
    private long held;
    private boolean entered;

    /** Takes room for more of the body. */
    void bytes(int more) {
      held += more;
      if (bytes.addAndGet(more) > limits.maxBytesInFlight()) {
        throw new RequestRefused(
                429, ErrorCode.OVERLOADED, "The server holds as many bytes as it may", true)
            .withHeader("retry-after", "1");
      }
    }

    /** Joins the requests that wait. */
    void enter() {
      entered = true;
      if (waiting.incrementAndGet() > limits.maxWaiting()) {
        throw new RequestRefused(
                // Closed: the connections of those who are refused would become as many as callers.
                429, ErrorCode.OVERLOADED, "As many requests are waiting as may wait", true)
            .withHeader("retry-after", "1");
      }
    }

    @Override
    public void close() {
      bytes.addAndGet(-held);
      if (entered) {
        waiting.decrementAndGet();
      }
    }
  }

  Share share() {
    return new Share();
  }

  int waiting() {
    return waiting.get();
  }

  long bytesInFlight() {
    return bytes.get();
  }
}
