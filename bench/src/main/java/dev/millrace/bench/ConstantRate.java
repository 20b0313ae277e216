package dev.millrace.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Requests at fixed times whatever the answers do. The latency of each counts from the time at
 * which it should have been sent, so a server that stalls cannot hide it (no coordinated omission).
 */
final class ConstantRate {
  /** What a run measured; latencies in milliseconds. */
  record Result(long requests, double p50, double p99, double max, long errors) {}

  private ConstantRate() {}

  static Result post(String url, byte[] body, int perSecond, int seconds)
      throws InterruptedException {
    Histogram micros = new ConcurrentHistogram(TimeUnit.MINUTES.toMicros(5), 3);
    LongAdder errors = new LongAdder();
    long requests = (long) perSecond * seconds;
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(30))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
      long begin = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
      for (long i = 0; i < requests; i++) {
        long due = begin + i * TimeUnit.SECONDS.toNanos(1) / perSecond;
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        senders.execute(() -> {
          try {
            HttpResponse<byte[]> response =
                client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            if (response.statusCode() >= 300) {
              errors.increment();
            }
          } catch (IOException failed) {
            errors.increment();
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            errors.increment();
          }
          micros.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - due));
        });
      }
    }
    return new Result(
        requests,
        micros.getValueAtPercentile(50) / 1_000.0,
        micros.getValueAtPercentile(99) / 1_000.0,
        micros.getMaxValue() / 1_000.0,
        errors.sum());
  }
}
