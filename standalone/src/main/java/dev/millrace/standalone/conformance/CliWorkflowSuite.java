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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One workflow a file that must succeed; where a snapshot lies beside it, every run of every node
 * in it must have given the same JSON.
 */
public final class CliWorkflowSuite implements CaseSuite {
  private final WorkflowRunner runner;
  private final NodeSupport nodes;
  private final CaseIndex index;
  private final RecordedFiles files;

  /**
   * @param files those of the machine that workflows name
   */
  public CliWorkflowSuite(
      WorkflowRunner runner, NodeSupport nodes, CaseIndex index, RecordedFiles files) {
    this.files = files;
    this.runner = runner;
    this.nodes = nodes;
    this.index = index;
  }

  @Override
  public List<Case> read(Path file) {
    String name = String.valueOf(file.getFileName());
    Optional<String> outside =
        index
            .needsOutside(file)
            .or(() -> files.missing(file))
            .or(() -> index.skippedByItsMakers(file));
    if (outside.isPresent()) {
      return List.of(WorkflowCase.skipped(name, outside.get()));
    }
    WorkflowDocument workflow = WorkflowDocument.of(files.read(file));
    Optional<String> unsupported = nodes.unsupported(workflow);
    if (unsupported.isPresent()) {
      return List.of(WorkflowCase.skipped(name, unsupported.get()));
    }
    Path snapshot = snapshot(file);
    Map<String, @Nullable Object> expected =
        Files.exists(snapshot) ? runData(files.read(snapshot)) : Map.of();
    return List.of(
        new WorkflowCase(
            name,
            ExecutionRequest.of(workflow, ExecutionMode.CLI),
            runner,
            execution -> difference(expected, execution)));
  }

  /** Where the snapshot of a workflow file would be. */
  static Path snapshot(Path file) {
    String name = String.valueOf(file.getFileName());
    return file.resolveSibling(name.replaceFirst("\\.json$", "") + ".snapshot.json");
  }

  static Optional<String> difference(
      Map<String, @Nullable Object> expected, FinishedExecution execution) {
    if (!execution.succeeded()) {
      return Optional.of("ended with " + execution.status() + ": " + execution.errorMessage());
    }
    for (Map.Entry<String, @Nullable Object> node : expected.entrySet()) {
      List<@Nullable Object> wanted = new ArrayList<>();
      for (Object run : list(node.getValue())) {
        wanted.add(jsonOfOutputs(object(run)));
      }
      List<@Nullable Object> actual = new ArrayList<>();
      for (NodeRun run : execution.runs(node.getKey())) {
        actual.add(shallow(run));
      }
      Optional<JsonDifference> different = JsonDifference.first(node.getKey(), wanted, actual);
      if (different.isPresent()) {
        return different.map(JsonDifference::toString);
      }
    }
    return Optional.empty();
  }

  /** A run as the snapshots have it: of nested lists and objects they only tell that they are. */
  private static List<@Nullable Object> shallow(NodeRun run) {
    List<@Nullable Object> outputs = new ArrayList<>();
    for (List<Item> items : run.outputs()) {
      outputs.add(items == null ? null : items.stream().map(item -> shallow(item.json())).toList());
    }
    return outputs;
  }

  private static Map<String, @Nullable Object> shallow(Map<String, @Nullable Object> json) {
    Map<String, @Nullable Object> flat = new LinkedHashMap<>();
    json.forEach((key, value) ->
        flat.put(
            key,
            value instanceof List
                ? List.of("json array")
                : value instanceof Map ? Map.of("object", true) : value));
    return flat;
  }

  private static Map<String, @Nullable Object> runData(Map<String, @Nullable Object> snapshot) {
    return object(object(object(snapshot.get("data")).get("resultData")).get("runData"));
  }

  private static List<@Nullable Object> jsonOfOutputs(Map<String, @Nullable Object> run) {
    List<@Nullable Object> outputs = new ArrayList<>();
    for (Object output : list(object(run.get("data")).get("main"))) {
      outputs.add(
          output == null
              ? null
              : list(output).stream().map(item -> object(object(item).get("json"))).toList());
    }
    return outputs;
  }
}
