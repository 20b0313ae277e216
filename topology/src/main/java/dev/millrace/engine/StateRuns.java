package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.node.NodeRun;
import dev.millrace.node.StateScope;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a run on a state takes along of its execution. */
final class StateRuns {
  private StateRuns() {}

  /** The workflow as the run sees it: whole, or this node alone with the workflow's static data. */
  static byte[] workflow(WorkflowDocument document, PlannedNode planned, StateScope scope) {
    return scope.seesExecution()
        ? planned.parameters().derived("whole-workflow", byte[].class, document::toBytes)
        : planned
            .parameters()
            .derived("state-workflow", byte[].class, () -> lean(document, planned));
  }

  private static byte[] lean(WorkflowDocument document, PlannedNode planned) {
    Map<String, @Nullable Object> lean = new LinkedHashMap<>(document.with(planned.node()).raw());
    if (document.raw().containsKey("staticData")) {
      lean.put("staticData", document.raw().get("staticData"));
    }
    return Json.write(lean);
  }

  /** All recorded runs in the order in which they were made. */
  static List<NodeRun> inOrder(ExecutionState state) {
    List<NodeRun> runs = new ArrayList<>();
    state.allRuns().values().forEach(runs::addAll);
    runs.sort(Comparator.comparingInt(NodeRun::executionIndex));
    return runs;
  }

  /** The bytes that these take in a record. */
  static long size(List<NodeRun> runs, @Nullable Map<String, @Nullable Object> staticData) {
    long size = staticData == null ? 0 : Json.write(staticData).length;
    for (NodeRun run : runs) {
      size += Item.size(run.outputs());
    }
    return size;
  }
}
