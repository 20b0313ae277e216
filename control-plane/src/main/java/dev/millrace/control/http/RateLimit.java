package dev.millrace.control.http;

import dev.millrace.control.access.Principal;

/** Counts what somebody asks for. Thread-safe. */
@FunctionalInterface
public interface RateLimit {
  /**
   * How a caller stands after a request.
   *
   * @param limit requests within a window
   * @param remaining of them; negative when this one is too many
   * @param resetSeconds until the next window begins
   */
  record Standing(long limit, long remaining, long resetSeconds) {}

  /** Counts a request. */
  Standing count(Principal caller);
}
