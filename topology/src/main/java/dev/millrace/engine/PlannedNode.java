package dev.millrace.engine;

import dev.millrace.limit.NodeLimits;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.Ports;
import dev.millrace.parameter.NodeParameters;
import dev.millrace.workflow.WorkflowNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A node of a plan.
 *
 * @param processor its type's processor; null when the type is unknown here
 * @param children its outgoing edges by output, each list in connection order
 * @param parents its incoming edges by input; the list's size is the number of inputs in use
 * @param limits how often it is tried, and what its calls to the outside go through
 */
public record PlannedNode(
    WorkflowNode node,
    @Nullable NodeProcessor processor,
    NodeParameters parameters,
    Ports ports,
    List<List<Child>> children,
    List<List<Parent>> parents,
    NodeLimits limits) {

  /** The other end of an outgoing edge. */
  public record Child(String node, int input) {}

  /** The other end of an incoming edge. */
  public record Parent(String node, int output) {}

  public String name() {
    return node.name();
  }

  /** Whether it is connected at more than one input, so that it may have to wait for data. */
  boolean joinsInputs() {
    return parents.size() > 1;
  }
}
