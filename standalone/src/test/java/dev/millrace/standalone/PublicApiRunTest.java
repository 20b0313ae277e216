package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.standalone.embedded.EmbeddedPostgres;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A client of n8n's public API against everything that runs: the engine, too. */
@Timeout(240)
class PublicApiRunTest {
  private static final Path EXAMPLES =
      Path.of(System.getProperty("millrace.home", "..")).resolve("examples");

  private static final String ORDER_FROM_NORWAY = "{\"hours\":10,\"country\":\"NO\"}";

  @TempDir private Path data;
  private final HttpClient client = HttpClient.newHttpClient();
  private String url = "";
  private String key = "";

  private record Reply(int status, String body) {
    Map<String, @Nullable Object> json() {
      return Json.parseObject(body.getBytes(StandardCharsets.UTF_8));
    }

    String text(String field) {
      return String.valueOf(json().get(field));
    }

    List<?> data() {
      return json().get("data") instanceof List<?> rows ? rows : List.of();
    }
  }

  @AfterEach
  void close() {
    client.close();
  }

  private Reply send(String method, String path, @Nullable String body, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .header("content-type", "application/json");
    if (headers.length > 0) {
      request.headers(headers);
    }
    HttpResponse<String> response = client.send(request.build(), BodyHandlers.ofString());
    return new Reply(response.statusCode(), response.body());
  }

  private Reply call(String method, String path, @Nullable Object body) {
    try {
      return send(
          method, "/api/v1" + path, body == null ? null : Json.text(body), "x-n8n-api-key", key);
    } catch (IOException broken) {
      throw new IllegalStateException(broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
  }

  private int order() throws IOException, InterruptedException {
    return send("POST", "/webhook/invoice", ORDER_FROM_NORWAY).status();
  }

  /** An example as n8n's clients send a workflow: with what callers set, and nothing else. */
  private static Map<String, @Nullable Object> example(String file) throws IOException {
    Map<String, @Nullable Object> document =
        Json.parseObject(Files.readAllBytes(EXAMPLES.resolve(file)));
    Map<String, @Nullable Object> draft = new LinkedHashMap<>();
    for (String field : List.of("name", "nodes", "connections", "settings")) {
      draft.put(field, Objects.requireNonNull(document.get(field), field));
    }
    return draft;
  }

  private void setUp() throws IOException, InterruptedException {
    String token =
        send(
                "POST",
                "/api/setup",
                "{\"email\":\"owner@example.com\",\"password\":\"owner-password\"}")
            .text("accessToken");
    key =
        send(
                "POST",
                "/api/me/api-keys",
                "{\"label\":\"a client\"}",
                "authorization",
                "Bearer " + token)
            .text("key");
  }

  private static @Nullable Object value(@Nullable Object object, String... path) {
    Object value = object;
    for (String field : path) {
      value = value instanceof Map<?, ?> map ? map.get(field) : null;
    }
    return value;
  }

  @Test
  void whatFailedIsFoundPutRightRetriedAndRemoved() throws Exception {
    assumeTrue(EmbeddedPostgres.isSupported(), "PostgreSQL comes along for Linux on amd64 alone");
    LocalServer.Settings settings =
        LocalServer.Settings.DEFAULT.withStores(ControlStores.Settings.EMBEDDED);
    try (LocalServer server = new LocalServer(DataFolder.open(data), settings)) {
      url = server.start(0, List.of());
      setUp();
      Reply made = call("POST", "/workflows", example("invoice.json"));
      assertThat(made.status()).as(made.body()).isEqualTo(200);
      String workflow = made.text("id");
      assertThat(call("POST", "/workflows/" + workflow + "/activate", null).text("active"))
          .isEqualTo("true");

      await().atMost(Duration.ofSeconds(60)).until(this::order, status -> status == 500);

      String failed = failed(workflow);
      Reply shown = call("GET", "/executions/" + failed + "?includeData=true", null);
      assertThat(value(shown.json(), "data", "resultData", "error", "message"))
          .asString()
          .contains("no tax rate for NO");
      assertThat(value(shown.json(), "data", "resultData", "runData", "Net"))
          .isInstanceOf(List.class);
      assertThat(value(shown.json(), "workflowData", "name")).isEqualTo("Write an invoice");

      // It is published, so the new draft runs as soon as the engine has it.
      Reply changed = call("PUT", "/workflows/" + workflow, example("changed/invoice.json"));
      assertThat(changed.status()).as(changed.body()).isEqualTo(200);
      await().atMost(Duration.ofSeconds(60)).until(this::order, status -> status == 200);
      Reply retried =
          call("POST", "/executions/" + failed + "/retry", Map.of("loadWorkflow", true));
      assertThat(retried.status()).as(retried.body()).isEqualTo(200);
      assertThat(retried.text("retryOf")).isEqualTo(failed);
      String second = retried.text("id");
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> "success".equals(call("GET", "/executions/" + second, null).text("status")));
      assertThat(call("GET", "/executions/" + second, null).json())
          .containsEntry("retryOf", failed)
          .containsEntry("mode", "retry")
          .containsEntry("finished", true)
          .containsEntry("workflowId", workflow);
      assertThat(call("POST", "/executions/" + second + "/retry", null).status()).isEqualTo(409);

      for (String execution : List.of(failed, second)) {
        assertThat(call("DELETE", "/executions/" + execution, null).status()).isEqualTo(200);
        assertThat(call("GET", "/executions/" + execution, null).status()).isEqualTo(404);
      }
      assertThat(call("POST", "/workflows/" + workflow + "/deactivate", null).text("active"))
          .isEqualTo("false");
      await().atMost(Duration.ofSeconds(60)).until(this::order, status -> status == 404);
      assertThat(call("DELETE", "/workflows/" + workflow, null).status()).isEqualTo(200);
    }
  }

  /** History has it a moment later. */
  private String failed(String workflow) {
    String path = "/executions?status=error&limit=1&workflowId=" + workflow;
    List<?> rows =
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> call("GET", path, null).data(), found -> !found.isEmpty());
    return String.valueOf(value(rows.getFirst(), "id"));
  }
}
