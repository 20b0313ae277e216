package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.standalone.embedded.EmbeddedPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Variables from the API to what a webhook answers. */
@Timeout(180)
class VariablesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Answers two variables once it has waited as long as it is told. */
  private static final String WORKFLOW =
      """
      {"name": "Greet", "settings": {"executionOrder": "v1"}, "nodes": [
        {"name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "position": [0, 0],
         "parameters": {"httpMethod": "POST", "path": "greet", "responseMode": "lastNode"}},
        {"name": "Wait", "type": "n8n-nodes-base.wait", "typeVersion": 1.1, "position": [200, 0],
         "parameters": {"resume": "timeInterval", "unit": "seconds",
                        "amount": "={{ $json.body.seconds }}"}},
        {"name": "Set", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [400, 0],
         "parameters": {"assignments": {"assignments": [
          {"id": "a", "name": "text", "type": "string",
           "value": "={{ $vars.greeting + ' ' + $vars.place }}"}]}}}],
       "connections": {
        "Webhook": {"main": [[{"node": "Wait", "type": "main", "index": 0}]]},
        "Wait": {"main": [[{"node": "Set", "type": "main", "index": 0}]]}}}
      """;

  @TempDir private Path data;
  private String url = "";

  @SuppressWarnings("NullAway.Init")
  private OwnersApi api;

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void aWorkflowReadsThemAndAnExecutionKeepsThem() throws Exception {
    assumeTrue(EmbeddedPostgres.isSupported(), "PostgreSQL comes along for Linux on amd64 alone");
    LocalServer.Settings settings =
        LocalServer.Settings.DEFAULT.withStores(ControlStores.Settings.EMBEDDED);
    try (LocalServer server = new LocalServer(DataFolder.open(data), settings);
        client) {
      url = server.start(0, List.of());
      api = new OwnersApi(client, url);
      String greeting = variable("greeting", "Hello", null);
      variable("place", "everywhere", null);
      String id = api.publish(WORKFLOW);
      String project = OwnersApi.text(api.call("GET", "/api/workflows/" + id, null), "projectId");
      await().atMost(PATIENCE).until(() -> call(0).statusCode() != 404);

      // What was set before the workflow was published is there when it runs.
      assertThat(call(0).body()).isEqualTo("{\"text\":\"Hello everywhere\"}");

      String own = variable("place", "here", project);
      awaitAnswer("Hello here");

      CompletableFuture<HttpResponse<String>> running = send(10);
      awaitWaiting(id);
      api.call("PATCH", "/api/variables/" + greeting, Map.of("value", "Goodbye"));
      awaitAnswer("Goodbye here");
      assertThat(running).isNotDone();
      assertThat(running.get().body()).isEqualTo("{\"text\":\"Hello here\"}");

      api.call("DELETE", "/api/variables/" + own, null);
      awaitAnswer("Goodbye everywhere");
    }
  }

  private void awaitAnswer(String text) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(call(0).body()).isEqualTo("{\"text\":\"" + text + "\"}"));
  }

  /** Until an execution of the workflow is seen to wait. */
  private void awaitWaiting(String workflow) {
    await()
        .atMost(PATIENCE)
        .until(() ->
            api.call("GET", "/api/executions?status=waiting&workflowId=" + workflow, null)
                .contains("\"status\":\"waiting\""));
  }

  private String variable(String key, String value, @Nullable String project) throws Exception {
    Map<String, String> body =
        project == null
            ? Map.of("key", key, "value", value)
            : Map.of("key", key, "value", value, "projectId", project);
    return OwnersApi.text(api.call("POST", "/api/variables", body), "id");
  }

  private HttpResponse<String> call(int seconds) throws Exception {
    return send(seconds).get();
  }

  private CompletableFuture<HttpResponse<String>> send(int seconds) {
    return client.sendAsync(
        HttpRequest.newBuilder(URI.create(url + "/webhook/greet"))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"seconds\":" + seconds + "}"))
            .build(),
        BodyHandlers.ofString());
  }
}
