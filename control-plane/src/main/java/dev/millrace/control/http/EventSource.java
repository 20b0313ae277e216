package dev.millrace.control.http;

import java.io.IOException;

/** Where the events of one stream come from. Runs once, in a virtual thread, and may block. */
@FunctionalInterface
public interface EventSource {
  /**
   * Sends events until there are no more.
   *
   * @throws IOException when the caller is gone
   * @throws InterruptedException when the server stops
   * @throws dev.millrace.error.MillraceException told to the caller as the last event
   */
  void run(EventSink sink) throws IOException, InterruptedException;
}
