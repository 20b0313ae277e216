package dev.millrace.control.http;

import dev.millrace.value.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Writes events as {@code text/event-stream} has them, each flushed at once. What is told to the
 * caller is one line of JSON, so nothing in it can begin another field.
 */
final class EventStreamWriter implements EventSink {
  private static final byte[] HEARTBEAT = ": still here\n\n".getBytes(StandardCharsets.UTF_8);

  private final OutputStream out;
  private final Supplier<Grant> grant;

  EventStreamWriter(OutputStream out, Supplier<Grant> grant) {
    this.out = out;
    this.grant = grant;
  }

  @Override
  public void send(ServerEvent event) throws IOException {
    StringBuilder text = new StringBuilder();
    event.id().ifPresent(id -> text.append("id: ").append(id).append('\n'));
    text.append("event: ").append(event.name()).append('\n');
    text.append("data: ").append(Json.text(event.data())).append("\n\n");
    write(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void heartbeat() throws IOException {
    write(HEARTBEAT);
  }

  @Override
  public Grant grant() {
    return grant.get();
  }

  private void write(byte[] bytes) throws IOException {
    try {
      out.write(bytes);
      out.flush();
    } catch (RuntimeException gone) {
      // The server's stream throws what it likes when the connection is closed.
      throw new IOException(gone);
    }
  }
}
