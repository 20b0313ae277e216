package dev.millrace.nodes.trigger;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Ports;
import dev.millrace.node.TriggerNode;
import java.util.List;
import java.util.Map;

/** Error Trigger: where a workflow begins that is told of the failure of another one. */
public final class ErrorTrigger implements TriggerNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.errorTrigger")
          .named("Error Trigger", "Starts the workflow when an execution fails.")
          .group("trigger")
          .maxNodes(1)
          .ports(Ports.TRIGGER)
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  /** What happened, as it came; by hand, where nothing happened, a failure as it would look. */
  @Override
  public NodeOutput run(NodeCall call) {
    boolean byHand =
        call.execution().mode().isManual()
            && call.input().size() <= 1
            && call.input().stream().allMatch(item -> item.json().isEmpty());
    return NodeOutput.of(byHand ? List.of(sample(call)) : call.input());
  }

  private static Item sample(NodeCall call) {
    return Item.of(
        Map.of(
            "execution",
            Map.of(
                "id",
                call.execution().executionId(),
                "error",
                Map.of("message", "An example of an error", "name", "NodeOperationError"),
                "lastNodeExecuted",
                "Node with an error",
                "mode",
                "manual"),
            "workflow",
            Map.of(
                "id",
                call.execution().workflow().id().orElse(""),
                "name",
                call.execution().workflow().name())));
  }
}
