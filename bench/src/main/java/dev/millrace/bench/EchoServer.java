package dev.millrace.bench;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A service that answers every POST with its body as JSON: the outside of a benchmark. */
public final class EchoServer implements AutoCloseable {
  /** The port that the workflow of the benchmark calls. */
  static final int PORT = 5999;

  private static final int BACKLOG = 1_024;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  private final Queue<String> keys = new ConcurrentLinkedQueue<>();

  private EchoServer(int port) throws IOException {
    server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
            if (key != null) {
              keys.add(key);
            }
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
  }

  /**
   * @param port 0 for a free one
   */
  public static EchoServer start(int port) throws IOException {
    return new EchoServer(port);
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** The idempotency keys of all calls so far, in their order. */
  public List<String> keys() {
    return List.copyOf(keys);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
