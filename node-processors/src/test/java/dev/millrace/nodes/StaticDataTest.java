package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.StateScope;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** User code and the workflow's static data, over several runs. */
class StaticDataTest {
  private static final JsExpressionEngine EXPRESSIONS = new JsExpressionEngine();
  private static final NodeCatalogue NODES = NodeCatalogue.discover(new NodeServices(EXPRESSIONS));
  private static final String COUNT =
      "const d = $getWorkflowStaticData('global'); d.n = (d.n ?? 0) + 1; return [{n: d.n}];";

  private final MemoryState state = new MemoryState();
  private final Map<String, @Nullable Object> document = new LinkedHashMap<>();
  private ExecutionMode mode = ExecutionMode.WEBHOOK;
  private @Nullable Map<String, @Nullable Object> byHand;

  @AfterAll
  static void close() {
    EXPRESSIONS.close();
  }

  private static KeyedNode node(String type) {
    return (KeyedNode) NODES.find("n8n-nodes-base." + type).orElseThrow();
  }

  private FakeCall call(String type, String name, Map<String, Object> parameters, int items) {
    Map<String, @Nullable Object> raw = new LinkedHashMap<>(document);
    raw.put(
        "nodes",
        List.of(
            Map.of(
                "id",
                "n-1",
                "name",
                name,
                "type",
                "n8n-nodes-base." + type,
                "typeVersion",
                type.equals("code") ? 2.0 : 1.0,
                "position",
                List.of(0.0, 0.0),
                "parameters",
                parameters)));
    WorkflowDocument workflow = WorkflowDocument.of(raw);
    FakeExecution execution = new FakeExecution(workflow).staticData(byHand);
    execution.mode(mode);
    return new FakeCall(
        node(type).spec(),
        workflow.nodes().getFirst(),
        java.util.Collections.nCopies(items, Item.empty()),
        execution,
        EXPRESSIONS);
  }

  private List<Object> run(String type, String name, Map<String, Object> parameters, int items) {
    FakeCall call = call(type, name, parameters, items);
    assertThat(node(type).scope(call)).isNotNull();
    NodeOutput output = node(type).run(call, state);
    byHand = Objects.requireNonNull(output.effects()).staticData();
    return Objects.requireNonNull(Objects.requireNonNull(output.outputs()).getFirst()).stream()
        .<Object>map(item -> Objects.requireNonNull(item.json().get("n")))
        .toList();
  }

  private List<Object> run(String code) {
    return run("code", "Code", Map.of("jsCode", code), 1);
  }

  @Test
  void whatOneRunKeepsTheNextOneFinds() {
    assertThat(run(COUNT)).containsExactly(1.0);
    assertThat(run(COUNT)).containsExactly(2.0);
    assertThat(run(COUNT)).containsExactly(3.0);
    assertThat(stored("global")).isEqualTo("{\"n\":3}");
  }

  private @Nullable String stored(String scope) {
    byte[] json = state.get(scope);
    return json == null ? null : new String(json, StandardCharsets.UTF_8);
  }

  @Test
  void eachItemOfARunFindsWhatTheOneBeforeLeft() {
    Map<String, Object> each =
        Map.of("mode", "runOnceForEachItem", "jsCode", COUNT.replace("[{n: d.n}]", "{n: d.n}"));
    assertThat(run("code", "Code", each, 3)).containsExactly(1.0, 2.0, 3.0);
    assertThat(run("code", "Code", each, 2)).containsExactly(4.0, 5.0);
  }

  @Test
  void theOlderNodesHaveItToo() {
    String legacy = "const d = getWorkflowStaticData('global'); d.n = (d.n || 0) + 1; ";
    assertThat(run("function", "F", Map.of("functionCode", legacy + "return [{n: d.n}];"), 1))
        .containsExactly(1.0);
    assertThat(
            run(
                "functionItem",
                "I",
                Map.of("functionCode", legacy + "item.n = d.n; return item;"),
                2))
        .containsExactly(2.0, 3.0);
    assertThat(run(COUNT)).containsExactly(4.0);
  }

  @Test
  void aNodesOwnIsNoOtherNodes() {
    String own = COUNT.replace("'global'", "'node'");
    assertThat(run("code", "A", Map.of("jsCode", own), 1)).containsExactly(1.0);
    assertThat(run("code", "B", Map.of("jsCode", own), 1)).containsExactly(1.0);
    assertThat(run("code", "A", Map.of("jsCode", own), 1)).containsExactly(2.0);
    assertThat(stored("node:A")).isEqualTo("{\"n\":2}");
    assertThat(stored("global")).isNull();
  }

  @Test
  void itBeginsWithWhatTheDocumentBrought() {
    document.put("staticData", Map.of("global", Map.of("n", 41.0)));
    assertThat(run(COUNT)).containsExactly(42.0);
    assertThat(run(COUNT)).containsExactly(43.0);
  }

  @Test
  void aRunByHandKeepsNothingButItsExecutionGoesOnWithIt() {
    run(COUNT);
    mode = ExecutionMode.MANUAL;
    assertThat(run(COUNT)).containsExactly(2.0);
    assertThat(byHand).containsEntry("global", Map.of("n", 2.0));
    assertThat(run(COUNT)).containsExactly(3.0);
    assertThat(stored("global")).isEqualTo("{\"n\":1}");

    byHand = null;
    assertThat(run(COUNT)).as("another execution").containsExactly(2.0);
  }

  @Test
  void lookingChangesNothing() {
    run("return [{n: Object.keys($getWorkflowStaticData('global')).length}];");
    assertThat(state.size()).isZero();
    run(COUNT);
    run("delete $getWorkflowStaticData('global').n; return [{n: 0}];");
    assertThat(stored("global")).isEqualTo("{}");
  }

  @Test
  void codeThatFailsKeepsNothing() {
    run(COUNT);
    assertThatThrownBy(
            () -> run("$getWorkflowStaticData('global').n = 9; throw new Error('boom');"))
        .isInstanceOf(MillraceException.class);
    assertThat(stored("global")).isEqualTo("{\"n\":1}");
  }

  @Test
  void moreThanTheLimitIsRefusedAndSaysSo() {
    assertThatThrownBy(() ->
            run("$getWorkflowStaticData('global').n = 'x'.repeat(1048577);" + " return [{n: 1}];"))
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(ErrorCode.STATE_TOO_LARGE);
              assertThat(refused.text()).contains("global", "1048585");
            });
    assertThat(state.size()).isZero();
  }

  private static @Nullable StateScope scope(StaticDataTest test, String code) {
    return node("code").scope(test.call("code", "Code", Map.of("jsCode", code), 1));
  }

  @Test
  void codeThatDoesNotAskForItStaysWhereItIs() {
    assertThat(scope(this, "return $input.all();")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "return [{n: $input.first().json.a}]",
        "for (const item of items) item.json.n = `${$json.a}`; return items;",
        "return [{n: $execution.id + $workflow.name + $now.toISO()}]"
      })
  void codeThatLooksAtItsOwnItemsTakesNothingElse(String code) {
    StateScope scope = scope(this, "$getWorkflowStaticData('node').n = 1; " + code);
    assertThat(Objects.requireNonNull(scope).seesExecution()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "return $('Other').all()",
        "return [$node['Other'].json]",
        "return $items('Other')",
        "return [{n: $input.params.x}]",
        "return [{n: $prevNode.name}]",
        "return [$input.itemMatching(0)]",
        "return [{n: this.helpers}]",
        "return [{n: $evaluateExpression('{{ 1 }}')}]"
      })
  void codeThatMayLookAtOtherNodesTakesThemAlong(String code) {
    StateScope scope = scope(this, "$getWorkflowStaticData('node').n = 1; " + code);
    assertThat(Objects.requireNonNull(scope).seesExecution()).isTrue();
  }
}
