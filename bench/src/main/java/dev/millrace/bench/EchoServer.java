package dev.millrace.bench;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A service that answers every POST with its body as JSON: the outside of a benchmark. */
final class EchoServer implements AutoCloseable {
  /** The port that the workflow of the benchmark calls. */
  static final int PORT = 5999;

  private static final int BACKLOG = 1_024;

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  private EchoServer() throws IOException {
    server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), PORT), BACKLOG);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
  }

  /** Starts it on its port. */
  static EchoServer start() throws IOException {
    return new EchoServer();
  }

  String url() {
    return "http://127.0.0.1:" + PORT;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
