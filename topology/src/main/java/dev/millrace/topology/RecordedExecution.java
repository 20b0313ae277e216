package dev.millrace.topology;

import dev.millrace.avro.KeyedRun;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.ItemRecords;
import dev.millrace.worker.TaskCall;
import dev.millrace.workflow.WorkflowDocument;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An execution as it came along with one of its runs. */
final class RecordedExecution implements ExecutionView {
  private final KeyedRun record;
  private final WorkflowDocument workflow;
  private final Map<String, List<NodeRun>> runs = new HashMap<>();

  RecordedExecution(KeyedRun record, WorkflowDocument workflow) {
    this.record = record;
    this.workflow = workflow;
    for (var each : record.getRuns()) {
      runs.computeIfAbsent(each.getNode(), name -> new ArrayList<>()).add(RunRecords.toRun(each));
    }
  }

  @Override
  public String executionId() {
    return record.getExecutionId();
  }

  @Override
  public ExecutionMode mode() {
    return TaskCall.mode(record.getTask());
  }

  @Override
  public WorkflowDocument workflow() {
    return workflow;
  }

  @Override
  public ZoneId zone() {
    return workflow.zone();
  }

  @Override
  public int runCount(String node) {
    return runs.getOrDefault(node, List.of()).size();
  }

  @Override
  public @Nullable NodeRun run(String node, int run) {
    List<NodeRun> all = runs.getOrDefault(node, List.of());
    return run < 0 || run >= all.size() ? null : all.get(run);
  }

  @Override
  public @Nullable List<Item> pinned(String node) {
    return mode().isManual() ? workflow.pinData().get(node) : null;
  }

  @Override
  public Map<String, @Nullable Object> context(String node) {
    return node.equals(record.getNode()) ? TaskCall.context(record.getTask()) : Map.of();
  }

  @Override
  public @Nullable Map<String, @Nullable Object> staticData() {
    return record.getStaticData() == null
        ? null
        : ItemRecords.fromJsonBytes(record.getStaticData());
  }

  @Override
  public Map<String, String> variables() {
    return TaskCall.variables(record.getTask());
  }

  @Override
  public Map<String, String> customData() {
    return record.getCustomData() == null ? Map.of() : record.getCustomData();
  }

  @Override
  public String resumeUrl() {
    return "";
  }
}
