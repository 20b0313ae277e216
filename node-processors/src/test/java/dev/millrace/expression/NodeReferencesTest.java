package dev.millrace.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What expressions see of other nodes, and what their errors say about them. */
class NodeReferencesTest {
  private static JsExpressionEngine engine;

  @BeforeAll
  static void start() {
    engine = new JsExpressionEngine();
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  @ParameterizedTest
  @CsvSource({
    "$('Never').first(), no_execution_data, Never, noNodeExecutionData",
    "$('Never').item, no_execution_data, Never, noNodeExecutionData",
    "$items('Never'), no_execution_data, Never, noNodeExecutionData",
    "$('Nobody').all(), paired_item_no_connection, Nobody, nodeNotFound",
    "$node['Nobody'].json, paired_item_no_connection, Nobody, nodeNotFound",
    "$('Aside').item, paired_item_no_connection, Aside, pairedItemNoConnection",
    "$('Before').itemMatching(7), paired_item_no_info, Before, pairedItemNoInfo",
  })
  void errorsNameTheNode(String code, String type, String node, String descriptionKey) {
    ExpressionException error =
        catchThrowableOfType(
            ExpressionException.class,
            () -> engine.compile("={{ " + code + " }}").evaluate(scope(Map.of(), "Active")));

    assertThat(error.type()).isEqualTo(type);
    assertThat(error.nodeCause()).isEqualTo(node);
    assertThat(error.descriptionKey()).isEqualTo(descriptionKey);
  }

  @Test
  void theLegacyInputIsOneItemAfterANodeThatRunsOnce() {
    assertThat(evaluate("$items().length", Map.of(), "Active")).isEqualTo(2.0);
    assertThat(evaluate("$items().length", Map.of("executeOnce", true), "Active")).isEqualTo(1.0);
    assertThat(evaluate("$items('Before').length", Map.of("executeOnce", true), "Active"))
        .isEqualTo(2.0);
    assertThat(evaluate("$input.all().length", Map.of("executeOnce", true), "Active"))
        .isEqualTo(2.0);
  }

  @Test
  void anAgentSeesItsToolsAndThoseThatNobodyUses() {
    assertThat(evaluate("$agentInfo", Map.of(), "Active")).isEqualTo(Undefined.UNDEFINED);
    assertThat(evaluate("$agentInfo", Map.of(), "Agent"))
        .isEqualTo(
            Map.of(
                "memoryConnectedToAgent",
                true,
                "tools",
                List.of(
                    tool(true, "Mail", "Gmail", "message", "getAll", true, List.of("Send To")),
                    tool(false, "Sums", "Calculator", null, null, false, List.of()))));
  }

  private static Map<String, @Nullable Object> tool(
      boolean connected,
      String name,
      String type,
      @Nullable String resource,
      @Nullable String operation,
      boolean credentials,
      List<String> filled) {
    Map<String, @Nullable Object> tool = new HashMap<>();
    tool.put("connected", connected);
    tool.put("name", name);
    tool.put("type", type);
    tool.put("resource", resource == null ? null : "Message");
    tool.put("operation", operation == null ? null : "Get All");
    tool.put("hasCredentials", credentials);
    tool.put("aiDefinedFields", filled);
    return tool;
  }

  private static @Nullable Object evaluate(
      String code, Map<String, Object> before, String activeNode) {
    return engine.compile("={{ " + code + " }}").evaluate(scope(before, activeNode));
  }

  private static EvaluationScope scope(Map<String, Object> before, String activeNode) {
    Map<String, Object> first = new HashMap<>(Map.of("name", "Before", "type", "t"));
    first.putAll(before);
    List<Map<String, Object>> nodes =
        List.of(
            first,
            Map.of("name", "Active", "type", "t"),
            Map.of("name", "Never", "type", "t"),
            Map.of("name", "Aside", "type", "t"),
            Map.of("name", "Agent", "type", "@n8n/n8n-nodes-langchain.agent"),
            Map.of("name", "Memory", "type", "@n8n/n8n-nodes-langchain.memoryBufferWindow"),
            Map.of("name", "Sums", "type", "@n8n/n8n-nodes-langchain.toolCalculator"),
            Map.of(
                "name",
                "Mail",
                "type",
                "n8n-nodes-base.gmailTool",
                "credentials",
                Map.of("gmailOAuth2", Map.of("id", "1")),
                "parameters",
                Map.of(
                    "resource",
                    "message",
                    "operation",
                    "getAll",
                    "sendTo",
                    "={{ $fromAI('To') }}",
                    "subject",
                    "$fromAI('no expression')")));
    Map<String, Object> connections =
        Map.of(
            "Before", Map.of("main", List.of(List.of(target("Active", "main")))),
            "Memory", Map.of("ai_memory", List.of(List.of(target("Agent", "ai_memory")))),
            "Mail", Map.of("ai_tool", List.of(List.of(target("Agent", "ai_tool")))));
    WorkflowDocument workflow =
        WorkflowDocument.of(Map.of("nodes", nodes, "connections", connections));
    return Scopes.in(workflow, activeNode, List.of("Before", "Aside"), "{\"a\": 1}", "{\"a\": 2}");
  }

  private static Map<String, Object> target(String node, String type) {
    return Map.of("node", node, "type", type, "index", 0);
  }
}
