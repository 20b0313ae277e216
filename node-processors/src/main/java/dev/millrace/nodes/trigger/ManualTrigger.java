package dev.millrace.nodes.trigger;

import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.TriggerNode;

/** Manual Trigger: where an execution that a person starts begins. */
public final class ManualTrigger implements TriggerNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.manualTrigger")
          .named("Manual Trigger", "Starts the workflow when somebody runs it by hand.")
          .group("trigger")
          .versions(1)
          .maxNodes(1)
          .ports(Ports.TRIGGER)
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }
}
