package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.item.Item;
import dev.millrace.node.NodeRun;
import dev.millrace.testing.GraphWorkflow;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Observed traces of small graphs in both execution orders: order, data, lineage, sources. */
class OrderVectorsTest {
  private static final int GRAPHS = 35;

  @TestFactory
  Stream<DynamicTest> traces() throws IOException {
    Path file = Path.of(System.getProperty("millrace.shared", ""), "n8n/vectors/engine-order.json");
    assumeTrue(Files.exists(file), "skipped: there is no " + file);
    List<?> scenarios = list(Json.parseObject(Files.readAllBytes(file)).get("scenarios"));
    assertThat(scenarios).hasSize(GRAPHS);
    return scenarios.stream()
        .flatMap(scenario -> Stream.of("v1", "v0").map(order -> trace(object(scenario), order)));
  }

  private static DynamicTest trace(Map<String, @Nullable Object> scenario, String order) {
    return DynamicTest.dynamicTest(
        order + ": " + scenario.get("name"),
        () -> {
          ExecutionState state =
              new TestExecution(graph(scenario).document(order), Budget.DEFAULT)
                  .run(
                      TestExecution.start(
                          String.valueOf(scenario.get("start")), destination(scenario)))
                  .state();
          assertThat(Json.pretty(picture(state), 2))
              .isEqualTo(Json.pretty(expected(object(scenario.get(order))), 2));
        });
  }

  private static Command.@Nullable Destination destination(Map<String, @Nullable Object> scenario) {
    Map<String, @Nullable Object> form = object(scenario.get("destination"));
    return form.get("nodeName") instanceof String name
        ? new Command.Destination(name, !"exclusive".equals(form.get("mode")))
        : null;
  }

  private static GraphWorkflow graph(Map<String, @Nullable Object> scenario) {
    GraphWorkflow graph = new GraphWorkflow().pins(object(scenario.get("pinData")));
    for (Object tuple : list(scenario.get("nodes"))) {
      List<?> node = list(tuple);
      graph.node(
          String.valueOf(node.get(0)),
          String.valueOf(node.get(1)),
          (Double) Objects.requireNonNull(node.get(2)),
          (Double) Objects.requireNonNull(node.get(3)),
          node.size() > 4 ? object(node.get(4)) : Map.of(),
          node.size() > 5 ? object(node.get(5)) : Map.of());
    }
    for (Object tuple : list(scenario.get("edges"))) {
      List<?> edge = list(tuple);
      graph.edge(
          String.valueOf(edge.get(0)),
          integer(edge.get(1)),
          String.valueOf(edge.get(2)),
          integer(edge.get(3)));
    }
    return graph;
  }

  /** A trace in one form: keys in one order, lineage by way of its reader. */
  private static Map<String, @Nullable Object> expected(Map<String, @Nullable Object> trace) {
    List<Object> runs = new ArrayList<>();
    for (Object form : list(trace.get("runs"))) {
      Map<String, @Nullable Object> run = object(form);
      Map<String, @Nullable Object> picture = new LinkedHashMap<>();
      for (String key : List.of("idx", "node", "run", "status", "out")) {
        picture.put(key, run.get(key));
      }
      List<Object> pairs = new ArrayList<>();
      for (Object output : list(run.get("pairs"))) {
        pairs.add(list(output).stream().map(p -> pair(Item.pairingFromJson(p))).toList());
      }
      picture.put("pairs", pairs);
      picture.put("source", run.get("source"));
      runs.add(picture);
    }
    return picture(String.valueOf(trace.get("status")), trace.get("lastNodeExecuted"), runs);
  }

  private static Map<String, @Nullable Object> picture(ExecutionState state) {
    List<Object> runs = new ArrayList<>();
    state.allRuns().values().stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparingInt(NodeRun::executionIndex))
        .forEach(run -> runs.add(picture(run)));
    return picture(state.status().json(), state.lastNode(), runs);
  }

  private static Map<String, @Nullable Object> picture(NodeRun run) {
    Map<String, @Nullable Object> picture = new LinkedHashMap<>();
    picture.put("idx", (double) run.executionIndex());
    picture.put("node", run.node());
    picture.put("run", (double) run.run());
    picture.put("status", run.error() == null ? "success" : "error");
    List<Object> out = new ArrayList<>();
    List<Object> pairs = new ArrayList<>();
    for (int i = 0; i < run.outputs().size(); i++) {
      out.add(run.output(i).stream().map(Item::json).toList());
      pairs.add(run.output(i).stream().map(item -> pair(item.pairing())).toList());
    }
    picture.put("out", out);
    picture.put("pairs", pairs);
    picture.put(
        "source",
        run.sources().stream()
            .map(s -> s == null ? null : s.node() + ":" + s.output() + ":" + s.run())
            .toList());
    return picture;
  }

  private static Object pair(dev.millrace.item.@Nullable Pairing pairing) {
    return pairing == null ? "none" : Item.pairingToJson(pairing);
  }

  private static Map<String, @Nullable Object> picture(
      String status, @Nullable Object lastNode, List<Object> runs) {
    Map<String, @Nullable Object> picture = new LinkedHashMap<>();
    picture.put("status", status);
    picture.put("lastNodeExecuted", lastNode);
    picture.put("runs", runs);
    return picture;
  }

  private static List<?> list(@Nullable Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  private static int integer(@Nullable Object number) {
    return ((Double) Objects.requireNonNull(number)).intValue();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> object(@Nullable Object value) {
    return value instanceof Map<?, ?> ? (Map<String, @Nullable Object>) value : Map.of();
  }
}
