package dev.millrace.node;

import dev.millrace.item.Item;
import dev.millrace.workflow.WorkflowDocument;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An execution of which no run can be seen: because none has begun, or because they are elsewhere.
 *
 * @param context of the one node that asks
 * @param variables {@code $vars}
 */
public record NoRuns(
    String executionId,
    ExecutionMode mode,
    WorkflowDocument workflow,
    Map<String, @Nullable Object> context,
    Map<String, String> variables)
    implements ExecutionView {

  /** One without variables. */
  public NoRuns(
      String executionId,
      ExecutionMode mode,
      WorkflowDocument workflow,
      Map<String, @Nullable Object> context) {
    this(executionId, mode, workflow, context, Map.of());
  }

  @Override
  public ZoneId zone() {
    return workflow.zone();
  }

  @Override
  public int runCount(String node) {
    return 0;
  }

  @Override
  public @Nullable NodeRun run(String node, int run) {
    return null;
  }

  @Override
  public @Nullable List<Item> pinned(String node) {
    return null;
  }

  @Override
  public Map<String, @Nullable Object> context(String node) {
    return context;
  }

  @Override
  public Map<String, String> customData() {
    return Map.of();
  }

  @Override
  public String resumeUrl() {
    return "";
  }
}
