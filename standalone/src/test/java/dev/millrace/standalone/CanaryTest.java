package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import dev.millrace.standalone.embedded.EmbeddedPostgres;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Puts a secret that can be found again into every credential, makes nodes use them, fail and run
 * again, and looks for it everywhere it must not be: topics with their headers, every file of the
 * data folder, logs at their finest, and all that the API answers.
 */
@Timeout(180)
class CanaryTest {
  private static final List<String> CANARIES =
      List.of(
          "canary-webhook-51c7", "canary-header-51c7", "canary-basic-51c7", "canary-query-51c7");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path data;

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<String> answers = new CopyOnWriteArrayList<>();
  private final List<String> logged = new CopyOnWriteArrayList<>();
  private final List<String> received = new CopyOnWriteArrayList<>();
  private final Logger root = Logger.getLogger("dev.millrace");
  private final Handler handler = new Collecting();

  @SuppressWarnings("NullAway.Init")
  private HttpServer service;

  private String url = "";
  private String token = "";

  /** Keeps what is logged as it would be written. */
  private final class Collecting extends Handler {
    private final SimpleFormatter formatter = new SimpleFormatter();

    @Override
    public void publish(LogRecord record) {
      logged.add(formatter.format(record));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeEach
  void start() throws IOException {
    handler.setLevel(Level.ALL);
    root.setLevel(Level.ALL);
    root.addHandler(handler);
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/",
        exchange -> {
          exchange
              .getRequestHeaders()
              .forEach((name, values) -> received.add(name + ": " + String.join(",", values)));
          received.add(exchange.getRequestURI().toString());
          byte[] body = "{\"ok\":true}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(
              exchange.getRequestURI().getPath().equals("/fails") ? 500 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    service.start();
  }

  @AfterEach
  void stop() {
    service.stop(0);
    root.removeHandler(handler);
    root.setLevel(null);
    client.close();
  }

  @Test
  void noSecretIsAnywhereInClear() throws Exception {
    assumeTrue(EmbeddedPostgres.isSupported(), "PostgreSQL comes along for Linux on amd64 alone");
    LocalServer.Settings settings =
        new LocalServer.Settings(
            LocalServer.Settings.DEFAULT.credentials(),
            new Outside.Allowed(List.of("127.0.0.0/8"), List.of()),
            Storage.DATA_FOLDER,
            LocalServer.Settings.DEFAULT.keepFiles(),
            Optional.empty(),
            Optional.of(ControlStores.Settings.EMBEDDED));
    try (LocalServer server = new LocalServer(DataFolder.open(data), settings)) {
      url = server.start(0, List.of());
      Map<?, ?> owner =
          call(
              "POST", "/api/setup", Map.of("email", "o@example.com", "password", "owner-password"));
      token = text(owner, "accessToken");
      String project = personalProject();
      Map<String, String> ids = credentials(project);
      String good = publish(workflow("good", "/works", ids));
      String bad = publish(workflow("bad", "/fails", ids));

      assertThat(webhook("good", CANARIES.getFirst()).statusCode()).isEqualTo(200);
      assertThat(received).anyMatch(line -> line.contains(CANARIES.get(1)));
      assertThat(received).anyMatch(line -> line.contains(basic()));
      assertThat(received).anyMatch(line -> line.contains(CANARIES.get(3)));
      assertThat(webhook("good", "wrong").statusCode()).isEqualTo(403);
      webhook("bad", CANARIES.getFirst());
      String failed = executed(bad, "error");
      String again = text(call("POST", "/api/executions/" + failed + "/retry", Map.of()), "id");
      await().atMost(PATIENCE).until(() -> status(again), "error"::equals);
      lookAtEverything(List.of(good, bad), List.of(failed, again), ids.values(), project);

      assertThat(answers).isNotEmpty().noneMatch(CanaryTest::tells);
      assertThat(logged).isNotEmpty().noneMatch(CanaryTest::tells);
      List<String> told = new ArrayList<>();
      int records =
          topics((topic, bytes) -> {
            if (tells(bytes)) {
              told.add(topic);
            }
          });
      assertThat(told).isEmpty();
      assertThat(records).isGreaterThan(20);
      assertThat(files()).isEmpty();
    }
    assertThat(files()).isEmpty();
  }

  /** Each read that a user can make, and input that is broken in the middle of a secret. */
  private void lookAtEverything(
      List<String> workflows,
      List<String> executions,
      Collection<String> credentials,
      String project)
      throws Exception {
    for (String id : workflows) {
      call("GET", "/api/workflows/" + id, null);
      call("GET", "/api/workflows/" + id + "/versions/1", null);
    }
    for (String id : executions) {
      call("GET", "/api/executions/" + id + "?data=true", null);
    }
    for (String id : credentials) {
      call("GET", "/api/credentials/" + id, null);
      call("POST", "/api/credentials/" + id + "/test", Map.of());
    }
    call("GET", "/api/credentials", null);
    call("GET", "/api/executions", null);
    call("GET", "/api/audit", null);
    String broken = "{\"name\":\"x\",\"data\":{\"value\":" + CANARIES.get(1) + "}}";
    assertThat(send("POST", "/api/credentials", broken).statusCode()).isEqualTo(400);
    String wrong =
        Json.text(
            Map.of(
                "name",
                "x",
                "type",
                "httpHeaderAuth",
                "projectId",
                project,
                "data",
                CANARIES.get(1)));
    assertThat(send("POST", "/api/credentials", wrong).statusCode()).isEqualTo(400);
  }

  private Map<String, String> credentials(String project) throws Exception {
    Map<String, Map<String, String>> fields =
        Map.of(
            "hook", Map.of("name", "x-hook", "value", CANARIES.get(0)),
            "header", Map.of("name", "x-key", "value", CANARIES.get(1)),
            "basic", Map.of("user", "ada", "password", CANARIES.get(2)),
            "query", Map.of("name", "key", "value", CANARIES.get(3)));
    Map<String, String> types =
        Map.of(
            "hook", "httpHeaderAuth",
            "header", "httpHeaderAuth",
            "basic", "httpBasicAuth",
            "query", "httpQueryAuth");
    Map<String, String> ids = new HashMap<>();
    for (Map.Entry<String, String> type : types.entrySet()) {
      Map<?, ?> made =
          call(
              "POST",
              "/api/credentials",
              Map.of(
                  "name",
                  type.getKey(),
                  "type",
                  type.getValue(),
                  "projectId",
                  project,
                  "data",
                  Objects.requireNonNull(fields.get(type.getKey()))));
      ids.put(type.getKey(), text(made, "id"));
    }
    return ids;
  }

  /** A webhook with a secret, three calls with secrets, one of which may fail and is made again. */
  private Map<String, Object> workflow(String path, String service, Map<String, String> ids)
      throws IOException {
    String base = "http://127.0.0.1:" + this.service.getAddress().getPort();
    List<Map<String, Object>> nodes = new ArrayList<>();
    nodes.add(
        node(
            "Hook",
            "n8n-nodes-base.webhook",
            2,
            Map.of(
                "path",
                path,
                "httpMethod",
                "POST",
                "responseMode",
                "lastNode",
                "authentication",
                "headerAuth"),
            "httpHeaderAuth",
            ids.get("hook")));
    nodes.add(request("Query", base + "/works", "httpQueryAuth", ids.get("query")));
    // Nobody answers there, and what says so knows the URL.
    Map<String, Object> nobody =
        new HashMap<>(
            request("Nobody", "http://127.0.0.1:" + freePort(), "httpQueryAuth", ids.get("query")));
    nobody.put("onError", "continueRegularOutput");
    nodes.add(nobody);
    nodes.add(request("Header", base + "/works", "httpHeaderAuth", ids.get("header")));
    Map<String, Object> basic =
        new HashMap<>(request("Basic", base + service, "httpBasicAuth", ids.get("basic")));
    basic.put("retryOnFail", true);
    basic.put("maxTries", 2.0);
    basic.put("waitBetweenTries", 0.0);
    nodes.add(basic);
    Map<String, Object> connections = new HashMap<>();
    for (int i = 0; i + 1 < nodes.size(); i++) {
      Map<String, Object> next =
          Map.of("node", nodes.get(i + 1).get("name"), "type", "main", "index", 0.0);
      connections.put(
          String.valueOf(nodes.get(i).get("name")), Map.of("main", List.of(List.of(next))));
    }
    return Map.of("name", path, "nodes", nodes, "connections", connections);
  }

  private static Map<String, Object> request(
      String name, String url, String type, @Nullable String credential) {
    return node(
        name,
        "n8n-nodes-base.httpRequest",
        4.2,
        Map.of("url", url, "authentication", "genericCredentialType", "genericAuthType", type),
        type,
        credential);
  }

  private static Map<String, Object> node(
      String name,
      String type,
      double version,
      Map<String, Object> parameters,
      String credentialType,
      @Nullable String credential) {
    return Map.of(
        "name",
        name,
        "type",
        type,
        "typeVersion",
        version,
        "position",
        List.of(0.0, 0.0),
        "parameters",
        parameters,
        "credentials",
        Map.of(credentialType, Map.of("id", Objects.requireNonNull(credential), "name", "any")));
  }

  private String publish(Map<String, Object> workflow) throws Exception {
    String id = text(call("POST", "/api/workflows", workflow), "id");
    call("POST", "/api/workflows/" + id + "/publish", Map.of());
    String path = "/webhook/" + workflow.get("name");
    // The ingress hears of it a moment later; 403 is its answer to whom it does not know.
    await()
        .atMost(PATIENCE)
        .until(() -> send("POST", path, "{}").statusCode(), code -> code != 404);
    return id;
  }

  private HttpResponse<String> webhook(String path, String secret) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(url + "/webhook/" + path))
            .header("x-hook", secret)
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private String executed(String workflow, String status) {
    return Objects.requireNonNull(
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    rows("/api/executions?status=" + status + "&workflowId=" + workflow).stream()
                        .findFirst()
                        .map(row -> text(row, "id"))
                        .orElse(null),
                Objects::nonNull));
  }

  private String status(String execution) throws Exception {
    return String.valueOf(call("GET", "/api/executions/" + execution, null).get("status"));
  }

  private String personalProject() throws Exception {
    return rows("/api/projects").stream()
        .filter(project -> "personal".equals(project.get("type")))
        .findFirst()
        .map(project -> text(project, "id"))
        .orElseThrow();
  }

  private List<Map<?, ?>> rows(String path) throws Exception {
    List<Map<?, ?>> rows = new ArrayList<>();
    if (call("GET", path, null).get("data") instanceof List<?> list) {
      list.forEach(row -> rows.add((Map<?, ?>) row));
    }
    return rows;
  }

  private Map<?, ?> call(String method, String path, @Nullable Object body) throws Exception {
    HttpResponse<String> answer = send(method, path, body == null ? null : Json.text(body));
    return answer.body().isEmpty()
        ? Map.of()
        : Json.parseObject(answer.body().getBytes(StandardCharsets.UTF_8));
  }

  private HttpResponse<String> send(String method, String path, @Nullable String body)
      throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(url + path))
                .header("authorization", "Bearer " + token)
                .method(
                    method,
                    body == null
                        ? HttpRequest.BodyPublishers.noBody()
                        : HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    answers.add(answer.headers().map() + answer.body());
    return answer;
  }

  private static String text(Map<?, ?> json, String field) {
    return String.valueOf(Objects.requireNonNull(json.get(field), () -> field + " of " + json));
  }

  /** Every committed and uncommitted record of every topic, those of Kafka itself too. */
  private int topics(BiConsumer<String, String> each) throws IOException {
    int records = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                Files.readString(DataFolder.address(data)),
                "exclude.internal.topics",
                "false"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.listTopics().values().stream()
              .flatMap(List::stream)
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        for (var record : consumer.poll(Duration.ofMillis(500))) {
          records++;
          StringBuilder all = new StringBuilder();
          record.headers().forEach(header -> all.append(latin(header.value())).append('\n'));
          each.accept(record.topic(), all + latin(record.key()) + "\n" + latin(record.value()));
        }
      }
    }
    return records;
  }

  /** The files of the data folder in which a secret is. */
  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(data)) {
      return all.filter(Files::isRegularFile).filter(CanaryTest::fileTells).toList();
    }
  }

  private static boolean fileTells(Path file) {
    try {
      return tells(latin(Files.readAllBytes(file)));
    } catch (NoSuchFileException gone) {
      return false;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static String latin(byte @Nullable [] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static boolean tells(String text) {
    return CANARIES.stream().anyMatch(text::contains) || text.contains(basic());
  }

  /** What goes over the wire for a user and a password. */
  private static String basic() {
    return Base64.getEncoder()
        .encodeToString(("ada:" + CANARIES.get(2)).getBytes(StandardCharsets.UTF_8));
  }

  private static int freePort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0)) {
      return probe.getLocalPort();
    }
  }
}
