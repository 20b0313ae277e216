package dev.millrace.nodes.flow;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import java.util.ArrayList;
import java.util.List;

/** Filter: passes on the items that meet the conditions. */
public final class FilterNode implements TransformNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.filter")
          .named("Filter", "Removes the items that do not meet its conditions.")
          .group("transform")
          .versions(1, 2, 2.1, 2.2, 2.3)
          .properties(
              LegacyComparison.conditions().showWhen("@version", 1),
              Property.options(
                      "combineConditions",
                      "Combine Conditions",
                      "AND",
                      Property.option("AND", "AND"),
                      Property.option("OR", "OR"))
                  .showWhen("@version", 1),
              FilterParameter.property("conditions", "Conditions")
                  .showWhen("@version", FilterParameter.from(2)),
              Property.bool("looseTypeValidation", "Convert types where required", false)
                  .showWhen("@version", FilterParameter.from(2.1)),
              Property.collection(
                      "options",
                      "Options",
                      Property.bool("ignoreCase", "Ignore Case", true),
                      Property.bool("looseTypeValidation", "Less Strict Type Validation", true)
                          .showWhen("@version", 2))
                  .showWhen("@version", FilterParameter.from(2)))
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
