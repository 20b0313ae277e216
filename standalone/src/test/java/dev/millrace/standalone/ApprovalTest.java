package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.definitions.WorkflowFolder;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Executions that wait for a person, over HTTP and through a restart. */
@Timeout(300)
class ApprovalTest {
  private static final Path EXAMPLES =
      Path.of(System.getProperty("millrace.home", "..")).resolve("examples");
  private static final int AT_ONCE = 8;

  @TempDir private Path temporary;
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void anOrderIsApprovedOnceWhateverHappensMeanwhile() throws Exception {
    Path folder = Files.createDirectory(temporary.resolve("workflows"));
    Path data = temporary.resolve("data");
    Files.copy(EXAMPLES.resolve("approval.json"), folder.resolve("approval.json"));
    Files.writeString(folder.resolve("form.json"), FORM);
    String first;
    String second;
    String form;
    try (LocalServer server = new LocalServer(DataFolder.open(data))) {
      String url = server.start(0, List.of(published(folder)));
      first = approvalUrl(url, "Ada");
      second = approvalUrl(url, "Grace");
      assertThat(first).startsWith(url + "/webhook-waiting/").contains("?signature=");

      HttpResponse<String> approved = post(first, "{\"approved\":true,\"by\":\"Eve\"}");
      assertThat(approved.body())
          .isEqualTo("{\"customer\":\"Ada\",\"decision\":\"approved by Eve\"}");
      assertThat(post(first, "{\"approved\":true,\"by\":\"Eve\"}").statusCode()).isEqualTo(409);
      assertThat(post(first.substring(0, first.length() - 3), "{}").statusCode()).isEqualTo(401);
      form =
          String.valueOf(
              Json.parseObject(utf8(post(url + "/webhook/form", "{}").body())).get("form"));
    }

    try (LocalServer server = new LocalServer(DataFolder.open(data))) {
      String url = server.start(0, List.of(published(folder)));
      String moved = url + second.substring(second.indexOf("/webhook-waiting/"));

      List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        calls.add(
            client.sendAsync(
                request(moved, "{\"approved\":false,\"by\":\"caller " + i + "\"}"),
                HttpResponse.BodyHandlers.ofString()));
      }
      List<Integer> statuses = new ArrayList<>();
      for (CompletableFuture<HttpResponse<String>> call : calls) {
        HttpResponse<String> response = call.get();
        statuses.add(response.statusCode());
        if (response.statusCode() == 200) {
          assertThat(response.body()).contains("\"customer\":\"Grace\"", "declined by caller ");
        }
      }
      assertThat(statuses).containsOnlyOnce(200);
      assertThat(statuses.stream().filter(status -> status == 409)).hasSize(AT_ONCE - 1);

      String page = url + form.substring(form.indexOf("/form-waiting/"));
      HttpResponse<String> shown = get(page);
      assertThat(shown.statusCode()).isEqualTo(200);
      assertThat(shown.body()).contains("Your opinion", "name=\"field-0\"");
      HttpResponse<String> sent =
          client.send(
              HttpRequest.newBuilder(URI.create(page))
                  .header("content-type", "application/x-www-form-urlencoded")
                  .POST(HttpRequest.BodyPublishers.ofString("field-0=good&field-1=7"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(sent.statusCode()).as(sent.body()).isEqualTo(200);
      assertThat(sent.body()).contains("Thank you for a good 7");
      assertThat(get(page).statusCode()).isEqualTo(409);
    }
  }

  private static final String FORM =
      """
      {"id": "form", "name": "Ask", "settings": {"executionOrder": "v1"}, "nodes": [
       {"name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2, "position": [0, 0],
        "webhookId": "wh-form",
        "parameters": {"httpMethod": "POST", "path": "form", "responseMode": "responseNode"}},
       {"name": "Tell", "type": "n8n-nodes-base.respondToWebhook", "typeVersion": 1.1,
        "position": [200, 0], "parameters": {"respondWith": "json",
         "responseBody": "={{ { form: $execution.resumeFormUrl } }}"}},
       {"name": "Wait", "type": "n8n-nodes-base.wait", "typeVersion": 1.1, "position": [400, 0],
        "webhookId": "wh-form-wait",
        "parameters": {"resume": "form", "formTitle": "Your opinion", "responseMode": "responseNode",
         "formFields": {"values": [{"fieldLabel": "Word", "requiredField": true},
          {"fieldLabel": "Mark", "fieldType": "number"}]}}},
       {"name": "Thank", "type": "n8n-nodes-base.respondToWebhook", "typeVersion": 1.1,
        "position": [600, 0], "parameters": {"respondWith": "text",
         "responseBody": "=Thank you for a {{ $json.Word }} {{ $json.Mark }}"}}],
       "connections": {
        "Webhook": {"main": [[{"node": "Tell", "type": "main", "index": 0}]]},
        "Tell": {"main": [[{"node": "Wait", "type": "main", "index": 0}]]},
        "Wait": {"main": [[{"node": "Thank", "type": "main", "index": 0}]]}}}
      """;

  private String approvalUrl(String url, String customer) throws IOException, InterruptedException {
    HttpResponse<String> asked =
        post(url + "/webhook/approval", "{\"customer\":\"" + customer + "\",\"total\":900}");
    assertThat(asked.statusCode()).as(asked.body()).isEqualTo(202);
    Map<String, @Nullable Object> body = Json.parseObject(utf8(asked.body()));
    return String.valueOf(body.get("approve"));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static HttpRequest request(String url, String body) {
    return HttpRequest.newBuilder(URI.create(url))
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private HttpResponse<String> post(String url, String body)
      throws IOException, InterruptedException {
    return client.send(request(url, body), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String url) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
  }

  private static LocalServer.Published published(Path folder) {
    return new LocalServer.Published(folder, WorkflowFolder.Listener.STRICT);
  }
}
