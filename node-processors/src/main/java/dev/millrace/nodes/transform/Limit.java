package dev.millrace.nodes.transform;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import java.util.ArrayList;
import java.util.List;

/** Keeps the first or the last items of its input. */
public final class Limit implements TransformNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.limit")
          .named("Limit", "Keeps a number of items from the start or the end of the input.")
          .properties(parameters())
          .build();

  static List<Property> parameters() {
    return List.of(
        Property.number("maxItems", "Max Items", 1).withTypeOption("minValue", 1),
        Property.options(
            "keep",
            "Keep",
            "firstItems",
            Property.option("First Items", "firstItems"),
            Property.option("Last Items", "lastItems")));
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return NodeOutput.of(limit(call));
  }

  static List<Item> limit(NodeCall call) {
    int size = call.input().size();
    int kept = Math.clamp((long) call.number("maxItems", 0, 1), 0, size);
    boolean last = call.string("keep", 0, "firstItems").equals("lastItems");
    int from = last ? size - kept : 0;
    List<Item> items = new ArrayList<>(kept);
    for (int i = from; i < from + kept; i++) {
      items.add(call.input().get(i).withPairing(Pairing.to(i)));
    }
    return items;
  }
}
