package dev.millrace.registry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The two calls of Confluent's protocol that matter here, over HTTP, in front of a registry. That
 * it is the real protocol is witnessed by Confluent's own client in {@link ConfluentRegistryTest}.
 */
final class ConfluentProtocolServer implements AutoCloseable {
  private static final Pattern VERSIONS = Pattern.compile("/subjects/([^/]+)/versions");
  private static final Pattern ID = Pattern.compile("/schemas/ids/(\\d+)");

  private final SchemaRegistry registry = EmbeddedRegistry.inMemory();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  final List<String> requests = new CopyOnWriteArrayList<>();
  volatile int failWith;
  volatile @Nullable String requiredAuthorization;

  ConfluentProtocolServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    requests.add(exchange.getRequestMethod() + " " + path);
    byte[] body = exchange.getRequestBody().readAllBytes();
    String authorization = requiredAuthorization;
    if (failWith != 0) {
      answer(exchange, failWith, error(50001, "broken"));
    } else if (authorization != null
        && !authorization.equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
      answer(exchange, 401, error(40101, "who are you"));
    } else {
      Matcher versions = VERSIONS.matcher(path);
      Matcher id = ID.matcher(path);
      if (versions.matches() && exchange.getRequestMethod().equals("POST")) {
        register(exchange, versions.group(1), body);
      } else if (id.matches()) {
        byId(exchange, Integer.parseInt(id.group(1)));
      } else {
        answer(exchange, 404, error(404, "HTTP 404 Not Found"));
      }
    }
  }

  private void register(HttpExchange exchange, String subject, byte[] body) throws IOException {
    try {
      Schema schema = new Schema.Parser().parse((String) Json.parseObject(body).get("schema"));
      int id = registry.register(URLDecoder.decode(subject, StandardCharsets.UTF_8), schema);
      answer(exchange, 200, Map.of("id", (double) id));
    } catch (MillraceException incompatible) {
      answer(exchange, 409, error(409, incompatible.text()));
    }
  }

  private void byId(HttpExchange exchange, int id) throws IOException {
    var schema = registry.byId(id);
    if (schema.isPresent()) {
      answer(exchange, 200, Map.of("schema", schema.get().toString()));
    } else {
      answer(exchange, 404, error(40403, "Schema not found"));
    }
  }

  private static Map<String, @Nullable Object> error(int code, String message) {
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    error.put("error_code", (double) code);
    error.put("message", message);
    return error;
  }

  private static void answer(HttpExchange exchange, int status, Map<String, ?> json)
      throws IOException {
    byte[] bytes = Json.write(json);
    exchange.getResponseHeaders().set("Content-Type", "application/vnd.schemaregistry.v1+json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  List<String> requestsSince(int count) {
    return new ArrayList<>(requests.subList(count, requests.size()));
  }
}
