package dev.millrace.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A real server on this machine that remembers what it was asked. */
public final class LocalServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  /** What arrived; header names as the JDK's server writes them ({@code Content-type}). */
  public record Request(String method, String uri, Map<String, List<String>> headers, String body) {
    /** The values of a header, joined; empty when it is absent. */
    public String header(String name) {
      return headers.entrySet().stream()
          .filter(entry -> entry.getKey().equalsIgnoreCase(name))
          .map(entry -> String.join(", ", entry.getValue()))
          .findFirst()
          .orElse("");
    }
  }

  /** Answers an exchange whose request body was read already. */
  @FunctionalInterface
  public interface Handler {
    void handle(HttpExchange exchange, Request request) throws IOException;
  }

  public LocalServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException unavailable) {
      throw new UncheckedIOException(unavailable);
    }
    server.setExecutor(threads);
    server.start();
  }

  public LocalServer on(String path, Handler handler) {
    HttpHandler recording =
        exchange -> {
          Request request =
              new Request(
                  exchange.getRequestMethod(),
                  exchange.getRequestURI().toString(),
                  Map.copyOf(exchange.getRequestHeaders()),
                  new String(
                      exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
          requests.add(request);
          try (exchange) {
            handler.handle(exchange, request);
          }
        };
    server.createContext(path, recording);
    return this;
  }

  /** Answers every request to a path in the same way. */
  public LocalServer on(String path, int status, String contentType, String body) {
    return on(path, (exchange, request) -> answer(exchange, status, contentType, body));
  }

  public static void answer(HttpExchange exchange, int status, String contentType, String body)
      throws IOException {
    answer(exchange, status, contentType, body.getBytes(StandardCharsets.UTF_8));
  }

  public static void answer(HttpExchange exchange, int status, String contentType, byte[] body)
      throws IOException {
    if (!contentType.isEmpty()) {
      exchange.getResponseHeaders().set("Content-Type", contentType);
    }
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  public static void redirect(HttpExchange exchange, int status, String location)
      throws IOException {
    exchange.getResponseHeaders().set("Location", location);
    exchange.sendResponseHeaders(status, -1);
  }

  public int port() {
    return server.getAddress().getPort();
  }

  public String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  public List<Request> requests() {
    return requests;
  }

  public Request last() {
    return requests.getLast();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
