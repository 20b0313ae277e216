package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.standalone.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A workflow that works with a data table of its project. */
@Timeout(180)
class DataTableNodeTest {
  /** Counts how often each name is called, in a table, and answers the row. */
  private static final String WORKFLOW =
      """
      {"name": "Count", "settings": {"executionOrder": "v1"}, "nodes": [
        {"name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "position": [0, 0],
         "parameters": {"httpMethod": "POST", "path": "count", "responseMode": "lastNode"}},
        {"name": "Add", "type": "n8n-nodes-base.dataTable", "typeVersion": 1.1, "position": [200, 0],
         "parameters": {"resource": "row", "operation": "upsert",
          "dataTableId": {"__rl": true, "mode": "name", "value": "Counts"},
          "matchType": "allConditions",
          "filters": {"conditions": [
            {"keyName": "name", "condition": "eq", "keyValue": "={{ $json.body.name }}"}]},
          "columns": {"mappingMode": "defineBelow", "value": {
            "name": "={{ $json.body.name }}", "last": "={{ $now }}",
            "length": "={{ $json.body.name.length }}"}}}},
        {"name": "Get", "type": "n8n-nodes-base.dataTable", "typeVersion": 1.1, "position": [400, 0],
         "parameters": {"resource": "row", "operation": "get",
          "dataTableId": {"__rl": true, "mode": "name", "value": "Counts"},
          "returnAll": true}},
        {"name": "Answer", "type": "n8n-nodes-base.set", "typeVersion": 3.4, "position": [600, 0],
         "parameters": {"mode": "raw", "jsonOutput":
          "={{ ({rows: $('Get').all().map(i => i.json.id + ' ' + i.json.name + ' ' + i.json.length)}) }}"}}],
       "connections": {
        "Webhook": {"main": [[{"node": "Add", "type": "main", "index": 0}]]},
        "Add": {"main": [[{"node": "Get", "type": "main", "index": 0}]]},
        "Get": {"main": [[{"node": "Answer", "type": "main", "index": 0}]]}}}
      """;

  @TempDir private Path data;
  private String url = "";

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void rowsStayFromOneExecutionToTheNext() throws Exception {
    assumeTrue(EmbeddedPostgres.isSupported(), "PostgreSQL comes along for Linux on amd64 alone");
    LocalServer.Settings settings =
        LocalServer.Settings.DEFAULT.withStores(ControlStores.Settings.EMBEDDED);
    try (LocalServer server = new LocalServer(DataFolder.open(data), settings);
        client) {
      url = server.start(0, List.of());
      OwnersApi api = new OwnersApi(client, url);
      String table =
          OwnersApi.text(
              api.call(
                  "POST",
                  "/api/data-tables",
                  Map.of(
                      "name",
                      "Counts",
                      "columns",
                      List.of(
                          Map.of("name", "name", "type", "string"),
                          Map.of("name", "length", "type", "number"),
                          Map.of("name", "last", "type", "date")))),
              "id");
      api.publish(WORKFLOW);
      await().atMost(Duration.ofSeconds(30)).until(() -> call("Ada").statusCode() != 404);

      assertThat(call("Grace").body()).isEqualTo("{\"rows\":[\"1 Ada 3\",\"2 Grace 5\"]}");
      assertThat(call("Ada").body()).isEqualTo("{\"rows\":[\"1 Ada 3\",\"2 Grace 5\"]}");
      assertThat(api.call("GET", "/api/data-tables/" + table + "/rows", null))
          .contains("\"name\":\"Grace\",\"length\":5");
    }
  }

  private HttpResponse<String> call(String name) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url + "/webhook/count"))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"" + name + "\"}"))
            .build(),
        BodyHandlers.ofString());
  }
}
