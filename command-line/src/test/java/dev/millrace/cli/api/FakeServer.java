package dev.millrace.cli.api;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Answers each request with the next of the answers that a test prepared for it. */
public final class FakeServer implements AutoCloseable {
  private final HttpServer server;
  private final Map<String, Queue<Prepared>> answers = new HashMap<>();
  private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
  private final List<String> proofs = Collections.synchronizedList(new ArrayList<>());

  private record Prepared(int status, String type, String body, Map<String, String> headers) {}

  public FakeServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException noPort) {
      throw new UncheckedIOException(noPort);
    }
    server.createContext("/", this::handle);
    server.start();
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** Prepares an answer; the last one of a request is given again and again. */
  public FakeServer answers(String request, int status, @Nullable Object json) {
    return answers(request, status, "application/json", json == null ? "" : Json.text(json));
  }

  /** The same of any type, with headers in pairs. */
  public FakeServer answers(
      String request, int status, String type, String body, String... headers) {
    Map<String, String> more = new HashMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      more.put(headers[i], headers[i + 1]);
    }
    answers
        .computeIfAbsent(request, unknown -> new ArrayDeque<>())
        .add(new Prepared(status, type, body, more));
    return this;
  }

  /** What came, such as {@code POST /api/workflows {"name":"a"}}. */
  public List<String> requests() {
    return List.copyOf(requests);
  }

  /** By what each request said who sends it; empty for nothing. */
  public List<String> proofs() {
    return List.copyOf(proofs);
  }

  private void handle(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    requests.add(request + (body.isEmpty() ? "" : " " + body));
    String proof = exchange.getRequestHeaders().getFirst("authorization");
    String key = exchange.getRequestHeaders().getFirst("X-N8N-API-KEY");
    proofs.add(proof != null ? proof : key != null ? key : "");
    Queue<Prepared> prepared = answers.getOrDefault(request, new ArrayDeque<>());
    Prepared answer = prepared.size() > 1 ? prepared.poll() : prepared.peek();
    if (answer == null) {
      answer =
          new Prepared(
              404,
              "application/problem+json",
              "{\"code\":\"MR-5004\",\"detail\":\"Nothing is served at "
                  + exchange.getRequestURI().getPath()
                  + "\",\"advice\":\"Check the id.\"}",
              Map.of());
    }
    exchange.getResponseHeaders().set("content-type", answer.type());
    answer.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
