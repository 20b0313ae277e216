package dev.millrace.nodes.files;

import dev.millrace.item.Item;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Read Binary Files: one item for each file of the machine that a pattern names. */
public final class ReadBinaryFiles implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.readBinaryFiles")
          .named("Read Binary Files", "Makes an item of each file of the machine that matches.")
          .group("input")
          .properties(
              Property.string("fileSelector", "File Selector", "").asRequired(),
              Property.string("dataPropertyName", "Property Name", "data").asRequired())
          .build();

  private final NodeServices services;

  public ReadBinaryFiles(NodeServices services) {
    this.services = services;
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  /** Once for all items: only the first one's parameters count. */
  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
    return ItemFiles.forAll(
        call,
        () -> {
          String field = call.string("dataPropertyName", 0, "data");
          List<Item> items = new ArrayList<>();
          for (String path : services.localFiles().find(call.string("fileSelector", 0, ""))) {
            items.add(
                Item.empty()
                    .withBinary(Map.of(field, DiskFiles.read(services, call, path)))
                    .withPairing(ItemFiles.ofAll(call.input().size())));
          }
          return items;
        });
  }
}
