package dev.millrace.standalone.execution;

import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.workflow.WorkflowDocument;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One execution to be run, with its workflow inside.
 *
 * @param startNode the node to begin with, or null for the workflow's default start
 * @param items what the start node is fired with
 * @param destination the node at which a manual run ends, or null for all nodes
 * @param destinationInclusive whether the destination itself runs
 */
public record ExecutionRequest(
    WorkflowDocument workflow,
    ExecutionMode mode,
    @Nullable String startNode,
    List<Item> items,
    @Nullable String destination,
    boolean destinationInclusive) {

  /** The whole workflow from its default start with one empty item. */
  public static ExecutionRequest of(WorkflowDocument workflow, ExecutionMode mode) {
    return new ExecutionRequest(workflow, mode, null, List.of(Item.empty()), null, true);
  }
}
