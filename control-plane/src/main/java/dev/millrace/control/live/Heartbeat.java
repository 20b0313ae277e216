package dev.millrace.control.live;

import dev.millrace.control.http.EventSink;
import dev.millrace.control.http.Grant;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** What is done for a stream from time to time, whether events come or not. One thread. */
final class Heartbeat {
  private final EventSink sink;
  private final long every;
  private long last = System.nanoTime();

  Heartbeat(EventSink sink, Duration every) {
    this.sink = sink;
    this.every = every.toNanos();
  }

  /**
   * Shows that the stream lives, and looks up where its reader may see events now, when it is time.
   *
   * @return empty when it is not
   */
  Optional<Grant> beat() throws IOException {
    if (System.nanoTime() - last < every) {
      return Optional.empty();
    }
    last = System.nanoTime();
    Grant grant = sink.grant();
    sink.heartbeat();
    return Optional.of(grant);
  }
}
