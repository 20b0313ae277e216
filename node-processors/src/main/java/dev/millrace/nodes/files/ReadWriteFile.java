package dev.millrace.nodes.files;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Read/Write Files from Disk: between files of the machine and files of items. */
public final class ReadWriteFile implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.readWriteFile")
          .named(
              "Read/Write Files from Disk",
              "Reads files of the machine into items, or writes files of items to the machine.")
          .group("input")
          .versions(1, 1.1)
          .properties(
              Property.options(
                      "operation",
                      "Operation",
                      "read",
                      Property.option("Read File(s) From Disk", "read"),
                      Property.option("Write File to Disk", "write"))
                  .withExtra("noExpression", true),
              Property.string("fileSelector", "File(s) Selector", "")
                  .asRequired()
                  .showWhen("operation", "read"),
              Property.collection(
                      "options",
                      "Options",
                      Property.string("fileExtension", "File Extension", ""),
                      Property.string("fileName", "File Name", ""),
                      Property.string("mimeType", "Mime Type", ""),
                      Property.string("dataPropertyName", "Put Output File in Field", "data"),
                      Property.bool(
                              "literalBrackets", "Treat Brackets and Parentheses as Literal", true)
                          .hideWhen("@version", 1))
                  .showWhen("operation", "read"),
              Property.string("fileName", "File Path and Name", "")
                  .asRequired()
                  .showWhen("operation", "write"),
              Property.string("dataPropertyName", "Input Binary Field", "data")
                  .asRequired()
                  .showWhen("operation", "write"),
              Property.collection("options", "Options", Property.bool("append", "Append", false))
                  .showWhen("operation", "write"))
          .build();

  private final NodeServices services;

  public ReadWriteFile(NodeServices services) {
    this.services = services;
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
    return call.string("operation", 0, "read").equals("write")
        ? ItemFiles.forEach(call, (i, item, answers) -> answers.add(write(call, i, item)))
        : ItemFiles.forEach(call, (i, item, answers) -> read(call, i, answers));
  }

  private void read(NodeCall call, int i, List<Item> answers)
      throws IOException, InterruptedException {
    String text = call.string("fileSelector", i, "");
    // Version 1 always takes parentheses literally and brackets never; 1.1 lets the user choose.
    String selector =
        call.node().typeVersion() < 1.1
            ? selector(text, "()")
            : selector(text, call.bool("options.literalBrackets", i, true) ? "()[]" : "");
    String field = call.string("options.dataPropertyName", i, "data");
    for (String path : services.localFiles().find(selector)) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      BinaryData file = DiskFiles.read(services, call, path);
      file =
          new BinaryData(
              file.data(),
              call.string("options.mimeType", i, file.mimeType()),
              orNull(call, "options.fileName", i, file.fileName()),
              orNull(call, "options.fileExtension", i, file.fileExtension()),
              file.fileType(),
              file.fileSize(),
              file.directory(),
              file.id(),
              file.bytes());
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("mimeType", file.mimeType());
      put(json, "fileType", file.fileType());
      put(json, "fileName", file.fileName());
      put(json, "fileExtension", file.fileExtension());
      put(json, "fileSize", file.fileSize());
      answers.add(Item.of(json).withBinary(Map.of(field, file)).withPairing(Pairing.to(i)));
    }
  }

  private static @Nullable String orNull(
      NodeCall call, String option, int i, @Nullable String otherwise) {
    String given = call.string(option, i, "");
    return given.isEmpty() ? otherwise : given;
  }

  private static void put(Map<String, @Nullable Object> json, String key, @Nullable String value) {
    if (value != null) {
      json.put(key, value);
    }
  }

  /** The pattern that a selector means: Windows paths with slashes, some characters literally. */
  static String selector(String text, String literal) {
    String slashes = text.matches("(?s)^[a-zA-Z]:.*") ? text.replaceAll("\\\\+", "/") : text;
    StringBuilder pattern = new StringBuilder();
    for (int i = 0; i < slashes.length(); i++) {
      if (literal.indexOf(slashes.charAt(i)) >= 0) {
        pattern.append('\\');
      }
      pattern.append(slashes.charAt(i));
    }
    return pattern.toString();
  }

  private Item write(NodeCall call, int i, Item item) throws IOException {
    String path = call.string("fileName", i, "");
    BinaryData file = ItemFiles.file(item, call.string("dataPropertyName", i, "data"), i);
    return DiskFiles.write(services, item, file, path, call.bool("options.append", i, false))
        .withPairing(Pairing.to(i));
  }
}
