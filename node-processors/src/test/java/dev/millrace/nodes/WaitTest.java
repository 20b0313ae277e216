package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.AwaitedCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.Suspension;
import dev.millrace.nodes.flow.Wait;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a Wait node waits for. */
class WaitTest {
  private static final ExpressionEngine ENGINE = new JsExpressionEngine();
  private static final String URL = "https://hooks.example/webhook-waiting/1?signature=s";

  @AfterAll
  static void stop() {
    ENGINE.close();
  }

  private static NodeOutput run(String resumeUrl, String parameters) {
    Wait node = new Wait();
    WorkflowDocument workflow =
        WorkflowDocument.parse(
            """
            {"nodes":[{"id":"w","name":"Wait","type":"n8n-nodes-base.wait","typeVersion":1.1,
             "position":[0,0],"parameters":%s,
             "credentials":{"httpBasicAuth":{"id":"7","name":"Shop"}}}],"connections":{}}\
            """
                .formatted(parameters)
                .getBytes(StandardCharsets.UTF_8));
    FakeExecution execution = new FakeExecution(workflow);
    execution.resumeUrl(resumeUrl);
    return node.run(
        new FakeCall(
            node.spec(),
            workflow.nodes().getFirst(),
            List.of(Item.of(Map.of("answer", "={{ 1 + 1 }}", "n", 2.0)), Item.empty()),
            execution,
            ENGINE));
  }

  private static Suspension.ForCall awaited(String parameters) {
    return (Suspension.ForCall) Objects.requireNonNull(run(URL, parameters).suspension());
  }

  @Test
  void theCallIsDescribedWhenTheWaitBegins() {
    Suspension.ForCall waits =
        awaited(
            """
            {"resume":"webhook","httpMethod":"=PO{{ 'ST' }}","incomingAuthentication":"basicAuth",
             "responseMode":"onReceived","responseCode":"={{ 200 + $json.n }}",
             "options":{"webhookSuffix":"/a/b/","onlyRunIf":"={{ $json.body.go }}",
              "responseData":"={{ $json.answer }}",
              "responseHeaders":{"entries":[{"name":"x-n","value":"={{ $json.n }}"}]}}}\
            """);

    assertThat(waits.until()).isNull();
    AwaitedCall call = waits.call();
    assertThat(call.kind()).isEqualTo(AwaitedCall.Kind.WEBHOOK);
    assertThat(call.node()).isEqualTo("Wait");
    assertThat(call.suffix()).isEqualTo("a/b");
    assertThat(call.condition()).isEqualTo("={{ $json.body.go }}");
    assertThat(call.credentials())
        .isEqualTo(Map.of("httpBasicAuth", Map.of("id", "7", "name", "Shop")));
    assertThat(call.parameters())
        .containsEntry("httpMethod", "POST")
        .containsEntry("incomingAuthentication", "basicAuth")
        .containsEntry("responseCode", 202.0);
    assertThat(Json.text(call.parameters().get("options")))
        .contains("\"responseData\":\"={{ 1 + 1 }}\"", "\"value\":2")
        .doesNotContain("onlyRunIf");
    assertThat(AwaitedCall.fromJson(Json.parseObject(Json.write(call.toJson())))).isEqualTo(call);
  }

  @Test
  void aFormIsDescribedWithItsFields() {
    AwaitedCall call =
        awaited(
                """
                {"resume":"form","formTitle":"=Number {{ $json.n }}","formFields":{"values":[
                 {"fieldLabel":"={{ $json.answer }}","requiredField":true},
                 {"fieldType":"checkbox","fieldLabel":"Two",
                  "fieldOptions":{"values":[{"option":"a"}]}}]},
                 "options":{"respondWithOptions":{"values":{"respondWith":"redirect",
                  "redirectUrl":"=https://x.example/{{ $json.n }}"}}}}\
                """)
            .call();

    assertThat(call.kind()).isEqualTo(AwaitedCall.Kind.FORM);
    assertThat(call.parameters())
        .containsEntry("formTitle", "Number 2")
        .doesNotContainKey("httpMethod");
    assertThat(Json.text(call.parameters()))
        .contains("\"fieldLabel\":\"={{ 1 + 1 }}\"", "\"option\":\"a\"", "https://x.example/2");
  }

  @ParameterizedTest
  @CsvSource({"webhook,30,seconds,30", "form,2,hours,7200", "webhook,1.5,minutes,90"})
  void aLimitCounts(String resume, double amount, String unit, long seconds) {
    Suspension.ForCall waits =
        awaited(
            """
            {"resume":"%s","limitWaitTime":true,"resumeAmount":%s,"resumeUnit":"%s"}\
            """
                .formatted(resume, amount, unit));

    assertThat(waits.until()).isEqualTo(FakeCall.NOW.plus(Duration.ofSeconds(seconds)));
  }

  @Test
  void aLimitMayBeATimeAndOneThatIsOverEndsTheWait() {
    assertThat(
            awaited(
                    """
                    {"resume":"webhook","limitWaitTime":true,"limitType":"atSpecifiedTime",
                     "maxDateAndTime":"2026-04-01T00:00:00Z"}\
                    """)
                .until())
        .hasToString("2026-04-01T00:00:00Z");
    NodeOutput over =
        run(
            URL,
            """
            {"resume":"webhook","limitWaitTime":true,"limitType":"atSpecifiedTime",
             "maxDateAndTime":"2026-01-01T00:00:00Z"}\
            """);
    assertThat(over.suspension()).isNull();
    assertThat(Objects.requireNonNull(over.outputs()).getFirst()).hasSize(2);
  }

  @Test
  void whereNothingServesTheCallOnlyALimitedWaitBegins() {
    assertThatThrownBy(() -> run("", "{\"resume\":\"webhook\"}"))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("./millrace up");
    assertThat(run("", "{\"resume\":\"form\",\"limitWaitTime\":true}").suspension())
        .isInstanceOf(Suspension.ForCall.class);
  }
}
