package dev.millrace.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.StartExecution;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.UUID;
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
}
