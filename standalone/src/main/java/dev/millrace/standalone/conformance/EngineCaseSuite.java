package dev.millrace.standalone.conformance;

import static dev.millrace.standalone.conformance.Recorded.list;
import static dev.millrace.standalone.conformance.Recorded.object;

import dev.millrace.conformance.Case;
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

/** One workflow a file, with the exact order of its nodes and their data. */
public final class EngineCaseSuite implements CaseSuite {
  private final WorkflowRunner runner;
  private final NodeSupport nodes;

  public EngineCaseSuite(WorkflowRunner runner, NodeSupport nodes) {
    this.runner = runner;
    this.nodes = nodes;
  }

  @Override
  public List<Case> read(Path file) {
    Map<String, @Nullable Object> recorded = Recorded.read(file);
    String name = String.valueOf(recorded.getOrDefault("description", file.getFileName()));
    Map<String, @Nullable Object> raw = new LinkedHashMap<>(object(recorded.get("workflow")));
    raw.remove("pinData");
    raw.put("nodes", lastOfEachName(list(raw.get("nodes"))));
    WorkflowDocument workflow = WorkflowDocument.of(raw);
    Optional<String> unsupported = nodes.unsupported(workflow);
    if (unsupported.isPresent()) {
      return List.of(WorkflowCase.skipped(name, unsupported.get()));
    }
    Map<String, @Nullable Object> expected = object(recorded.get("expected"));
    return List.of(
        new WorkflowCase(
            name,
            ExecutionRequest.of(workflow, ExecutionMode.MANUAL),
            runner,
            execution -> difference(expected, execution)));
  }

  /** Some cases have a node twice, and were recorded with the later one in the earlier's place. */
  private static List<Object> lastOfEachName(List<@Nullable Object> nodes) {
    Map<String, Object> byName = new LinkedHashMap<>();
    for (Object node : nodes) {
      byName.put(String.valueOf(object(node).get("name")), object(node));
    }
    return List.copyOf(byName.values());
  }

  /** What differs between the file's {@code expected} and an execution. */
  static Optional<String> difference(
      Map<String, @Nullable Object> expected, FinishedExecution execution) {
    if (Boolean.TRUE.equals(expected.get("finished")) && !execution.succeeded()) {
      return Optional.of("ended with " + execution.status() + ": " + execution.errorMessage());
    }
    if (expected.get("nodeExecutionOrder") instanceof List<?> order) {
      Optional<JsonDifference> different =
          JsonDifference.first(
              "order", order, execution.runs().stream().map(NodeRun::node).toList());
      if (different.isPresent()) {
        return different.map(JsonDifference::toString);
      }
    }
    Shape shape = Shape.of(expected);
    for (Map.Entry<String, @Nullable Object> node : object(expected.get("nodeData")).entrySet()) {
      Optional<JsonDifference> different =
          JsonDifference.first(
              node.getKey(),
              Markers.resolve(node.getValue()),
              shape.actual(execution.runs(node.getKey())));
      if (different.isPresent()) {
        return different.map(JsonDifference::toString);
      }
    }
    if (Boolean.TRUE.equals(expected.get("contextDataEmpty")) && !execution.contextEmpty()) {
      return Optional.of("a node left a context behind, expected none");
    }
    if (Boolean.TRUE.equals(expected.get("stackEmpty")) && !execution.stackEmpty()) {
      return Optional.of("something was left to run, expected nothing");
    }
    return Optional.empty();
  }

  /** The forms in which the files give a node's data; {@code nodeDataShape} says which. */
  private enum Shape {
    /** {@code [run][item]} = JSON of output 0; null for a run without data. */
    JSON_OF_FIRST_OUTPUT {
      @Override
      Object actual(List<NodeRun> runs) {
        List<@Nullable Object> form = new ArrayList<>();
        runs.forEach(run -> form.add(RecordedRuns.json(run, 0)));
        return form;
      }
    },
    /** {@code [run][0][item]} = JSON of output 0, in a list of its own. */
    JSON_OF_FIRST_OUTPUT_IN_LIST {
      @Override
      Object actual(List<NodeRun> runs) {
        List<@Nullable Object> form = new ArrayList<>();
        for (NodeRun run : runs) {
          List<@Nullable Object> outputs = new ArrayList<>();
          outputs.add(RecordedRuns.json(run, 0));
          form.add(outputs);
        }
        return form;
      }
    },
    /** {@code [run][output][item]} = JSON. */
    JSON_OF_ALL_OUTPUTS {
      @Override
      Object actual(List<NodeRun> runs) {
        List<@Nullable Object> form = new ArrayList<>();
        runs.forEach(run -> form.add(RecordedRuns.jsonOfOutputs(run)));
        return form;
      }
    },
    /** Whole items of run 0, output 0. */
    ITEMS_OF_FIRST_RUN {
      @Override
      Object actual(List<NodeRun> runs) {
        return runs.isEmpty()
            ? List.of()
            : runs.get(0).output(0).stream().map(Item::toJson).toList();
      }
    },
    /** The same without lineage. */
    ITEMS_WITHOUT_LINEAGE {
      @Override
      Object actual(List<NodeRun> runs) {
        return runs.isEmpty()
            ? List.of()
            : runs.get(0).output(0).stream().map(item -> item.withPairing(null).toJson()).toList();
      }
    };

    abstract Object actual(List<NodeRun> runs);

    static Shape of(Map<String, @Nullable Object> expected) {
      String said = String.valueOf(expected.get("nodeDataShape"));
      if (said.startsWith("nodeData[name] =")) {
        return said.contains("EXCEPT pairedItem") ? ITEMS_WITHOUT_LINEAGE : ITEMS_OF_FIRST_RUN;
      }
      if (Boolean.TRUE.equals(expected.get("testAllOutputs"))) {
        return JSON_OF_ALL_OUTPUTS;
      }
      return said.startsWith("nodeData[name][run][output]")
          ? JSON_OF_FIRST_OUTPUT_IN_LIST
          : JSON_OF_FIRST_OUTPUT;
    }
  }
}
