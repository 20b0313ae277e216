package dev.millrace.nodes.files;

import dev.millrace.item.Pairing;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;

/** Write Binary File: writes a file of each item to the machine. */
public final class WriteBinaryFile implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.writeBinaryFile")
          .named("Write Binary File", "Writes a file of each item to the machine.")
          .group("output")
          .properties(
              Property.string("fileName", "File Name", "").asRequired(),
              Property.string("dataPropertyName", "Property Name", "data").asRequired(),
              Property.collection("options", "Options", Property.bool("append", "Append", false)))
          .build();

  private final NodeServices services;

  public WriteBinaryFile(NodeServices services) {
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
                DiskFiles.write(
                        services,
                        item,
                        ItemFiles.file(item, call.string("dataPropertyName", i, "data"), i),
                        call.string("fileName", i, ""),
                        call.bool("options.append", i, false))
                    .withPairing(Pairing.to(i))));
  }
}
