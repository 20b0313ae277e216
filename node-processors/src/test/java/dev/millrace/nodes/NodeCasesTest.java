package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.node.EffectNode;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.FlowNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeServices;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import dev.millrace.node.WebhookResponse;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases below {@code resources/nodes}, one folder per node. A case names its node's parameters
 * and {@code input} (or {@code inputs}), and the items of output 0 ({@code expected}), those of all
 * ({@code outputs}) or the error to expect. An input or expected item is its JSON, or a whole item
 * where it has the key {@code $item}. {@code context} is the node's context before the run, {@code
 * contextAfter} some of its keys afterwards, {@code response} the answer to the caller, {@code
 * credentials} the node's credentials by type.
 */
class NodeCasesTest {
  private static TestJavaScript engine;
  private static NodeCatalogue nodes;
  private static Map<String, Map<String, @Nullable Object>> credentials = Map.of();

  record Case(String node, String name, Map<?, ?> form) {
    @Override
    public String toString() {
      return node + ": " + name;
    }
  }

  @BeforeAll
  static void start() {
    engine = new TestJavaScript("America/New_York");
    nodes =
        NodeCatalogue.discover(
            new NodeServices(engine, (node, type) -> Optional.ofNullable(credentials.get(type))));
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  static Stream<Case> cases() throws IOException, URISyntaxException {
    Path root =
        Path.of(
            Objects.requireNonNull(NodeCasesTest.class.getClassLoader().getResource("nodes"))
                .toURI());
    List<Case> cases = new ArrayList<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".json")).sorted().toList()) {
        String node = Objects.requireNonNull(file.getParent()).getFileName().toString();
        for (Object form : (List<?>) Objects.requireNonNull(Json.parse(Files.readString(file)))) {
          Map<?, ?> map = (Map<?, ?>) Objects.requireNonNull(form);
          cases.add(new Case(node, String.valueOf(map.get("case")), map));
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void answers(Case test) {
    List<List<Item>> input = inputs(test);
    String before = input.toString();
    if (test.form.get("error") instanceof String error) {
      assertThatThrownBy(() -> run(test, input))
          .isInstanceOf(MillraceException.class)
          .hasMessage(error);
    } else {
      NodeOutput answer = run(test, input);
      if (test.form.get("outputs") instanceof List<?> outputs) {
        assertThat(allOf(answer)).isEqualTo(outputs);
      }
      compareSideEffects(test, answer);
      List<Item> output = firstOf(answer);
      if (test.form.containsKey("expected")) {
        assertThat(jsonOf(output)).isEqualTo(jsonOf(items(test, "expected")));
      }
      if (test.form.get("paired") instanceof List<?> paired) {
        assertThat(output.stream().map(NodeCasesTest::paired).toList()).isEqualTo(paired);
      }
      if (test.form.get("files") instanceof List<?> files) {
        assertThat(
                output.stream()
                    .map(item -> item.binary().keySet().stream().sorted().toList())
                    .toList())
            .isEqualTo(files);
      }
    }
    assertThat(input.toString()).as("the input is left alone").isEqualTo(before);
  }

  private static void compareSideEffects(Case test, NodeOutput answer) {
    if (test.form.get("contextAfter") instanceof Map<?, ?> expected) {
      Map<?, ?> context =
          new LinkedHashMap<>(Objects.requireNonNull(answer.context()).applyTo(context(test)));
      context.keySet().retainAll(expected.keySet());
      assertThat(context).isEqualTo(expected);
    }
    if (test.form.get("response") instanceof Map<?, ?> expected) {
      WebhookResponse response = Objects.requireNonNull(answer.response());
      Map<String, Object> shown = new LinkedHashMap<>();
      shown.put("status", (double) response.status());
      shown.put("headers", response.headers());
      shown.put("body", new String(response.body(), StandardCharsets.UTF_8));
      assertThat(shown).isEqualTo(expected);
    }
  }

  private static Map<String, @Nullable Object> context(Case test) {
    Map<String, @Nullable Object> given = new LinkedHashMap<>();
    if (test.form.get("context") instanceof Map<?, ?> context) {
      context.forEach((key, value) -> given.put(String.valueOf(key), value));
    }
    return given;
  }

  private static NodeOutput run(Case test, List<List<Item>> input) {
    NodeProcessor processor = nodes.find("n8n-nodes-base." + test.node).orElseThrow();
    credentials = credentials(test);
    Map<String, Object> stored = new LinkedHashMap<>();
    stored.put("name", "Node");
    stored.put("type", processor.spec().type());
    stored.put(
        "typeVersion",
        Objects.requireNonNullElse(
            test.form.get("typeVersion"), processor.spec().versions().getLast()));
    stored.put("position", List.of(0.0, 0.0));
    stored.put("parameters", Objects.requireNonNullElse(test.form.get("parameters"), Map.of()));
    if (test.form.get("onError") instanceof String onError) {
      stored.put("onError", onError);
    }
    Map<String, @Nullable Object> workflow = new LinkedHashMap<>();
    // A webhook comes before every node, since some look for the request that they answer.
    Map<String, Object> webhook =
        Map.of("name", "Webhook", "type", "n8n-nodes-base.webhook", "position", List.of(0.0, 0.0));
    workflow.put("nodes", List.of(stored, webhook));
    Map<String, Object> edge = Map.of("node", "Node", "type", "main", "index", 0.0);
    workflow.put("connections", Map.of("Webhook", Map.of("main", List.of(List.of(edge)))));
    WorkflowDocument document = WorkflowDocument.of(workflow);
    WorkflowNode node = document.nodes().getFirst();
    FakeExecution execution = new FakeExecution(document);
    if (test.form.get("mode") instanceof String mode) {
      execution.mode(ExecutionMode.valueOf(mode));
    }
    execution.context("Node", context(test));
    FakeCall call = new FakeCall(processor.spec(), node, execution, engine, input);
    return switch (processor) {
      case TransformNode transform -> transform.run(call);
      case FlowNode flow -> flow.run(call);
      case TriggerNode trigger -> trigger.run(call);
      case EffectNode effect -> FakeWorker.run(effect, call);
      case KeyedNode keyed -> MemoryState.run(keyed, call);
    };
  }

  private static Map<String, Map<String, @Nullable Object>> credentials(Case test) {
    Map<String, Map<String, @Nullable Object>> byType = new LinkedHashMap<>();
    if (test.form.get("credentials") instanceof Map<?, ?> given) {
      given.forEach((type, fields) -> {
        Map<String, @Nullable Object> credential = new LinkedHashMap<>();
        ((Map<?, ?>) Objects.requireNonNull(fields))
            .forEach((name, value) -> credential.put(String.valueOf(name), value));
        byType.put(String.valueOf(type), credential);
      });
    }
    return byType;
  }

  private static List<List<Item>> inputs(Case test) {
    List<List<Item>> inputs = new ArrayList<>();
    if (test.form.get("inputs") instanceof List<?> given) {
      for (Object items : given) {
        inputs.add(items((List<?>) Objects.requireNonNull(items)));
      }
    } else {
      inputs.add(items(test, "input"));
    }
    return inputs;
  }

  private static List<Item> firstOf(NodeOutput output) {
    List<@Nullable List<Item>> outputs = output.outputs();
    return outputs == null ? List.of() : Objects.requireNonNull(outputs.getFirst());
  }

  private static List<List<Map<String, @Nullable Object>>> allOf(NodeOutput output) {
    List<List<Map<String, @Nullable Object>>> all = new ArrayList<>();
    for (List<Item> items : Objects.requireNonNull(output.outputs())) {
      all.add(jsonOf(Objects.requireNonNull(items)));
    }
    return all;
  }

  private static List<Item> items(Case test, String key) {
    return items((List<?>) Objects.requireNonNull(test.form.get(key), key));
  }

  private static List<Item> items(List<?> forms) {
    List<Item> items = new ArrayList<>();
    for (Object form : forms) {
      Map<?, ?> map = (Map<?, ?>) Objects.requireNonNull(form);
      items.add(
          Item.fromJson(map.get("$item") instanceof Map<?, ?> item ? item : Map.of("json", map)));
    }
    return items;
  }

  private static List<Map<String, @Nullable Object>> jsonOf(List<Item> items) {
    return items.stream().map(Item::json).toList();
  }

  private static List<Double> paired(Item item) {
    return Objects.requireNonNull(item.pairing()).all().stream()
        .map(PairedItem::item)
        .map(Integer::doubleValue)
        .toList();
  }
}
