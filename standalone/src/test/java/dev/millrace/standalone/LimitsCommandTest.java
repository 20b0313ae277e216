package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.binary.FileRetention;
import dev.millrace.ingress.CredentialStore;
import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Where limits stand, seen from outside of a server that runs. */
@Timeout(300)
class LimitsCommandTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path temporary;
  private final HttpClient client = HttpClient.newHttpClient();
  private final CountDownLatch released = new CountDownLatch(1);
  private volatile int status = 503;
  private String url = "";

  /** A webhook whose workflow calls a service. */
  private static String workflow(
      String name, String answers, String service, String limits, String settings) {
    return """
    {"id": "NAME", "name": "NAME", "active": true,
     "nodes": [
       {"id": "1", "name": "Hook", "type": "n8n-nodes-base.webhook", "typeVersion": 2,
        "position": [0, 0], "webhookId": "NAME",
        "parameters": {"httpMethod": "POST", "path": "NAME", "responseMode": "ANSWERS"}},
       {"id": "2", "name": "Call", "type": "n8n-nodes-base.httpRequest", "typeVersion": 4.2,
        "position": [200, 0], "parameters": {"url": "SERVICE"}, "millrace": LIMITS}],
     "connections": {"Hook": {"main": [[{"node": "Call", "type": "main", "index": 0}]]}},
     "settings": {"executionOrder": "v1", "millrace": SETTINGS}}
    """
        .replace("NAME", name)
        .replace("ANSWERS", answers)
        .replace("SERVICE", service)
        .replace("LIMITS", limits)
        .replace("SETTINGS", settings);
  }

  private HttpServer service() throws IOException {
    HttpServer service =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    service.createContext(
        "/now",
        exchange -> {
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    service.createContext(
        "/later",
        exchange -> {
          try {
            released.await();
          } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
          }
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    service.start();
    return service;
  }

  private String execute(String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine line = Main.commandLine();
    line.setOut(new PrintWriter(out, true));
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 2);
    all[arguments.length] = "--data";
    all[arguments.length + 1] = temporary.resolve("data").toString();
    assertThat(line.execute(all)).as(out.toString()).isZero();
    return out.toString();
  }

  private List<?> limits() {
    return (List<?>) Objects.requireNonNull(Json.parse(execute("limits", "--json")));
  }

  private static @Nullable Object value(@Nullable Object object, String key) {
    return ((Map<?, ?>) Objects.requireNonNull(object)).get(key);
  }

  private HttpResponse<String> post(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url + "/webhook/" + path))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aBreakerThatOpensAndClosesAndAQueueThatIsLeft() throws Exception {
    HttpServer service = service();
    String address = "http://127.0.0.1:" + service.getAddress().getPort();
    Path folder = Files.createDirectory(temporary.resolve("workflows"));
    Files.writeString(
        folder.resolve("fragile.json"),
        workflow(
            "fragile",
            "lastNode",
            address + "/now",
            "{\"breaker\": {\"failures\": 1, \"pause\": 3}}",
            "{}"));
    Files.writeString(
        folder.resolve("single.json"),
        workflow("single", "onReceived", address + "/later", "{}", "{\"concurrency\": 1}"));
    try (LocalServer server =
        new LocalServer(
            DataFolder.open(temporary.resolve("data")),
            new LocalServer.Settings(
                CredentialStore.none(),
                new Outside.Allowed(List.of("127.0.0.1"), List.of()),
                Storage.DATA_FOLDER,
                FileRetention.DEFAULT,
                Optional.empty(),
                Optional.empty(),
                Optional.empty()))) {
      url =
          server.start(
              0, List.of(new LocalServer.Published(folder, WorkflowFolder.Listener.STRICT)));
      assertThat(execute("limits")).isEmpty();

      assertThat(post("fragile").statusCode()).isEqualTo(500);
      assertThat(execute("limits"))
          .startsWith("node:fragile:Call  0 in, 0 waiting, breaker open until ")
          .endsWith(", 1 failed in a row\n");
      status = 200;
      assertThat(post("fragile").statusCode()).as("not called while it is open").isEqualTo(500);
      await()
          .atMost(PATIENCE)
          .until(() -> "half-open".equals(value(value(limits().getFirst(), "breaker"), "status")));
      assertThat(post("fragile").statusCode()).isEqualTo(200);
      await().atMost(PATIENCE).until(() -> limits().isEmpty());

      String first = executionId(post("single"));
      String second = executionId(post("single"));
      await()
          .atMost(PATIENCE)
          .until(() -> Double.valueOf(1).equals(value(limits().getFirst(), "waiting")));
      assertThat(limits())
          .singleElement()
          .satisfies(gate -> {
            assertThat(value(gate, "name")).isEqualTo("workflow:single");
            assertThat(value(gate, "inside")).isEqualTo(1.0);
          });
      assertThat(execute("executions")).contains(first).doesNotContain(second);

      assertThat(execute("cancel", second)).contains("ended with canceled");
      assertThat(execute("executions")).contains(second);
      assertThat(value(limits().getFirst(), "waiting")).isEqualTo(0.0);
      released.countDown();
      await().atMost(PATIENCE).until(() -> limits().isEmpty());
    } finally {
      released.countDown();
      service.stop(0);
    }
  }

  private static String executionId(HttpResponse<String> accepted) {
    assertThat(accepted.statusCode()).isEqualTo(200);
    return accepted.headers().firstValue("X-Millrace-Execution-Id").orElseThrow();
  }
}
