package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.EffectNode;
import dev.millrace.node.FlowNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeServices;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import dev.millrace.value.Json;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Recorded unit cases of functions inside of nodes, each put as a run of the whole node that has
 * the same outcome.
 */
class SharedUnitCasesTest {
  private static TestJavaScript engine;
  private static NodeCatalogue nodes;

  record Unit(String test, List<?> calls, List<?> expectations) {
    @Override
    public String toString() {
      return test;
    }

    List<?> arguments(int call) {
      return list(map(calls.get(call)).get("args"));
    }
  }

  @BeforeAll
  static void start() {
    engine = new TestJavaScript("America/New_York");
    nodes = NodeCatalogue.discover(new NodeServices(engine));
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  private static Stream<Unit> units(String file, Set<String> functions) throws IOException {
    Path path =
        Path.of(System.getProperty("millrace.shared", ""), "n8n/conformance/units", file + ".json");
    if (!Files.exists(path)) {
      return Stream.of(new Unit("skipped: no behaviour data at " + path, List.of(), List.of()));
    }
    List<Unit> units = new ArrayList<>();
    for (Object test : list(Json.parseObject(Files.readAllBytes(path)).get("tests"))) {
      List<?> calls = list(map(test).get("calls"));
      if (functions.contains(String.valueOf(map(calls.getFirst()).get("fn")))) {
        units.add(
            new Unit(String.valueOf(map(test).get("test")), calls, list(map(test).get("expect"))));
      }
    }
    return units.stream();
  }

  static Stream<Unit> merges() throws IOException {
    return units(
        "Merge__test__v3__operations",
        Set.of(
            "combineBySql.execute.call",
            "append.execute.call",
            "combineByFields.execute.call",
            "combineByPosition.execute.call",
            "combineAll.execute.call",
            "chooseBranch.execute.call"));
  }

  @ParameterizedTest
  @MethodSource("merges")
  void merge(Unit unit) {
    assumeTrue(!unit.calls.isEmpty(), unit.test);
    Map<?, ?> call = map(unit.calls.getFirst());
    Map<?, ?> context = map(map(unit.arguments(0).getFirst()).get("$context"));
    Map<String, @Nullable Object> parameters = copy(map(context.get("parameters")));
    String operation = String.valueOf(call.get("fn")).replace(".execute.call", "");
    parameters.put(
        "mode", operation.matches("combine(By(Fields|Position)|All)") ? "combine" : operation);
    parameters.put("combineBy", operation);
    List<List<Item>> inputs = new ArrayList<>();
    for (Object items : list(unit.arguments(0).get(1))) {
      inputs.add(list(items).stream().map(item -> Item.fromJson(map(item))).toList());
    }
    Object version = map(context.get("node")).get("typeVersion");

    Object result;
    try {
      List<Object> outputs = new ArrayList<>();
      for (List<Item> items :
          Objects.requireNonNull(run("merge", version, parameters, inputs).outputs())) {
        outputs.add(Objects.requireNonNull(items).stream().map(Item::toJson).toList());
      }
      result = outputs;
    } catch (NodeException failed) {
      result = Map.of("message", failed.text(), "failed", true);
    }

    for (Object form : unit.expectations) {
      Map<?, ?> expectation = map(form);
      Object expected = expectation.get("expected");
      String matcher = String.valueOf(expectation.get("matcher"));
      if (expectation.containsKey("rejects")) {
        // Why a query fails is told in other words.
        assertThat(map(result).get("failed")).isEqualTo(true);
      } else if (matcher.startsWith("toBe") || matcher.equals("toEqual")) {
        if (!String.valueOf(expectation.get("of")).contains(".some()")) {
          Object access = expectation.get("access");
          assertThat(at(result, access == null ? "" : access.toString()))
              .as(Json.text(expectation))
              .isEqualTo(expected);
        }
      }
    }
  }

  static Stream<Unit> errors() throws IOException {
    return units("StopAndError__test__utils", Set.of("createErrorFromParameters"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void stopAndError(Unit unit) {
    assumeTrue(!unit.calls.isEmpty(), unit.test);
    List<?> arguments = unit.arguments(0);
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    parameters.put("errorType", arguments.get(0));
    parameters.put(String.valueOf(arguments.get(0)), arguments.get(1));

    NodeException error = failure("stopAndError", 1.0, parameters);

    for (Object form : unit.expectations) {
      Map<?, ?> expectation = map(form);
      Object expected =
          "toBeUndefined".equals(expectation.get("matcher")) ? null : expectation.get("expected");
      switch (String.valueOf(expectation.get("access"))) {
        case ".message" -> assertThat(error.text()).isEqualTo(expected);
        case ".options.description" -> assertThat(error.description()).isEqualTo(expected);
        case ".options.type" -> assertThat(error.detail().get("type")).isEqualTo(expected);
        case ".options.metadata" -> assertThat(error.detail()).isEqualTo(expected);
        default -> assertThat(error.text()).isNotNull();
      }
    }
  }

  static Stream<Unit> jsonTexts() throws IOException {
    return Stream.concat(
        units("Set__test__v2__utils", Set.of("parseJsonParameter")),
        units("Set__v2__helpers____tests____utils", Set.of("parseJsonParameter")));
  }

  @ParameterizedTest
  @MethodSource("jsonTexts")
  void rawModeOfEditFields(Unit unit) {
    assumeTrue(!unit.calls.isEmpty(), unit.test);
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    parameters.put("mode", "raw");
    parameters.put("jsonOutput", unit.arguments(0).getFirst());
    Map<?, ?> expectation = map(unit.expectations.getFirst());
    if ("toThrow".equals(expectation.get("matcher"))) {
      assertThat(failure("set", 3.4, parameters).text()).isEqualTo(expectation.get("expected"));
    } else {
      NodeOutput output = run("set", 3.4, parameters, List.of(List.of(Item.empty())));
      assertThat(first(output).json()).isEqualTo(expectation.get("expected"));
    }
  }

  static Stream<Unit> assignments() throws IOException {
    return units("Set__v2__helpers____tests____utils", Set.of("prepareReturnItem"))
        // Those with files have them from a mock that the data does not show.
        .filter(unit -> !unit.test.contains("binary") && !unit.test.contains("Mixed"));
  }

  @ParameterizedTest
  @MethodSource("assignments")
  void manualModeOfEditFields(Unit unit) {
    assumeTrue(!unit.calls.isEmpty(), unit.test);
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    parameters.put("includeOtherFields", true);
    if (unit.arguments(0).get(1) instanceof Map<?, ?> assignments) {
      parameters.put("assignments", assignments);
    }
    Item item = Item.fromJson(map(unit.arguments(0).get(3)));
    NodeOutput output = run("set", 3.4, parameters, List.of(List.of(item)));
    for (Object form : unit.expectations) {
      Map<?, ?> expectation = map(form);
      if (!".json".equals(expectation.get("access"))) {
        assertThat(first(output).binary()).isEqualTo(item.binary());
      } else if ("toHaveProperty".equals(expectation.get("matcher"))) {
        assertThat(first(output).json()).containsKey(String.valueOf(expectation.get("expected")));
      } else {
        assertThat(first(output).json()).isEqualTo(expectation.get("expected"));
      }
    }
  }

  private static NodeException failure(
      String node, Object version, Map<String, @Nullable Object> parameters) {
    try {
      run(node, version, parameters, List.of(List.of(Item.empty())));
    } catch (NodeException failed) {
      return failed;
    } catch (MillraceException other) {
      throw new AssertionError("not the node's own error", other);
    }
    throw new AssertionError("the node did not fail");
  }

  private static NodeOutput run(
      String node,
      @Nullable Object version,
      Map<String, @Nullable Object> parameters,
      List<List<Item>> inputs) {
    NodeProcessor processor = nodes.find("n8n-nodes-base." + node).orElseThrow();
    Map<String, @Nullable Object> stored = new LinkedHashMap<>();
    stored.put("name", "Node");
    stored.put("type", processor.spec().type());
    stored.put("typeVersion", version);
    stored.put("parameters", parameters);
    WorkflowDocument workflow = WorkflowDocument.of(Map.of("nodes", List.of(stored)));
    FakeCall call =
        new FakeCall(
            processor.spec(),
            workflow.nodes().getFirst(),
            new FakeExecution(workflow),
            engine,
            inputs);
    return switch (processor) {
      case TransformNode transform -> transform.run(call);
      case FlowNode flow -> flow.run(call);
      case TriggerNode trigger -> trigger.run(call);
      case EffectNode effect -> FakeWorker.run(effect, call);
      case KeyedNode keyed -> MemoryState.run(keyed, call);
    };
  }

  private static Item first(NodeOutput output) {
    return Objects.requireNonNull(Objects.requireNonNull(output.outputs()).getFirst()).getFirst();
  }

  /** What a path such as {@code [0][1].json} or {@code .length} leads to. */
  private static @Nullable Object at(Object result, String access) {
    Map<String, @Nullable Object> root = new LinkedHashMap<>();
    root.put("result", result);
    Object value = PropertyPath.get(root, "result" + access);
    return value == Undefined.UNDEFINED ? null : value;
  }

  private static Map<String, @Nullable Object> copy(Map<?, ?> map) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>();
    map.forEach((key, value) -> copy.put(String.valueOf(key), value));
    return copy;
  }

  private static List<?> list(@Nullable Object value) {
    return (List<?>) Objects.requireNonNull(value);
  }

  private static Map<?, ?> map(@Nullable Object value) {
    return (Map<?, ?>) Objects.requireNonNull(value);
  }
}
