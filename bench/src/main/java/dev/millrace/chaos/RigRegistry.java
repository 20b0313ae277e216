package dev.millrace.chaos;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.Schema;

/**
 * A registry server that keeps its schemas in memory and speaks the two calls of Confluent's
 * protocol that are needed. It can be away, and it can be there and not answer. One thread at a
 * time starts and stops it.
 */
final class RigRegistry implements AutoCloseable {
  private static final int NOT_FOUND = 404;
  private static final int OK = 200;

  private final EmbeddedRegistry schemas = EmbeddedRegistry.inMemory();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicLong calls = new AtomicLong();
  private final int port;
  private volatile CountDownLatch answers = new CountDownLatch(0);
  private HttpServer server;

  private RigRegistry() throws IOException {
    server = serve(0);
    port = server.getAddress().getPort();
  }

  static RigRegistry start() throws IOException {
    return new RigRegistry();
  }

  private HttpServer serve(int atPort) throws IOException {
    HttpServer fresh =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), atPort), 0);
    fresh.setExecutor(threads);
    fresh.createContext("/", this::handle);
    fresh.start();
    return fresh;
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      calls.incrementAndGet();
      byte[] body = exchange.getRequestBody().readAllBytes();
      answers.await();
      String[] path = exchange.getRequestURI().getRawPath().split("/");
      if (path.length == 4 && path[1].equals("subjects") && path[3].equals("versions")) {
        Object text = Json.parseObject(body).get("schema");
        int id =
            schemas.register(
                URLDecoder.decode(path[2], StandardCharsets.UTF_8),
                new Schema.Parser().parse(String.valueOf(text)));
        answer(exchange, OK, Map.of("id", (double) id));
      } else if (path.length == 4 && path[1].equals("schemas") && path[3].matches("\\d{1,9}")) {
        Optional<Schema> schema = schemas.byId(Integer.parseInt(path[3]));
        if (schema.isPresent()) {
          answer(exchange, OK, Map.of("schema", schema.get().toString()));
        } else {
          answer(exchange, NOT_FOUND, Map.of("error_code", 40403.0, "message", "no such schema"));
        }
      } else {
        answer(exchange, NOT_FOUND, Map.of("error_code", 404.0, "message", "no such path"));
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private static void answer(HttpExchange exchange, int status, Map<String, Object> body)
      throws IOException {
    RecordingStub.answer(exchange, status, Json.write(body));
  }

  /** What it keeps, without the server between. */
  SchemaRegistry schemas() {
    return schemas;
  }

  String url() {
    return "http://127.0.0.1:" + port;
  }

  /** Calls that reached it. */
  long calls() {
    return calls.get();
  }

  /** Connections are refused from now on. */
  void goAway() {
    server.stop(0);
  }

  /** Comes back after {@link #goAway}, with what it had. */
  void comeBack() throws IOException {
    server = serve(port);
  }

  /** Takes calls from now on, and answers none until {@link #wakeUp}. */
  void fallAsleep() {
    answers = new CountDownLatch(1);
  }

  void wakeUp() {
    answers.countDown();
  }

  @Override
  public void close() {
    wakeUp();
    server.stop(0);
    threads.shutdownNow();
    schemas.close();
  }
}
