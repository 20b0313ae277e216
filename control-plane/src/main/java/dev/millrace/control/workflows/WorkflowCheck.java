package dev.millrace.control.workflows;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.TriggerNode;
import dev.millrace.schedule.NodeSchedule;
import dev.millrace.value.Coercion;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a workflow must have before it may be published. Thread-safe. */
public final class WorkflowCheck {
  private final NodeCatalogue catalogue;

  public WorkflowCheck(NodeCatalogue catalogue) {
    this.catalogue = catalogue;
  }

  /**
   * Passes a workflow that can run and that something can start.
   *
   * @throws MillraceException {@code UNKNOWN_NODE_TYPE} naming each such node, {@code
   *     NO_START_NODE}, or {@code INVALID_SCHEDULE} naming the node
   */
  public void require(WorkflowDocument workflow) {
    List<String> unknown = new ArrayList<>();
    boolean triggered = false;
    for (WorkflowNode node : workflow.nodes()) {
      if (node.disabled()) {
        continue;
      }
      Optional<NodeProcessor> processor = catalogue.find(node.type());
      if (processor.isEmpty()) {
        unknown.add("node \"" + node.name() + "\" has the type \"" + node.type() + "\"");
      } else if (!processor.get().spec().versions().contains(node.typeVersion())) {
        unknown.add(
            "node \""
                + node.name()
                + "\" has version "
                + Coercion.numberText(node.typeVersion())
                + " of the type \""
                + node.type()
                + "\"");
      } else {
        triggered |= processor.get() instanceof TriggerNode;
      }
    }
    if (!unknown.isEmpty()) {
      throw new MillraceException(
          ErrorCode.UNKNOWN_NODE_TYPE, String.join("; ", unknown) + ", which is not known here");
    }
    if (!triggered) {
      throw new MillraceException(ErrorCode.NO_START_NODE, "no enabled trigger can start it");
    }
    NodeSchedule.of(workflow.id().orElse(""), workflow, catalogue);
  }
}
