package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.ingress.CredentialStore;
import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The parts alone: they share a Kafka and nothing else. */
@Timeout(300)
class ClusterPartTest {
  private static final Outside.Allowed LOCAL = new Outside.Allowed(List.of("127.0.0.1"), List.of());

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void enginesAWorkerAndAWebhookServerServeTogether() throws Exception {
    ConcurrentLinkedQueue<String> keys = new ConcurrentLinkedQueue<>();
    HttpServer outside = service(keys);
    Path workflows = Files.createDirectory(folder.resolve("workflows"));
    Files.writeString(workflows.resolve("calls.json"), workflow(outside.getAddress().getPort()));
    List<String> published = new ArrayList<>();
    try (EmbeddedKafka kafka = new EmbeddedKafka(folder.resolve("kafka"), 0)) {
      kafka.start();
      try (ClusterPart ingress = part(kafka, "ingress");
          ClusterPart stays = part(kafka, "engine-1");
          ClusterPart worker = part(kafka, "worker")) {
        String url = ingress.startIngress(0, workflows, listener(published));
        assertThat(published).containsExactly("calls.json 1");
        try (ClusterPart leaves = part(kafka, "engine-2")) {
          leaves.startEngine(1, 1, Duration.ofSeconds(6));
          stays.startEngine(1, 1, Duration.ofSeconds(6));
          worker.startWorker();
          for (int i = 0; i < 8; i++) {
            assertThat(call(url, i)).isEqualTo(Map.of("twice", i * 2.0));
          }
        }
        // One that leaves in good order is not waited for.
        for (int i = 0; i < 8; i++) {
          assertThat(call(url, i)).isEqualTo(Map.of("twice", i * 2.0));
        }
        assertThat(keys).hasSize(16).doesNotHaveDuplicates();
      }
    } finally {
      outside.stop(0);
    }
  }

  @Test
  void twoProcessesCannotShareADataFolder() throws Exception {
    try (DataFolder held = DataFolder.open(folder.resolve("engine"));
        EmbeddedKafka kafka = new EmbeddedKafka(folder.resolve("kafka"), 0)) {
      kafka.start();
      try (ClusterPart engine = part(kafka, "engine")) {
        assertThat(held.root()).exists();
        assertThatThrownBy(() -> engine.startEngine(1, 1, Duration.ofSeconds(6)))
            .isInstanceOfSatisfying(
                MillraceException.class,
                error -> assertThat(error.code()).isEqualTo(ErrorCode.DATA_IN_USE));
      }
    }
  }

  private ClusterPart part(EmbeddedKafka kafka, String name) {
    ClusterOptions options = new ClusterOptions();
    new CommandLine(options)
        .parseArgs(
            "--bootstrap",
            kafka.bootstrap(),
            "--partitions",
            "4",
            "--data",
            folder.resolve(name).toString(),
            "--files",
            folder.resolve("files").toString());
    return new ClusterPart(options, CredentialStore.none(), LOCAL);
  }

  private @Nullable Object call(String url, int number) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url + "/webhook/calls"))
                .timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"n\":" + number + "}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Json.parse(answer.body());
  }

  private static HttpServer service(ConcurrentLinkedQueue<String> keys) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            keys.add(exchange.getRequestHeaders().getFirst("Idempotency-Key"));
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    server.start();
    return server;
  }

  private static WorkflowFolder.Listener listener(List<String> published) {
    return new WorkflowFolder.Listener() {
      @Override
      public void published(Path file, String workflowName, int version) {
        published.add(file.getFileName() + " " + version);
      }

      @Override
      public void broken(Path file, MillraceException error) {
        published.add(file.getFileName() + " " + error.text());
      }

      @Override
      public void withdrawn(Path file) {
        published.add(file.getFileName() + " withdrawn");
      }
    };
  }

  private static String workflow(int port) {
    return """
    {
      "id": "calls", "name": "Calls", "active": true,
      "nodes": [
        {"id": "1", "name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2,
         "position": [0, 0], "webhookId": "calls",
         "parameters": {"httpMethod": "POST", "path": "calls", "responseMode": "lastNode"}},
        {"id": "2", "name": "Outside", "type": "n8n-nodes-base.httpRequest",
         "typeVersion": 4.2, "position": [200, 0],
         "parameters": {"method": "POST", "url": "http://127.0.0.1:%d/", "sendBody": true,
           "specifyBody": "json", "jsonBody": "={{ JSON.stringify({n: $json.body.n}) }}"}},
        {"id": "3", "name": "Twice", "type": "n8n-nodes-base.set", "typeVersion": 3.4,
         "position": [400, 0],
         "parameters": {"mode": "raw", "jsonOutput": "={{ ({twice: $json.n * 2}) }}"}}
      ],
      "connections": {
        "Webhook": {"main": [[{"node": "Outside", "type": "main", "index": 0}]]},
        "Outside": {"main": [[{"node": "Twice", "type": "main", "index": 0}]]}
      },
      "settings": {"executionOrder": "v1"}
    }
    """
        .formatted(port);
  }
}
