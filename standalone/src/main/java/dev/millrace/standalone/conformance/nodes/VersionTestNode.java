package dev.millrace.standalone.conformance.nodes;

import dev.millrace.item.Item;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node of n8n's engine tests whose parameter has another default in each version: it tells its
 * version and the parameter.
 */
public final class VersionTestNode implements TransformNode {
  private final NodeSpec spec =
      NodeSpec.type("n8n-nodes-base.versionTest")
          .named("Version Test", "Tells its version and a parameter's value.")
          .versions(1, 2)
          .properties(
              Property.number("versionTest", "Version", 1).showWhen("@version", 1),
              Property.number("versionTest", "Version", 2).showWhen("@version", 2))
          .build();

  @Override
  public NodeSpec spec() {
    return spec;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    List<Item> answers = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("versionFromNode", call.node().typeVersion());
      json.put("versionFromParameter", call.parameter("versionTest", i));
      answers.add(Item.of(json));
    }
    return NodeOutput.of(answers);
  }
}
