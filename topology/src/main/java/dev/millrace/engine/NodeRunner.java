package dev.millrace.engine;

import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;

/** Runs one node on its items: a forward to the node type's processor, or a function in a test. */
@FunctionalInterface
public interface NodeRunner {
  /**
   * @throws RuntimeException the node's failure; a {@link dev.millrace.error.MillraceException} is
   *     the user's, anything else a defect of the node
   */
  NodeOutput run(PlannedNode node, NodeCall call);
}
