package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.OutgoingHttpSettings;
import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole of {@code up}, started as the command starts it. */
@Timeout(300)
class ServerTest {
  private static final Path HOME = Path.of(System.getProperty("millrace.home", ".."));
  private static final Pattern CALL =
      Pattern.compile(
          "curl -s localhost:5678(/webhook/\\S+) -H 'content-type: application/json' -d '([^']*)'");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path temporary;
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void theExamplesAnswerAsTheDocumentsSay() throws Exception {
    List<Documented> calls = new ArrayList<>(documented(HOME.resolve("examples/README.md")));
    calls.addAll(documented(HOME.resolve("README.md")));
    assertThat(calls).hasSizeGreaterThan(4);

    try (LocalServer server = new LocalServer(DataFolder.open(temporary))) {
      String url = server.start(0, List.of(published(HOME.resolve("examples"))));

      assertThat(told).allMatch(line -> line.endsWith("version 1"));
      for (Documented call : calls) {
        HttpResponse<String> answer = post(url + call.path(), call.body());
        assertThat(answer.statusCode()).as(call.toString()).isEqualTo(200);
        assertThat(Json.parse(answer.body())).as(call.toString()).isEqualTo(call.answer());
      }
    }
  }

  @Test
  void aFileThatLiesInTheStoreIsAnswered() throws Exception {
    Path folder = Files.createDirectory(temporary.resolve("workflows"));
    Files.writeString(folder.resolve("file.json"), FILE_WORKFLOW);
    Path data = temporary.resolve("data");
    try (LocalServer server = new LocalServer(DataFolder.open(data))) {
      String url = server.start(0, List.of(published(folder)));
      for (String path : List.of("last", "node")) {
        HttpResponse<String> answer = post(url + "/webhook/" + path, "{\"n\": 1000000}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("text/plain");
        assertThat(answer.body()).isEqualTo("x".repeat(1_000_000));
      }
    }
    try (Stream<Path> kept = Files.walk(data.resolve("files"))) {
      assertThat(kept.filter(Files::isRegularFile)).hasSize(2);
    }
  }

  /** Two webhooks, each of which answers with a text file as long as it is told. */
  private static final String FILE_WORKFLOW =
      """
      {"name": "File", "nodes": [
        {"name": "Last", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "position": [0, 0],
         "parameters": {"path": "last", "httpMethod": "POST", "responseMode": "lastNode",
                        "responseData": "firstEntryBinary"}},
        {"name": "Node", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "position": [0, 200],
         "parameters": {"path": "node", "httpMethod": "POST", "responseMode": "responseNode"}},
        {"name": "Text", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [200, 0],
         "parameters": {"mode": "raw", "jsonOutput": "={{ ({text: 'x'.repeat($json.body.n)}) }}"}},
        {"name": "Text 2", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [200, 200],
         "parameters": {"mode": "raw", "jsonOutput": "={{ ({text: 'x'.repeat($json.body.n)}) }}"}},
        {"name": "To file", "type": "n8n-nodes-base.convertToFile", "typeVersion": 1.1,
         "position": [400, 0], "parameters": {"operation": "toText", "sourceProperty": "text"}},
        {"name": "To file 2", "type": "n8n-nodes-base.convertToFile", "typeVersion": 1.1,
         "position": [400, 200], "parameters": {"operation": "toText", "sourceProperty": "text"}},
        {"name": "Answer", "type": "n8n-nodes-base.respondToWebhook", "typeVersion": 1.4,
         "position": [600, 200], "parameters": {"respondWith": "binary"}}],
       "connections": {
        "Last": {"main": [[{"node": "Text", "type": "main", "index": 0}]]},
        "Text": {"main": [[{"node": "To file", "type": "main", "index": 0}]]},
        "Node": {"main": [[{"node": "Text 2", "type": "main", "index": 0}]]},
        "Text 2": {"main": [[{"node": "To file 2", "type": "main", "index": 0}]]},
        "To file 2": {"main": [[{"node": "Answer", "type": "main", "index": 0}]]}}}
      """;

  @Test
  void aFolderIsServedAsItChangesAndASecondStartGoesOn() throws Exception {
    Path folder = Files.createDirectory(temporary.resolve("workflows"));
    Path data = temporary.resolve("data");
    Path file = folder.resolve("answer.json");
    Files.writeString(file, workflow("one", "first"));
    Files.writeString(folder.resolve("broken.json"), "{");
    try (var huge = new RandomAccessFile(folder.resolve("huge.json").toFile(), "rw")) {
      huge.setLength(2_000_000_000);
    }
    Files.writeString(folder.resolve("alien.json"), workflow("two", "x").replace("set\"", "sot\""));
    Files.writeString(folder.resolve("zzz.json"), workflow("three", "conflict"));

    try (LocalServer server = new LocalServer(DataFolder.open(data))) {
      String url = server.start(0, List.of(published(folder)));

      assertThat(told)
          .containsExactlyInAnyOrder(
              "alien.json " + ErrorCode.UNKNOWN_NODE_TYPE,
              "answer.json version 1",
              "broken.json " + ErrorCode.INVALID_JSON,
              "huge.json " + ErrorCode.JSON_LIMIT,
              "zzz.json " + ErrorCode.WEBHOOK_CONFLICT);
      assertThat(post(url + "/webhook/answer", "{}").body()).isEqualTo("{\"text\":\"first\"}");

      Files.writeString(file, workflow("one", "second"));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(post(url + "/webhook/answer", "{}").body())
                  .isEqualTo("{\"text\":\"second\"}"));
      assertThat(told).contains("answer.json version 2");

      assertThatThrownBy(() -> DataFolder.open(data))
          .isInstanceOfSatisfying(
              MillraceException.class,
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.DATA_IN_USE));
    }

    told.clear();
    Files.delete(folder.resolve("alien.json"));
    try (LocalServer server = new LocalServer(DataFolder.open(data))) {
      String url = server.start(0, List.of(published(folder)));

      assertThat(post(url + "/webhook/answer", "{}").body()).isEqualTo("{\"text\":\"second\"}");
      assertThat(told).noneMatch(line -> line.startsWith("answer.json"));

      Files.delete(file);
      await().atMost(PATIENCE).until(() -> told.contains("answer.json withdrawn"));
      // The workflow that waited for the path has it now.
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(post(url + "/webhook/answer", "{}").body())
                  .isEqualTo("{\"text\":\"conflict\"}"));
    }
  }

  @Test
  void aFileOfTheLargestSizeRunsThroughAWorkflow() throws Exception {
    Path folder = Files.createDirectory(temporary.resolve("files"));
    Files.writeString(
        folder.resolve("answer.json"),
        workflow("one", "done").replace("set\"", "noOp\"").replace("3.4", "1"));
    try (LocalServer server = new LocalServer(DataFolder.open(temporary.resolve("data")))) {
      String url = server.start(0, List.of(published(folder)));
      for (int i = 0; i < 2; i++) {
        // Each node answers the file again: all of them are more than one record may hold.
        HttpResponse<String> answer =
            client.send(
                HttpRequest.newBuilder(URI.create(url + "/webhook/answer"))
                    .header("content-type", "application/octet-stream")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[16 * 1024 * 1024]))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      }
    }
  }

  @Test
  void whatCallersMayHoldDependsOnTheHeap() {
    assertThat(LocalServer.limits(400L << 20).maxBodyBytes()).isEqualTo(8 << 20);
    assertThat(LocalServer.limits(320L << 20).maxBytesInFlight()).isEqualTo(20L << 20);
    assertThat(LocalServer.limits(400L << 20).maxWaiting()).isEqualTo(2_133);
    assertThat(LocalServer.limits(96L << 20).maxWaiting()).isEqualTo(512);
    assertThat(LocalServer.limits(64L << 30))
        .isEqualTo(dev.millrace.ingress.IngressSettings.Limits.defaults());
  }

  @Test
  void whatServicesMayAnswerDependsOnTheHeap() {
    assertThat(Outside.settings(96L << 20).bufferedBytes()).isEqualTo(8L << 20);
    assertThat(Outside.settings(64L << 30)).isEqualTo(OutgoingHttpSettings.DEFAULT);
  }

  @Test
  void aTakenPortIsToldBeforeAnythingStarts() throws IOException {
    try (ServerSocket taken = new ServerSocket(0);
        LocalServer server = new LocalServer(DataFolder.open(temporary))) {
      assertThatThrownBy(() -> server.start(taken.getLocalPort(), List.of()))
          .isInstanceOfSatisfying(
              MillraceException.class,
              refused -> assertThat(refused.code()).isEqualTo(ErrorCode.PORT_IN_USE));
      assertThat(temporary.resolve("kafka")).doesNotExist();
    }
  }

  private LocalServer.Published published(Path folder) {
    return new LocalServer.Published(
        folder,
        new WorkflowFolder.Listener() {
          @Override
          public void published(Path file, String workflowName, int version) {
            told.add(file.getFileName() + " version " + version);
          }

          @Override
          public void broken(Path file, MillraceException error) {
            told.add(file.getFileName() + " " + error.code());
          }

          @Override
          public void withdrawn(Path file) {
            told.add(file.getFileName() + " withdrawn");
          }
        });
  }

  private HttpResponse<String> post(String url, String body)
      throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** A workflow that answers {@code POST /webhook/answer} with a text. */
  private static String workflow(String id, String text) {
    return """
    {"id": "%s", "name": "Answer", "settings": {"executionOrder": "v1"},
     "nodes": [
      {"name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2,
       "position": [0, 0], "webhookId": "wh-%1$s",
       "parameters": {"httpMethod": "POST", "path": "answer", "responseMode": "lastNode"}},
      {"name": "Set", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [200, 0],
       "parameters": {"assignments": {"assignments": [
        {"id": "a", "name": "text", "type": "string", "value": "%s"}]}}}],
     "connections": {"Webhook": {"main": [[{"node": "Set", "type": "main", "index": 0}]]}}}
    """
        .formatted(id, text);
  }

  /** A call that a document shows, with the answer that it promises. */
  private record Documented(String path, String body, Object answer) {}

  /** The calls of a document, and in the same order its lines that are JSON. */
  private static List<Documented> documented(Path document) throws IOException {
    List<Object> answers;
    try (Stream<String> lines = Files.lines(document)) {
      answers =
          lines
              .filter(line -> line.startsWith("{\"") || line.startsWith("[{\""))
              .<Object>map(Json::parse)
              .toList();
    }
    List<Documented> calls = new ArrayList<>();
    Matcher call = CALL.matcher(Files.readString(document));
    while (call.find()) {
      calls.add(new Documented(call.group(1), call.group(2), answers.get(calls.size())));
    }
    assertThat(answers).as("calls and answers of " + document).hasSameSizeAs(calls);
    return calls;
  }
}
