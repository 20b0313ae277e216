package dev.millrace.nodes.files;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;

/** Read Binary File: adds one file of the machine to each item. */
public final class ReadBinaryFile implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.readBinaryFile")
          .named("Read Binary File", "Adds a file of the machine to each item.")
          .group("input")
          .properties(
              Property.string("filePath", "File Path", "").asRequired(),
              Property.string("dataPropertyName", "Property Name", "data").asRequired())
          .build();

  private final NodeServices services;

  public ReadBinaryFile(NodeServices services) {
    this.services = services;
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
    return ItemFiles.forEach(
        call,
        (i, item, answers) ->
            answers.add(
                Item.of(item.json())
                    .withBinary(
                        ItemFiles.with(
                            item.binary(),
                            call.string("dataPropertyName", i, "data"),
                            DiskFiles.read(services, call, call.string("filePath", i, ""))))
                    .withPairing(Pairing.to(i))));
  }
}
