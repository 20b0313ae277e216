package dev.millrace.standalone;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was started, to be stopped in the opposite order. Thread-safe: it may be closed while parts
 * are still being started.
 */
final class StartedParts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StartedParts.class);

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private boolean closed;

  /**
   * Takes a part that was started.
   *
   * @return the part
   * @throws MillraceException {@code INTERNAL} when this is closed; the part is stopped then
   */
  synchronized <T extends AutoCloseable> T add(T part) {
    parts.push(part);
    if (closed) {
      close();
      throw new MillraceException(ErrorCode.INTERNAL, "stopped while it started");
    }
    return part;
  }

  /**
   * Stops them all, the last first; one that fails is logged. Does nothing twice: whoever comes
   * second waits for the first.
   */
  @Override
  public synchronized void close() {
    closed = true;
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception failed) {
        // The others are to be stopped all the same.
        LOG.error("{} did not stop cleanly", part.getClass().getSimpleName(), failed);
      }
    }
  }
}
