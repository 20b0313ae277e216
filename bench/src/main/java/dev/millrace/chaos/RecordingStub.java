package dev.millrace.chaos;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The service that workflows call. It notes the idempotency key of every call that it was sent, and
 * answers as it is told: with the body that it got, unless {@link #behave} says otherwise.
 * Thread-safe.
 */
public final class RecordingStub implements AutoCloseable {
  private static final int BACKLOG = 1_024;

  /** Answers a call; the exchange is closed afterwards. May block: each has its own thread. */
  @FunctionalInterface
  public interface Behaviour {
    /** Answers 200 with the body of the request as JSON. */
    Behaviour ECHO = (exchange, body) -> RecordingStub.answer(exchange, 200, body);

    void answer(HttpExchange exchange, byte[] body) throws IOException, InterruptedException;
  }

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;
  private final Map<String, Integer> calls = new ConcurrentHashMap<>();
  private volatile Behaviour behaviour = Behaviour.ECHO;

  private RecordingStub() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  static RecordingStub start() throws IOException {
    return new RecordingStub();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
      calls.merge(key == null ? "" : key, 1, Integer::sum);
      behaviour.answer(exchange, body);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends an answer. */
  public static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  /** How calls are answered from now on. */
  public void behave(Behaviour newBehaviour) {
    behaviour = newBehaviour;
  }

  /** Where it listens on this machine. */
  public int port() {
    return server.getAddress().getPort();
  }

  /** How often each idempotency key was seen; the empty key stands for calls without one. */
  public Map<String, Integer> calls() {
    return Map.copyOf(calls);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
