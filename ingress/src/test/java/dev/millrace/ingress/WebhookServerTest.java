package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.StartExecution;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The way of a request: what is sent and what is answered. */
class WebhookServerTest {
  private final IngressFixture ingress = new IngressFixture();

  @AfterEach
  void stop() throws Exception {
    ingress.close();
  }

  @Test
  void anImmediateWebhookAnswersWhenTheCommandIsStored() throws Exception {
    ingress.webhook("{\"httpMethod\":\"POST\",\"path\":\"orders\"}");

    HttpResponse<String> response = ingress.postJson("/webhook/orders?a=1&a=2", "{\"n\": 1.50}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("{\"message\":\"Workflow was started\"}");
    CommandRecord command = ingress.command();
    assertThat(response.headers().firstValue("X-Millrace-Execution-Id"))
        .hasValue(command.getExecutionId());
    assertThat(UUID.fromString(command.getExecutionId()).version()).isEqualTo(7);
    StartExecution start = IngressFixture.start(command);
    assertThat(start.getWorkflowId()).isEqualTo("wf");
    assertThat(start.getVersion()).isEqualTo(3);
    assertThat(start.getStartNode()).isEqualTo("Hook");
    assertThat(start.getMode()).isEqualTo("webhook");
    assertThat(start.getReplyTo()).isNull();
    Map<String, ?> item = IngressFixture.item(command);
    assertThat(item.keySet())
        .containsExactly("headers", "params", "query", "body", "webhookUrl", "executionMode");
    assertThat(item.get("body")).isEqualTo(Map.of("n", 1.5));
    assertThat(item.get("query")).isEqualTo(Map.of("a", List.of("1", "2")));
    assertThat(item.get("params")).isEqualTo(Map.of());
    assertThat(item.get("webhookUrl")).isEqualTo("https://hooks.example/webhook/orders");
    assertThat(item.get("executionMode")).isEqualTo("production");
    assertThat(IngressFixture.object(item.get("headers")))
        .containsEntry("content-type", "application/json")
        .containsKey("host");
  }

  @Test
  void aWebhookAnswersWithTheFirstItemOfTheLastNode() throws Exception {
    ingress
        .webhook("{\"httpMethod\":\"POST\",\"path\":\"w1\",\"responseMode\":\"lastNode\"}")
        .answers("{\"sum\":3}", "{\"sum\":4}");

    HttpResponse<String> response = ingress.postJson("/webhook/w1", "{}");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("{\"sum\":3}");
    assertThat(response.headers().firstValue("content-type"))
        .hasValue("application/json; charset=utf-8");
    assertThat(response.headers().firstValue("X-Millrace-Execution-Id"))
        .hasValue(ingress.command().getExecutionId());
    assertThat(ingress.replies.size()).isZero();
  }

  @Test
  void eachMethodStartsItsOutput() throws Exception {
    ingress.webhook(
        "{\"path\":\"m\",\"multipleMethods\":true,"
            + "\"httpMethod\":[\"GET\",\"POST\",\"PUT\",\"PATCH\",\"DELETE\",\"HEAD\"]}");
    List<String> methods = List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD");
    for (int output = 0; output < methods.size(); output++) {
      HttpResponse<String> response =
          ingress.send(
              ingress
                  .request("/webhook/m")
                  .method(methods.get(output), HttpRequest.BodyPublishers.noBody()));
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(IngressFixture.start(ingress.command()).getStartOutput()).isEqualTo(output);
    }
  }

  @Test
  void pathParametersAreInTheItem() throws Exception {
    ingress.webhook("{\"path\":\"user/:id/:what\"}");
    assertThat(ingress.get("/webhook/wid/user/a%20b/orders/").statusCode()).isEqualTo(200);
    Map<String, @Nullable Object> item = ingress.item();
    assertThat(item.get("params")).isEqualTo(Map.of("id", "a b", "what", "orders"));
    assertThat(item.get("webhookUrl"))
        .isEqualTo("https://hooks.example/webhook/wid/user/:id/:what");
  }

  @Test
  void anUnknownPathHasAHintAndAnotherMethodIsNamed() throws Exception {
    ingress.webhook("{\"httpMethod\":\"POST\",\"path\":\"p\"}");

    HttpResponse<String> unknown = ingress.get("/webhook/nobody");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(IngressFixture.json(unknown))
        .containsEntry("code", 404.0)
        .containsEntry("errorCode", "MR-3003")
        .containsEntry("message", "The requested webhook \"GET nobody\" is not registered.")
        .containsKey("hint");

    HttpResponse<String> other = ingress.get("/webhook/p");
    assertThat(other.statusCode()).isEqualTo(404);
    assertThat(IngressFixture.json(other))
        .containsEntry("errorCode", "MR-3004")
        .containsEntry("hint", "It is registered for POST.");
    assertThat(ingress.commands).isEmpty();
  }

  @Test
  void browsersOfOtherOriginsAreToldWhatTheyMay() throws Exception {
    ingress.webhook(
        "{\"httpMethod\":\"POST\",\"path\":\"p\","
            + "\"options\":{\"allowedOrigins\":\"https://a.example, https://b.example\"}}");
    HttpResponse<String> preflight =
        ingress.send(
            ingress
                .request("/webhook/p")
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .headers("Origin", "https://b.example")
                .headers("Access-Control-Request-Method", "POST")
                .headers("Access-Control-Request-Headers", "x-key"));
    assertThat(preflight.statusCode()).isEqualTo(204);
    assertThat(preflight.headers().map())
        .containsEntry("access-control-allow-origin", List.of("https://b.example"))
        .containsEntry("access-control-allow-methods", List.of("OPTIONS, POST"))
        .containsEntry("access-control-allow-headers", List.of("x-key"));

    HttpRequest.Builder post =
        ingress.request("/webhook/p").POST(HttpRequest.BodyPublishers.noBody());
    assertThat(
            ingress
                .send(post.setHeader("Origin", "https://a.example"))
                .headers()
                .firstValue("access-control-allow-origin"))
        .hasValue("https://a.example");
    assertThat(
            ingress
                .send(post.setHeader("Origin", "https://evil.example"))
                .headers()
                .firstValue("access-control-allow-origin"))
        .isEmpty();

    ingress.webhook("{\"path\":\"p\"}");
    assertThat(
            ingress
                .send(ingress.request("/webhook/p").header("Origin", "https://any.example"))
                .headers()
                .firstValue("access-control-allow-origin"))
        .hasValue("https://any.example");
  }

  @Test
  void healthTellsWhetherAllWebhooksAreKnown() throws Exception {
    ingress.ready = false;
    assertThat(ingress.get("/health/live").statusCode()).isEqualTo(200);
    assertThat(ingress.get("/health/ready").statusCode()).isEqualTo(503);
    HttpResponse<String> early = ingress.get("/webhook/soon");
    assertThat(early.statusCode()).isEqualTo(503);
    assertThat(early.headers().firstValue("retry-after")).isPresent();
    ingress.ready = true;
    assertThat(ingress.get("/health/ready").body()).isEqualTo("{\"status\":\"UP\"}");
    assertThat(ingress.get("/webhook/soon").statusCode()).isEqualTo(404);
  }

  @Test
  void closingWaitsForTheRepliesThatAreDue() throws Exception {
    ingress.webhook("{\"path\":\"slow\",\"responseMode\":\"lastNode\"}");
    CompletableFuture<HttpResponse<String>> waiting =
        ingress.client.sendAsync(
            ingress.request("/webhook/slow").build(), HttpResponse.BodyHandlers.ofString());
    CommandRecord command = ingress.command();

    Thread closing = Thread.ofVirtual().start(ingress.server::close);
    await().until(() -> ingress.get("/webhook/slow").statusCode() == 503);
    assertThat(ingress.get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(ingress.commands).isEmpty();
    assertThat(closing.isAlive()).isTrue();

    ingress.replies.complete(IngressFixture.success(command, "{\"late\":1}"));
    assertThat(waiting.get(10, TimeUnit.SECONDS).body()).isEqualTo("{\"late\":1}");
    assertThat(closing.join(Duration.ofSeconds(10))).isTrue();
  }

  @Test
  void aTestUrlSaysWhatToCallInstead() throws Exception {
    ingress.webhook("{\"httpMethod\":\"POST\",\"path\":\"h\"}");
    HttpResponse<String> response = ingress.postJson("/webhook-test/h/", "{}");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(IngressFixture.json(response))
        .containsEntry("errorCode", "MR-3003")
        .containsEntry("hint", "Its workflow is active: call https://hooks.example/webhook/h");
    assertThat(ingress.get("/webhook-test/h").body()).contains("active for POST");
    assertThat(ingress.get("/webhook-test/x").body()).contains("activate the workflow");
    assertThat(ingress.commands).isEmpty();
  }

  @Test
  void whatIsNotServedIsAnErrorLikeAnyOther() throws Exception {
    for (String path : java.util.List.of("/", "/webhook", "/nothing?a=b")) {
      HttpResponse<String> response = ingress.postJson(path, "{}");
      assertThat(response.statusCode()).as(path).isEqualTo(404);
      assertThat(IngressFixture.json(response)).as(path).containsEntry("errorCode", "MR-3003");
    }
    RawHttp.Response response =
        RawHttp.send(
            ingress.server.port(),
            "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 104857600\r\n\r\n");
    assertThat(response.status()).isEqualTo(404);
    assertThat(response.closed()).isTrue();
  }
}
