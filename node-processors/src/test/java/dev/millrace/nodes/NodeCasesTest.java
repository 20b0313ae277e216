package dev.millrace.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.TransformNode;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The cases below {@code resources/nodes}, one folder per node. A case names its node's parameters
 * and input, and the items or the error to expect. An input or expected item is its JSON, or a
 * whole item where it has the key {@code $item}.
 */
class NodeCasesTest {
  private static TestJavaScript engine;
  private static NodeCatalogue nodes;

  record Case(String node, String name, Map<?, ?> form) {
    @Override
    public String toString() {
      return node + ": " + name;
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
    List<Item> input = items(test, "input");
    String before = input.toString();
    if (test.form.get("error") instanceof String error) {
      assertThatThrownBy(() -> run(test, input))
          .isInstanceOf(MillraceException.class)
          .hasMessage(error);
    } else {
      List<Item> output = run(test, input);
      assertThat(jsonOf(output)).isEqualTo(jsonOf(items(test, "expected")));
      if (test.form.get("paired") instanceof List<?> paired) {
        assertThat(output.stream().map(NodeCasesTest::paired).toList()).isEqualTo(paired);
      }
      if (test.form.get("files") instanceof List<?> files) {
        assertThat(output.stream().map(item -> List.copyOf(item.binary().keySet())).toList())
            .isEqualTo(files);
      }
    }
    assertThat(input.toString()).as("the input is left alone").isEqualTo(before);
  }

  private static List<Item> run(Case test, List<Item> input) {
    TransformNode processor =
        (TransformNode) nodes.find("n8n-nodes-base." + test.node).orElseThrow();
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
    workflow.put("nodes", List.of(stored));
    workflow.put("connections", Map.of());
    WorkflowDocument document = WorkflowDocument.of(workflow);
    WorkflowNode node = document.nodes().getFirst();
    NodeOutput output =
        processor.run(
            new FakeCall(processor.spec(), node, input, new FakeExecution(document), engine));
    return Objects.requireNonNull(Objects.requireNonNull(output.outputs()).getFirst());
  }

  private static List<Item> items(Case test, String key) {
    List<Item> items = new ArrayList<>();
    for (Object form : (List<?>) Objects.requireNonNull(test.form.get(key), key)) {
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
