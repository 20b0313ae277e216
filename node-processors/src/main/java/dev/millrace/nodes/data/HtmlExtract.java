package dev.millrace.nodes.data;

import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.node.TransformNode;
import java.util.ArrayList;
import java.util.List;

/** Reads values out of HTML; the node HTML does it and more. */
public final class HtmlExtract implements TransformNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.htmlExtract")
          .named("HTML Extract", "Reads values out of HTML by CSS selectors.")
          .properties(properties())
          .build();

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call) {
    return EachItem.run(
        call,
        (item, i) ->
            new HtmlExtraction(call.bool("options.trimValues", i, true), false, false)
                .on(call, item, i));
  }

  private static List<Property> properties() {
    List<Property> all = new ArrayList<>(HtmlExtraction.properties(false));
    all.add(
        Property.collection(
            "options", "Options", Property.bool("trimValues", "Trim Values", true)));
    return all;
  }
}
