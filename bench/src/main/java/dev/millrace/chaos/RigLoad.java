package dev.millrace.chaos;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Calls at a constant rate, whatever the answers do, of every kind in {@link Mix}, and remembers
 * those that were accepted. Begins when it is resumed. Thread-safe.
 */
public final class RigLoad implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  /** So many calls under way are an outage: those that were due meanwhile are left out. */
  private static final int MOST_WAITING = 400;

  /**
   * How long a call of the constant load took.
   *
   * @param due when it was to be made, as of {@link System#nanoTime}
   */
  record Answered(Mix kind, long due, Duration took) {}

  private final String baseUrl;
  private final long nanosBetween;
  private final Queue<Oracle.Acknowledged> accepted = new ConcurrentLinkedQueue<>();
  private final Queue<Answered> answered = new ConcurrentLinkedQueue<>();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicLong number = new AtomicLong();
  private final Phaser underWay = new Phaser(1);
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final Thread thread;
  private volatile boolean closing;
  private volatile boolean paused = true;

  /**
   * @param baseUrl before {@code /webhook}
   */
  RigLoad(String baseUrl, double perSecond) {
    this.baseUrl = baseUrl;
    this.nanosBetween = (long) (TimeUnit.SECONDS.toNanos(1) / perSecond);
    this.thread = Thread.ofPlatform().name("load").daemon().start(this::run);
  }

  private void run() {
    long due = System.nanoTime();
    while (!closing) {
      long left = due - System.nanoTime();
      if (left > 0) {
        LockSupport.parkNanos(left);
        continue;
      }
      long mineDue = due;
      due = paused ? System.nanoTime() + nanosBetween : due + nanosBetween;
      if (!paused && underWay.getRegisteredParties() < MOST_WAITING) {
        underWay.register();
        long mine = number.getAndIncrement();
        Thread.ofVirtual()
            .start(() -> {
              try {
                call(mine, mineDue);
              } finally {
                underWay.arriveAndDeregister();
              }
            });
      }
    }
  }

  private void call(long mine, long due) {
    Mix kind = Mix.of(mine);
    String callId = "m" + mine;
    try {
      HttpResponse<String> response = post(kind, callId, mine, List.of());
      if (response.statusCode() == 200) {
        accept(kind, callId, response);
        // From when it was due: a caller that is held up itself must not hide what is slow.
        answered.add(new Answered(kind, due, Duration.ofNanos(System.nanoTime() - due)));
      } else {
        refused.incrementAndGet();
      }
    } catch (IOException unreachable) {
      refused.incrementAndGet();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * One call beside the constant ones.
   *
   * @param callId names the call in its body, and no other
   * @param headers name, value, name, value …
   */
  public HttpResponse<String> post(Mix kind, String callId, long n, List<String> headers)
      throws IOException, InterruptedException {
    return post(kind.path(), "{\"id\":\"" + callId + "\",\"n\":" + n % 1_000 + "}", headers);
  }

  /**
   * One call of any workflow.
   *
   * @param path what follows {@code /webhook/}
   * @param json the body
   * @param headers name, value, name, value …
   */
  HttpResponse<String> post(String path, String json, List<String> headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(url(path))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json));
    if (!headers.isEmpty()) {
      request.headers(headers.toArray(String[]::new));
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /**
   * @param path what follows {@code /webhook/}
   */
  URI url(String path) {
    return URI.create(baseUrl + "/webhook/" + path);
  }

  /** Remembers that a call was answered with 200: it is held to be accepted. */
  public void accept(Mix kind, String callId, HttpResponse<String> response) {
    accept(kind.answered(), callId, response);
  }

  /**
   * The same for any workflow.
   *
   * @param answered whether the answer is what the last node answered
   */
  void accept(boolean answered, String callId, HttpResponse<String> response) {
    accepted.add(
        new Oracle.Acknowledged(
            callId,
            response.headers().firstValue("X-Millrace-Execution-Id").orElse(""),
            answered ? response.body() : null));
  }

  /** Goes on calling. */
  public void resume() {
    paused = false;
  }

  /** Calls no more, and waits for the calls that are under way. */
  public void pause() {
    paused = true;
    int phase = underWay.arrive();
    underWay.awaitAdvance(phase);
  }

  /** The calls of the constant load that were due in a time and were accepted. */
  List<Answered> answeredWithin(long from, long to) {
    return answered.stream().filter(call -> call.due() - from >= 0 && call.due() - to < 0).toList();
  }

  /** How many calls were accepted so far. */
  public int acceptedCalls() {
    return accepted.size();
  }

  List<Oracle.Acknowledged> accepted() {
    return List.copyOf(accepted);
  }

  /** Calls that were not accepted: refused, cut off or timed out. They may run all the same. */
  public long refused() {
    return refused.get();
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    client.shutdownNow();
  }
}
