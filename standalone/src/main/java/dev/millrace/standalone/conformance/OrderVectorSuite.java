package dev.millrace.standalone.conformance;

import static dev.millrace.standalone.conformance.Recorded.list;
import static dev.millrace.standalone.conformance.Recorded.object;

import dev.millrace.conformance.Case;
import dev.millrace.conformance.CaseResult;
import dev.millrace.conformance.CaseSuite;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.standalone.execution.ExecutionRequest;
import dev.millrace.standalone.execution.FinishedExecution;
import dev.millrace.standalone.execution.WorkflowRunner;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Graphs of trivial nodes with every run of every node, in both execution orders. One case is one
 * graph: it passes when both orders do.
 */
public final class OrderVectorSuite implements CaseSuite {
  /** The kind of node that is the real loop; the others are {@code conformance.KIND}. */
  private static final String LOOP = "sib";

  private final WorkflowRunner runner;

  public OrderVectorSuite(WorkflowRunner runner) {
    this.runner = runner;
  }

  @Override
  public List<Case> read(Path file) {
    List<Case> cases = new ArrayList<>();
    for (Object scenario : list(Recorded.read(file).get("scenarios"))) {
      cases.add(new Graph(object(scenario), runner));
    }
    return cases;
  }

  private record Graph(Map<String, @Nullable Object> scenario, WorkflowRunner runner)
      implements Case {
    @Override
    public String name() {
      return String.valueOf(scenario.get("name"));
    }

    @Override
    public CaseResult run() {
      return WorkflowCase.run(
          name(),
          () -> {
            Optional<String> v1 = difference("v1");
            return v1.isPresent() ? v1 : difference("v0");
          });
    }

    private Optional<String> difference(String order) {
      FinishedExecution execution = runner.run(request(scenario, order));
      return OrderVectorSuite.difference(object(scenario.get(order)), execution)
          .map(difference -> order + ": " + difference);
    }
  }

  /** The request that runs a scenario in one order. */
  static ExecutionRequest request(Map<String, @Nullable Object> scenario, String order) {
    Map<String, @Nullable Object> destination = object(scenario.get("destination"));
    return new ExecutionRequest(
        document(scenario, order),
        ExecutionMode.MANUAL,
        String.valueOf(scenario.get("start")),
        List.of(Item.empty()),
        destination.get("nodeName") instanceof String node ? node : null,
        !"exclusive".equals(destination.get("mode")));
  }

  private static WorkflowDocument document(Map<String, @Nullable Object> scenario, String order) {
    List<Object> nodes = new ArrayList<>();
    for (Object tuple : list(scenario.get("nodes"))) {
      nodes.add(node(list(tuple)));
    }
    Map<String, @Nullable Object> connections = new LinkedHashMap<>();
    for (Object tuple : list(scenario.get("edges"))) {
      List<@Nullable Object> edge = list(tuple);
      connect(
          connections,
          String.valueOf(edge.get(0)),
          Recorded.integer(edge.get(1)),
          String.valueOf(edge.get(2)),
          edge.get(3));
    }
    Map<String, @Nullable Object> workflow = new LinkedHashMap<>();
    workflow.put("name", scenario.get("name"));
    workflow.put("nodes", nodes);
    workflow.put("connections", connections);
    workflow.put("settings", order.equals("v1") ? Map.of("executionOrder", "v1") : Map.of());
    workflow.put("pinData", object(scenario.get("pinData")));
    return WorkflowDocument.of(workflow);
  }

  private static Map<String, @Nullable Object> node(List<@Nullable Object> tuple) {
    String kind = String.valueOf(tuple.get(1));
    Map<String, @Nullable Object> node = new LinkedHashMap<>();
    node.put("name", tuple.get(0));
    node.put("type", kind.equals(LOOP) ? "n8n-nodes-base.splitInBatches" : "conformance." + kind);
    node.put("typeVersion", kind.equals(LOOP) ? 3.0 : 1.0);
    node.put("position", java.util.Arrays.asList(tuple.get(2), tuple.get(3)));
    node.put("parameters", tuple.size() > 4 ? object(tuple.get(4)) : Map.of());
    if (tuple.size() > 5) {
      node.putAll(object(tuple.get(5)));
    }
    return node;
  }

  @SuppressWarnings("unchecked")
  private static void connect(
      Map<String, @Nullable Object> connections,
      String from,
      int output,
      String to,
      @Nullable Object input) {
    Map<String, @Nullable Object> types =
        (Map<String, @Nullable Object>)
            java.util.Objects.requireNonNull(
                connections.computeIfAbsent(from, absent -> new LinkedHashMap<>()));
    List<List<Object>> outputs =
        (List<List<Object>>)
            java.util.Objects.requireNonNull(
                types.computeIfAbsent("main", absent -> new ArrayList<>()));
    while (outputs.size() <= output) {
      outputs.add(new ArrayList<>());
    }
    Map<String, @Nullable Object> target = new LinkedHashMap<>();
    target.put("node", to);
    target.put("type", "main");
    target.put("index", input);
    outputs.get(output).add(target);
  }

  /** What differs between a recorded trace and an execution. */
  static Optional<String> difference(
      Map<String, @Nullable Object> expected, FinishedExecution execution) {
    Map<String, @Nullable Object> actual = new LinkedHashMap<>();
    actual.put(
        "order",
        execution.runs().stream()
            .map(run -> run.run() == 0 ? run.node() : run.node() + "#" + run.run())
            .toList());
    List<Object> runs = new ArrayList<>();
    for (NodeRun run : execution.runs()) {
      Map<String, @Nullable Object> form = new LinkedHashMap<>();
      form.put("idx", (double) run.executionIndex());
      form.put("node", run.node());
      form.put("run", (double) run.run());
      form.put("status", run.error() == null ? "success" : "error");
      form.put("out", emptyForNone(RecordedRuns.jsonOfOutputs(run)));
      form.put("pairs", RecordedRuns.pairs(run));
      form.put("source", RecordedRuns.sources(run));
      if (run.error() != null) {
        form.put("error", true);
      }
      runs.add(form);
    }
    actual.put("runs", runs);
    actual.put("status", execution.status());
    actual.put("lastNodeExecuted", execution.lastNode());
    return JsonDifference.first("", expected, actual).map(JsonDifference::toString);
  }

  /** The traces write an output without data as one without items. */
  private static List<Object> emptyForNone(List<@Nullable Object> outputs) {
    List<Object> filled = new ArrayList<>();
    for (Object output : outputs) {
      filled.add(output == null ? List.of() : output);
    }
    return filled;
  }
}
