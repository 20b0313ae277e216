package dev.millrace.control.http;

import java.io.IOException;

/** Where the events of one stream go. One thread at a time. */
public interface EventSink {
  /**
   * Hands an event over; blocks while the caller takes nothing.
   *
   * @throws IOException when the caller is gone
   */
  void send(ServerEvent event) throws IOException;

  /**
   * Shows the caller, and whatever lies between, that the stream lives.
   *
   * @throws IOException when the caller is gone
   */
  void heartbeat() throws IOException;

  /**
   * Where the caller may see events, looked up now: a session may have ended since the stream
   * began, or a role changed.
   *
   * @throws dev.millrace.error.MillraceException when he may not any more
   */
  Grant grant();
}
