package dev.millrace.standalone.definitions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.workflows.WorkflowCheck;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.TriggerNode;
import dev.millrace.nodes.trigger.Cron;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkflowChecksTest {
  private final TriggerNode trigger = () -> NodeSpec.type("t.trigger").versions(1, 2).build();
  private final WorkflowCheck check = new WorkflowCheck(NodeCatalogue.of(List.of(trigger)));

  @Test
  void everyUnknownTypeAndVersionIsNamedWithItsNode() {
    assertThatThrownBy(() ->
            check.require(
                workflow(
                    node("A", "t.trigger", 1, ""),
                    node("B", "x.mail", 1, ""),
                    node("C", "t.trigger", 9, ""))))
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNKNOWN_NODE_TYPE))
        .hasMessageContaining("node \"B\" has the type \"x.mail\"")
        .hasMessageContaining("node \"C\" has version 9 of the type \"t.trigger\"");
  }

  @Test
  void somethingMustStartIt() {
    assertThatThrownBy(
            () -> check.require(workflow(node("A", "t.trigger", 1, "\"disabled\": true,"))))
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.NO_START_NODE));
  }

  @Test
  void aScheduleIsEnoughAndMustMakeSense() {
    WorkflowCheck schedules = new WorkflowCheck(NodeCatalogue.of(List.of(new Cron())));
    String cron =
        "\"parameters\": {\"triggerTimes\": {\"item\": [{\"mode\": \"custom\","
            + " \"cronExpression\": \"%s\"}]}},";

    assertThatCode(() ->
            schedules.require(
                workflow(node("A", "n8n-nodes-base.cron", 1, cron.formatted("0 9 * * *")))))
        .doesNotThrowAnyException();
    assertThatThrownBy(() ->
            schedules.require(
                workflow(node("A", "n8n-nodes-base.cron", 1, cron.formatted("at nine")))))
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.INVALID_SCHEDULE))
        .hasMessageContaining("node \"A\"")
        .hasMessageContaining("at nine");
  }

  @Test
  void aDisabledNodeMayBeOfAnyType() {
    assertThatCode(() ->
            check.require(
                workflow(node("A", "t.trigger", 2, ""), node("B", "x", 1, "\"disabled\": true,"))))
        .doesNotThrowAnyException();
  }

  @Test
  void aWebhookBelongsToTheFirstThatClaimsIt() {
    WebhookClaims claims = new WebhookClaims();
    claims.claim("one", workflow(webhook("A", "POST", "/orders/")));
    claims.claim("two", workflow(webhook("B", "GET", "orders")));

    assertConflict(claims, "three", workflow(webhook("C", "POST", "orders")));
    claims.claim("one", workflow(webhook("A", "POST", "elsewhere")));
    claims.claim("three", workflow(webhook("C", "POST", "orders")));
    assertConflict(claims, "one", workflow(webhook("A", "POST", "orders")));
    claims.release("three");
    claims.claim("one", workflow(webhook("A", "POST", "orders")));
  }

  @Test
  void oneWorkflowMayNotClaimAWebhookTwice() {
    assertConflict(
        new WebhookClaims(),
        "one",
        workflow(webhook("A", "POST", "orders"), webhook("B", "POST", "orders")));
  }

  @Test
  void aRefusedClaimChangesNothing() {
    WebhookClaims claims = new WebhookClaims();
    claims.claim("one", workflow(webhook("A", "POST", "a")));
    claims.claim("two", workflow(webhook("B", "POST", "b")));

    assertConflict(claims, "two", workflow(webhook("B", "POST", "c"), webhook("C", "POST", "a")));

    assertConflict(claims, "three", workflow(webhook("D", "POST", "b")));
    claims.claim("three", workflow(webhook("D", "POST", "c")));
  }

  private static void assertConflict(
      WebhookClaims claims, String workflowId, WorkflowDocument workflow) {
    assertThatThrownBy(() -> claims.claim(workflowId, workflow))
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> assertThat(refused.code()).isEqualTo(ErrorCode.WEBHOOK_CONFLICT));
  }

  private static String webhook(String name, String method, String path) {
    return node(
        name,
        "n8n-nodes-base.webhook",
        1,
        "\"parameters\": {\"httpMethod\": \"%s\", \"path\": \"%s\"},".formatted(method, path));
  }

  private static String node(String name, String type, int version, String more) {
    return "{%s \"name\": \"%s\", \"type\": \"%s\", \"typeVersion\": %d}"
        .formatted(more, name, type, version);
  }

  private static WorkflowDocument workflow(String... nodes) {
    return WorkflowDocument.parse(
        ("{\"connections\": {}, \"nodes\": [" + String.join(",", nodes) + "]}")
            .getBytes(StandardCharsets.UTF_8));
  }
}
