package dev.millrace.nodes.flow;

import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.TransformNode;

/** No Operation: passes its items on. */
public final class NoOpNode implements TransformNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.noOp")
          .named("No Operation, do nothing", "Passes its items on unchanged.")
          .group("organization")
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return NodeOutput.of(call.input());
  }
}
