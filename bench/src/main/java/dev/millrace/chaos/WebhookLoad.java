package dev.millrace.chaos;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Callers that go on calling, also while nobody answers, and remember what was acknowledged. */
final class WebhookLoad {
  private static final List<String> PATHS =
      List.of("chaos-answered", "chaos-accepted", "chaos-retried", "chaos-called");

  /** Those that answer what their last node does. */
  private static final Set<String> ANSWERED = Set.of("chaos-answered", "chaos-called");

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(50);

  private final String baseUrl;
  private final Queue<Oracle.Acknowledged> acknowledged = new ConcurrentLinkedQueue<>();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong calls = new AtomicLong();
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final List<Thread> callers = new ArrayList<>();
  private volatile boolean stopping;

  WebhookLoad(String baseUrl, int callerCount) {
    this.baseUrl = baseUrl;
    for (int i = 0; i < callerCount; i++) {
      callers.add(Thread.ofVirtual().name("caller-" + i).start(this::call));
    }
  }

  private void call() {
    while (!stopping) {
      long number = calls.getAndIncrement();
      String callId = "c" + number;
      String path = PATHS.get((int) (number % PATHS.size()));
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(baseUrl + "/webhook/" + path))
              .timeout(PATIENCE)
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString("{\"id\":\"" + callId + "\"}"))
              .build();
      try {
        HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() == 200) {
          acknowledged.add(
              new Oracle.Acknowledged(
                  callId,
                  response.headers().firstValue("X-Millrace-Execution-Id").orElse(""),
                  ANSWERED.contains(path) ? response.body() : null));
          continue;
        }
        refused.incrementAndGet();
      } catch (IOException unreachable) {
        refused.incrementAndGet();
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return;
      }
      LockSupport.parkNanos(PAUSE_AFTER_FAILURE.toNanos());
    }
  }

  /** What was acknowledged so far. */
  List<Oracle.Acknowledged> acknowledged() {
    return List.copyOf(acknowledged);
  }

  /** Calls that got no acknowledgement: refused, cut off, or timed out. */
  long refused() {
    return refused.get();
  }

  /** Lets every call that is under way come to its end. */
  void stop() throws InterruptedException {
    stopping = true;
    for (Thread caller : callers) {
      caller.join();
    }
    client.close();
  }
}
