package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests that are being served: counted, so that a stop can wait for them, and each answered
 * whatever goes wrong with it. Thread-safe.
 */
final class RequestsInService {
  private static final Logger LOG = LoggerFactory.getLogger(RequestsInService.class);

  private final AtomicInteger active = new AtomicInteger();
  private volatile boolean draining;

  /** Runs the whole of serving one request. */
  void serve(Runnable work) {
    active.incrementAndGet();
    try {
      work.run();
    } finally {
      active.decrementAndGet();
    }
  }

  /** What the work answers, or the answer that stands for its failure. */
  static HttpAnswer answered(Supplier<HttpAnswer> work) {
    try {
      return work.get();
    } catch (RequestRefused refused) {
      return refused.answer();
    } catch (UncheckedIOException gone) {
      return BodyReader.incomplete().answer();
    } catch (RuntimeException defect) {
      LOG.error("A webhook request could not be served", defect);
      return HttpAnswer.error(500, ErrorCode.INTERNAL, "The request could not be served", null)
          .closing();
    }
  }

  /**
   * @throws RequestRefused 503 when the server is stopping
   */
  void requireOpen() {
    if (draining) {
      throw new RequestRefused(503, ErrorCode.OVERLOADED, "The server is stopping", true)
          .withHeader("retry-after", "1");
    }
  }

  /**
   * From now on every request is refused; those that are being served go on.
   *
   * @return whether they were answered in time
   */
  boolean drain(Duration time) {
    draining = true;
    long deadline = System.nanoTime() + time.toNanos();
    while (active.get() > 0) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      LockSupport.parkNanos(2_000_000);
    }
    return true;
  }
}
