package dev.millrace.nodes.flow;

import dev.millrace.node.FlowNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.Property;

/** Sticky Note: text on the canvas. Nothing connects to it, so it is never run. */
public final class StickyNote implements FlowNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.stickyNote")
          .named("Sticky Note", "Holds a note on the canvas.")
          .group("input")
          .versions(1)
          .ports(Ports.of(0, 0))
          .properties(
              Property.string("content", "Content", "## A note\n\nDouble-click to edit."),
              Property.number("height", "Height", 160).asRequired(),
              Property.number("width", "Width", 240).asRequired(),
              Property.number("color", "Color", 1).asRequired())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return NodeOutput.NOTHING;
  }
}
