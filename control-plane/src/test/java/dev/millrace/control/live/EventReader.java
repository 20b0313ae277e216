package dev.millrace.control.live;

import dev.millrace.value.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads a stream of events as a browser does. */
final class EventReader implements AutoCloseable {
  /** What is read when there are no more. */
  static final Event END = new Event("", "closed", Map.of());

  private final HttpResponse<InputStream> response;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();

  /**
   * An event.
   *
   * @param id empty for none
   */
  record Event(String id, String name, Map<String, @Nullable Object> data) {}

  /**
   * @param headers in pairs
   */
  EventReader(HttpClient client, URI url, String... headers)
      throws IOException, InterruptedException {
    response =
        client.send(
            HttpRequest.newBuilder(url).headers(headers).build(),
            HttpResponse.BodyHandlers.ofInputStream());
    Thread.ofVirtual().start(this::read);
  }

  int status() {
    return response.statusCode();
  }

  private void read() {
    String id = "";
    String name = "";
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.isEmpty()) {
          id = "";
        } else if (line.startsWith("id: ")) {
          id = line.substring(4);
        } else if (line.startsWith("event: ")) {
          name = line.substring(7);
        } else if (line.startsWith("data: ")) {
          byte[] json = line.substring(6).getBytes(StandardCharsets.UTF_8);
          events.add(new Event(id, name, Json.parseObject(json)));
        }
      }
    } catch (IOException closed) {
      // Told below.
    }
    events.add(END);
  }

  /** The next event; fails when none comes. */
  Event next() throws InterruptedException {
    Event next = events.poll(30, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("no event came");
    }
    return next;
  }

  /** The names of the next so many. */
  List<String> names(int count) throws InterruptedException {
    String[] names = new String[count];
    for (int i = 0; i < count; i++) {
      names[i] = next().name();
    }
    return List.of(names);
  }

  @Override
  public void close() throws IOException {
    response.body().close();
  }
}
