package dev.millrace.node;

import dev.millrace.item.Item;
import dev.millrace.workflow.WorkflowDocument;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a node and its expressions may see of the execution that they run in. Read-only; used by one
 * thread at a time.
 */
public interface ExecutionView {
  String executionId();

  ExecutionMode mode();

  /** The version of the workflow that this execution started with. */
  WorkflowDocument workflow();

  /** The workflow's time zone. */
  ZoneId zone();

  /** How often the node has run, 0 when it has not. */
  int runCount(String node);

  /** A recorded run, or null when there is none with that index. */
  @Nullable NodeRun run(String node, int run);

  /** The items pinned to a node in a manual run, or null. */
  @Nullable List<Item> pinned(String node);

  /** The context that a node keeps in this execution; empty when it keeps none. */
  Map<String, @Nullable Object> context(String node);

  /**
   * What this execution, run by hand, has made of the workflow's static data: by scope, for itself
   * alone; null when it has changed nothing.
   */
  default @Nullable Map<String, @Nullable Object> staticData() {
    return null;
  }

  /** {@code $vars}. */
  Map<String, String> variables();

  /** {@code $execution.customData}. */
  Map<String, String> customData();

  /** {@code $execution.resumeUrl}, or empty where nothing serves such URLs. */
  String resumeUrl();
}
