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

/** Read PDF: the text and properties of a PDF of each item. */
public final class ReadPdf implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.readPDF")
          .named("Read PDF", "Takes the text and properties of a PDF into the JSON of its item.")
          .group("input")
          .properties(
              Property.string("binaryPropertyName", "Input Binary Field", "data").asRequired(),
              Property.bool("encrypted", "Encrypted", false).asRequired(),
              Property.string("password", "Password", "")
                  .withTypeOption("password", true)
                  .showWhen("encrypted", true))
          .build();

  private final NodeServices services;

  public ReadPdf(NodeServices services) {
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
                Item.of(
                        PdfText.read(
                            services.binaries(),
                            ItemFiles.file(item, call.string("binaryPropertyName", i, "data"), i),
                            call.bool("encrypted", i, false) ? call.string("password", i, "") : "",
                            0,
                            true))
                    .withBinary(item.binary())
                    .withPairing(Pairing.to(i))));
  }
}
