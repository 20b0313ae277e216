package dev.millrace.control.live;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/** Bounds how many streams are open: each holds a connection, a thread and a queue. Thread-safe. */
final class StreamPermits {
  private final int most;
  private final int mostOfOne;
  private final Map<String, Integer> open = new HashMap<>();
  private int all;

  /**
   * @param most in this process
   * @param mostOfOne of one user
   */
  StreamPermits(int most, int mostOfOne) {
    this.most = most;
    this.mostOfOne = mostOfOne;
  }

  /** To be closed with the stream; once more does nothing. */
  interface Permit extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * @throws MillraceException {@code TOO_MANY_STREAMS} when the user has too many, {@code
   *     OVERLOADED} when all together do
   */
  synchronized Permit enter(String user) {
    int his = open.getOrDefault(user, 0);
    if (his >= mostOfOne) {
      throw new MillraceException(
          ErrorCode.TOO_MANY_STREAMS, "There are " + his + " streams of yours open");
    }
    if (all >= most) {
      throw new MillraceException(ErrorCode.OVERLOADED, "Too many streams are open");
    }
    all++;
    open.merge(user, 1, Integer::sum);
    AtomicBoolean left = new AtomicBoolean();
    return () -> {
      if (left.compareAndSet(false, true)) {
        leave(user);
      }
    };
  }

  private synchronized void leave(String user) {
    all--;
    open.computeIfPresent(user, (id, count) -> count > 1 ? count - 1 : null);
  }
}
