package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.standalone.embedded.EmbeddedPostgres;
import dev.millrace.value.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executions that wait, looked at and followed in the whole of {@code up}. */
@Timeout(300)
class LiveTest {
  private static final Path EXAMPLES =
      Path.of(System.getProperty("millrace.home", "..")).resolve("examples");
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path temporary;
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void anExecutionThatWaitsIsSeenFollowedAndGone() throws Exception {
    assumeTrue(EmbeddedPostgres.isSupported(), "PostgreSQL comes along for Linux on amd64 alone");
    Path folder = Files.createDirectory(temporary.resolve("workflows"));
    Files.copy(EXAMPLES.resolve("approval.json"), folder.resolve("approval.json"));
    LocalServer.Settings settings =
        LocalServer.Settings.DEFAULT.withStores(ControlStores.Settings.EMBEDDED);
    try (LocalServer server =
        new LocalServer(DataFolder.open(temporary.resolve("data")), settings)) {
      String url =
          server.start(
              0, List.of(new LocalServer.Published(folder, WorkflowFolder.Listener.STRICT)));
      String token =
          String.valueOf(
              call(
                      "POST",
                      url + "/api/setup",
                      "",
                      "{\"email\":\"me@example.com\",\"password\":\"a long password\"}")
                  .get("accessToken"));
      String approve =
          String.valueOf(
              call("POST", url + "/webhook/approval", "", "{\"customer\":\"Ada\",\"total\":900}")
                  .get("approve"));

      await().atMost(PATIENCE).until(() -> waiting(url, token).size() == 1);
      Map<?, ?> row = waiting(url, token).getFirst();
      String id = String.valueOf(row.get("id"));
      assertThat(row.get("workflowId")).isEqualTo("approval");
      assertThat(row.get("stale")).isEqualTo(false);
      assertThat(String.valueOf(row.get("waitsFor"))).contains("kind=webhook").contains("until=");

      Map<String, @Nullable Object> one = call("GET", url + "/api/live/executions/" + id, token);
      assertThat(String.valueOf(one.get("nodes"))).contains("node=Webhook, runs=1");
      assertThat(String.valueOf(one.get("queued"))).contains("node=" + row.get("node"));
      assertThat(String.valueOf(one.get("timers"))).contains("kind=wait");
      assertThat(call("GET", url + "/api/live/counts", token))
          .containsEntry("running", 0.0)
          .containsEntry("waiting", 1.0)
          .containsEntry("complete", true);
      assertThat(call("GET", url + "/api/executions/" + id, token))
          .containsEntry("status", "waiting");
      assertThat(call("GET", url + "/api/live/limits", token)).containsEntry("data", List.of());

      List<String> names = new ArrayList<>();
      try (BufferedReader events = follow(url + "/api/executions/" + id + "/events", token)) {
        names.add(nextName(events));
        assertThat(call("POST", approve, "", "{\"approved\":true,\"by\":\"Grace\"}"))
            .containsEntry("customer", "Ada");
        while (!names.getLast().equals("end")) {
          names.add(nextName(events));
        }
      }
      assertThat(names).startsWith("state", "execution.resumed", "node.completed");
      assertThat(names).endsWith("execution.ended", "end");

      assertThat(waiting(url, token)).isEmpty();
      assertThat(status(url + "/api/live/executions/" + id, token)).isEqualTo(404);
    }
  }

  private List<Map<?, ?>> waiting(String url, String token)
      throws IOException, InterruptedException {
    List<Map<?, ?>> rows = new ArrayList<>();
    if (call("GET", url + "/api/live/executions?status=waiting", token).get("data")
        instanceof List<?> data) {
      data.forEach(row -> rows.add((Map<?, ?>) row));
    }
    return rows;
  }

  private Map<String, @Nullable Object> call(String method, String url, String token)
      throws IOException, InterruptedException {
    return call(method, url, token, "");
  }

  private Map<String, @Nullable Object> call(String method, String url, String token, String body)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        client.send(
            request(url, token)
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .header("content-type", "application/json")
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    assertThat(answer.statusCode())
        .as(method + " " + url + " " + new String(answer.body(), StandardCharsets.UTF_8))
        .isLessThan(300);
    return Json.parseObject(answer.body());
  }

  private int status(String url, String token) throws IOException, InterruptedException {
    return client
        .send(request(url, token).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private BufferedReader follow(String url, String token) throws IOException, InterruptedException {
    HttpResponse<InputStream> stream =
        client.send(request(url, token).build(), HttpResponse.BodyHandlers.ofInputStream());
    assertThat(stream.statusCode()).isEqualTo(200);
    return new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8));
  }

  private static String nextName(BufferedReader events) throws IOException {
    for (String line = events.readLine(); line != null; line = events.readLine()) {
      if (line.startsWith("event: ")) {
        return line.substring("event: ".length());
      }
    }
    throw new AssertionError("the stream ended");
  }

  private static HttpRequest.Builder request(String url, String token) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    return token.isEmpty() ? request : request.header("authorization", "Bearer " + token);
  }
}
