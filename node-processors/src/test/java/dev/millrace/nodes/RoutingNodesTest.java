package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeException;
import dev.millrace.node.TransformNode;
import dev.millrace.nodes.flow.FilterNode;
import dev.millrace.nodes.flow.IfNode;
import dev.millrace.nodes.flow.SwitchNode;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** If, Filter and Switch: which item leaves by which output. */
class RoutingNodesTest {
  private static TestJavaScript engine;

  @BeforeAll
  static void start() {
    engine = new TestJavaScript("America/New_York");
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  private static final String EQUALS_A =
      """
      {"combinator": "and", "conditions": [{"leftValue": "={{ $json.v }}", "rightValue": "a",
        "operator": {"type": "string", "operation": "equals"}}]}\
      """;

  @ParameterizedTest
  @ValueSource(doubles = {2, 2.1, 2.2, 2.3})
  void ifSendsEachItemToOneOfTwoOutputs(double version) {
    assertThat(run(new IfNode(), version, "{\"conditions\": " + EQUALS_A + "}", "a", "b", "A"))
        .containsExactly(List.of("a"), List.of("b", "A"));
  }

  @Test
  void caseIsIgnoredOnRequest() {
    String parameters = "{\"conditions\": " + EQUALS_A + ", \"options\": {\"ignoreCase\": true}}";
    assertThat(run(new IfNode(), 2.3, parameters, "a", "b", "A"))
        .containsExactly(List.of("a", "A"), List.of("b"));
  }

  @Test
  void caseIsIgnoredForTheItemsThatSaySo() {
    String parameters =
        "{\"conditions\": "
            + EQUALS_A
            + ", \"options\": {\"ignoreCase\": \"={{ $json.v === 'A' }}\"}}";
    assertThat(run(new IfNode(), 2.3, parameters, "a", "b", "A"))
        .containsExactly(List.of("a", "A"), List.of("b"));
  }

  @Test
  void anOperatorMayBeAnExpression() {
    String parameters =
        "{\"conditions\": " + EQUALS_A.replace("\"equals\"", "\"={{ 'notEquals' }}\"") + "}";
    assertThat(run(new IfNode(), 2.3, parameters, "a", "b"))
        .containsExactly(List.of("b"), List.of("a"));
  }

  @Test
  void aWrongTypeFailsTheNodeUnlessItGoesOn() {
    String parameters =
        """
        {"conditions": {"combinator": "and", "conditions": [{"leftValue": "={{ $json.v }}",
          "rightValue": 5, "operator": {"type": "number", "operation": "equals"}}]}}\
        """;
    assertThatThrownBy(() -> run(new IfNode(), 2.3, parameters, "a"))
        .isInstanceOf(NodeException.class)
        .hasMessage("Wrong type: 'a' is a string but was expecting a number [condition 0, item 0]");
    assertThat(
            run(
                new IfNode(),
                2.3,
                parameters,
                Map.of("onError", "continueRegularOutput"),
                "a",
                5.0))
        .containsExactly(List.of(5.0), List.of("a"));
    assertThat(
            run(
                new FilterNode(),
                2.3,
                parameters,
                Map.of("onError", "continueRegularOutput"),
                "a",
                5.0))
        .containsExactly(List.of(5.0));
  }

  @Test
  void typesAreConvertedWhereThatIsAllowed() {
    String conditions =
        """
        "conditions": {"combinator": "and", "conditions": [{"leftValue": "={{ $json.v }}",
          "rightValue": 5, "operator": {"type": "number", "operation": "equals"}}]}\
        """;
    assertThat(
            run(new FilterNode(), 2.3, "{\"looseTypeValidation\": true, " + conditions + "}", "5"))
        .containsExactly(List.of("5"));
    assertThat(
            run(
                new FilterNode(),
                2,
                "{\"options\": {\"looseTypeValidation\": true}, " + conditions + "}",
                "5"))
        .containsExactly(List.of("5"));
  }

  @Test
  void emptyConditionsHoldForAndButNotForOr() {
    assertThat(run(new IfNode(), 2.3, "{\"conditions\": {\"combinator\": \"and\"}}", "a"))
        .containsExactly(List.of("a"), List.of());
    assertThat(run(new IfNode(), 2.3, "{\"conditions\": {\"combinator\": \"or\"}}", "a"))
        .containsExactly(List.of(), List.of("a"));
  }

  @Test
  void theFirstVersionComparesByDefaultForSmaller() {
    String parameters =
        """
        {"conditions": {"number": [{"value1": "={{ $json.v }}", "value2": 5}]},
         "combineOperation": "any"}\
        """;
    assertThat(run(new IfNode(), 1, parameters, 4.0, 5.0, 6.0))
        .containsExactly(List.of(4.0), List.of(5.0, 6.0));
  }

  @Test
  void theFirstVersionOfFilterCombinesConditionsOfSeveralTypes() {
    String conditions =
        """
        "conditions": {"number": [{"value1": "={{ $json.v }}", "operation": "larger", "value2": 5}],
          "string": [{"value1": "={{ $json.v }}", "operation": "startsWith", "value2": "1"}]}\
        """;
    assertThat(run(new FilterNode(), 1, "{" + conditions + "}", 1.0, 7.0, 10.0))
        .containsExactly(List.of(10.0));
    assertThat(
            run(
                new FilterNode(),
                1,
                "{\"combineConditions\": \"OR\", " + conditions + "}",
                1.0,
                7.0,
                2.0))
        .containsExactly(List.of(1.0, 7.0));
  }

  private static String rules(String options) {
    return "{\"rules\": {\"values\": [{\"conditions\": "
        + EQUALS_A
        + "}, {\"conditions\": "
        + EQUALS_A.replace("equals", "startsWith")
        + "}]}, \"options\": "
        + options
        + "}";
  }

  @ParameterizedTest
  @ValueSource(doubles = {3, 3.1, 3.2, 3.3, 3.4})
  void switchTakesTheFirstRuleThatHolds(double version) {
    assertThat(run(new SwitchNode(), version, rules("{}"), "a", "ab", "b"))
        .containsExactly(List.of("a"), List.of("ab"));
  }

  @Test
  void switchTakesEveryRuleOnRequest() {
    assertThat(run(new SwitchNode(), 3.4, rules("{\"allMatchingOutputs\": true}"), "a", "ab"))
        .containsExactly(List.of("a"), List.of("a", "ab"));
  }

  @Test
  void switchHasAFallback() {
    assertThat(run(new SwitchNode(), 3.4, rules("{\"fallbackOutput\": \"extra\"}"), "a", "b"))
        .containsExactly(List.of("a"), List.of(), List.of("b"));
    assertThat(run(new SwitchNode(), 3.4, rules("{\"fallbackOutput\": 0}"), "ab", "b"))
        .containsExactly(List.of("b"), List.of("ab"));
  }

  @Test
  void switchGoesByNumber() {
    String parameters =
        "{\"mode\": \"expression\", \"numberOutputs\": 3, \"output\": \"={{ $json.v }}\"}";
    assertThat(run(new SwitchNode(), 3.4, parameters, 2.0, 0.0))
        .containsExactly(List.of(0.0), List.of(), List.of(2.0));
    assertThatThrownBy(() -> run(new SwitchNode(), 3.4, parameters, 3.0))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("Output 3 does not exist");
    assertThatThrownBy(() -> run(new SwitchNode(), 3.4, parameters, 0.5))
        .isInstanceOf(NodeException.class);
  }

  @Test
  void switchThatGoesOnAnswersAnErrorItem() {
    String parameters =
        "{\"mode\": \"expression\", \"numberOutputs\": 2, \"output\": \"={{ $json.v }}\"}";
    List<List<Item>> outputs =
        outputs(
            new SwitchNode(),
            3.4,
            parameters,
            Map.of("onError", "continueRegularOutput"),
            7.0,
            1.0);
    assertThat(outputs.get(0)).hasSize(1);
    assertThat(outputs.get(0).get(0).json()).containsOnlyKeys("error");
    assertThat(outputs.get(0).get(0).pairing()).isEqualTo(Pairing.to(0));
    assertThat(outputs.get(1)).hasSize(1);
  }

  @Test
  void olderSwitchesNameTheirOutputsInTheRulesOrByTheirPlace() {
    String first =
        """
        {"dataType": "string", "value1": "={{ $json.v }}", "fallbackOutput": 3,
         "rules": {"rules": [{"value2": "a", "output": 2}, {"operation": "regex", "value2": "/^B/i"}]}}\
        """;
    assertThat(run(new SwitchNode(), 1, first, "a", "bb", "c"))
        .containsExactly(List.of("bb"), List.of(), List.of("a"), List.of("c"));
    String second =
        """
        {"dataType": "string", "value1": "={{ $json.v }}",
         "rules": {"rules": [{"value2": "a"}, {"value2": "b"}]}}\
        """;
    assertThat(run(new SwitchNode(), 2, second, "b", "a", "c"))
        .containsExactly(List.of("a"), List.of("b"));
  }

  private static List<List<Object>> run(
      TransformNode node, double version, String parameters, Object... values) {
    return run(node, version, parameters, Map.of(), values);
  }

  private static List<List<Object>> run(
      TransformNode node,
      double version,
      String parameters,
      Map<String, Object> settings,
      Object... values) {
    return outputs(node, version, parameters, settings, values).stream()
        .map(items -> items.stream().map(RoutingNodesTest::value).toList())
        .toList();
  }

  private static List<List<Item>> outputs(
      TransformNode node,
      double version,
      String parameters,
      Map<String, Object> settings,
      Object... values) {
    Map<String, @Nullable Object> stored = new LinkedHashMap<>(settings);
    stored.put("name", "Node");
    stored.put("type", node.spec().type());
    stored.put("typeVersion", version);
    stored.put("parameters", Json.parse(parameters));
    WorkflowDocument workflow = WorkflowDocument.of(Map.of("nodes", List.of(stored)));
    WorkflowNode document = workflow.nodes().get(0);
    List<Item> input =
        IntStream.range(0, values.length)
            .mapToObj(i -> Item.of(Map.of("v", values[i])).withPairing(Pairing.to(i)))
            .toList();
    return Objects.requireNonNull(
            node.run(
                    new FakeCall(node.spec(), document, input, new FakeExecution(workflow), engine))
                .outputs())
        .stream()
        .map(items -> items == null ? List.<Item>of() : items)
        .toList();
  }

  private static Object value(Item item) {
    return Objects.requireNonNull(item.json().get("v"));
  }
}
