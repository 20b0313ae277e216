package dev.millrace.nodes.flow;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.TransformNode;
import java.util.ArrayList;
import java.util.List;

/** Filter: passes on the items that meet the conditions. */
public final class FilterNode implements TransformNode {
  private static final NodeSpec SPEC =
      FilterParameter.spec(
              "n8n-nodes-base.filter", "combineConditions", "Combine Conditions", "AND", "OR")
          .named("Filter", "Removes the items that do not meet its conditions.")
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    List<Item> items = call.input();
    List<Item> kept = new ArrayList<>();
    IfNode.ItemTest test = IfNode.ItemTest.of(call, "combineConditions", "OR");
    for (int i = 0; i < items.size(); i++) {
      if (test.holds(i)) {
        kept.add(items.get(i));
      }
    }
    return NodeOutput.of(kept);
  }
}
