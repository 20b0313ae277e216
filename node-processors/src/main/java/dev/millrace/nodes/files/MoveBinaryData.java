package dev.millrace.nodes.files;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeServices;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.Property;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Convert to/from binary data: between a file of an item and its JSON. */
public final class MoveBinaryData implements EffectNode {
  private static final String TO_JSON = "binaryToJson";
  private static final String TO_FILE = "jsonToBinary";

  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.moveBinaryData")
          .named(
              "Convert to/from binary data",
              "Moves the content of an item's file into its JSON, or its JSON into a file.")
          .versions(1, 1.1)
          .properties(
              Property.options(
                  "mode",
                  "Mode",
                  TO_JSON,
                  Property.option("Binary to JSON", TO_JSON),
                  Property.option("JSON to Binary", TO_FILE)),
              Property.bool("setAllData", "Set All Data", true).showWhen("mode", TO_JSON),
              Property.string("sourceKey", "Source Key", "data")
                  .asRequired()
                  .showWhen("mode", TO_JSON),
              Property.string("destinationKey", "Destination Key", "data")
                  .asRequired()
                  .showWhen("mode", TO_JSON)
                  .showWhen("setAllData", false),
              Property.bool("convertAllData", "Convert All Data", true).showWhen("mode", TO_FILE),
              Property.string("sourceKey", "Source Key", "data")
                  .asRequired()
                  .showWhen("convertAllData", false)
                  .showWhen("mode", TO_FILE),
              Property.string("destinationKey", "Destination Key", "data")
                  .asRequired()
                  .showWhen("mode", TO_FILE),
              Property.collection(
                  "options",
                  "Options",
                  Property.bool("addBOM", "Add Byte Order Mark (BOM)", false)
                      .showWhen("/mode", TO_FILE)
                      .showWhen("encoding", "utf8", "cesu8", "ucs2"),
                  Property.bool("dataIsBase64", "Data Is Base64", false)
                      .showWhen("/mode", TO_FILE)
                      .showWhen("/convertAllData", false)
                      .hideWhen("useRawData", true),
                  TextEncoding.property("Encoding").showWhen("/mode", TO_JSON, TO_FILE),
                  Property.bool("stripBOM", "Strip BOM", true)
                      .showWhen("/mode", TO_JSON)
                      .showWhen("encoding", "utf8", "cesu8", "ucs2"),
                  Property.string("fileName", "File Name", "").showWhen("/mode", TO_FILE),
                  Property.bool("jsonParse", "JSON Parse", false)
                      .showWhen("/mode", TO_JSON)
                      .showWhen("/setAllData", false)
                      .hideWhen("keepAsBase64", true),
                  Property.bool("keepSource", "Keep Source", false),
                  Property.bool("keepAsBase64", "Keep As Base64", false)
                      .showWhen("/mode", TO_JSON)
                      .showWhen("/setAllData", false)
                      .hideWhen("jsonParse", true),
                  Property.string("mimeType", "MIME Type", "application/json")
                      .showWhen("/mode", TO_FILE),
                  Property.bool("useRawData", "Use Raw Data", false)
                      .showWhen("/mode", TO_FILE)
                      .hideWhen("dataIsBase64", true)))
          .build();

  private final NodeServices services;

  public MoveBinaryData(NodeServices services) {
    this.services = services;
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
    boolean toJson = call.string("mode", 0, TO_JSON).equals(TO_JSON);
    return ItemFiles.forEach(
        call,
        (i, item, answers) -> {
          Item moved = toJson ? toJson(call, i, item) : toFile(call, i, item);
          if (moved != null) {
            answers.add(moved.withPairing(Pairing.to(i)));
          }
        });
  }

  /** The item with its file as JSON; null, so no item, where it has no such file. */
  private @Nullable Item toJson(NodeCall call, int i, Item item) throws IOException {
    String source = call.string("sourceKey", i, "data");
    BinaryData file = item.binary().get(source);
    if (file == null) {
      return null;
    }
    byte[] content = ItemFiles.whole(services.binaries(), file, ItemFiles.MAX_WHOLE);
    String encoding = call.string("options.encoding", i, "utf8");
    boolean stripBom = call.bool("options.stripBOM", i, true);
    Item moved;
    if (call.bool("setAllData", i, true)) {
      moved = Item.of(allOf(TextEncoding.decode(content, encoding, stripBom), i));
    } else {
      Object value;
      if (call.bool("options.keepAsBase64", i, false)) {
        value = Base64.getEncoder().encodeToString(content);
      } else {
        String text = TextEncoding.decode(content, encoding, stripBom);
        value = call.bool("options.jsonParse", i, false) ? Json.parse(text) : text;
      }
      Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
      PropertyPath.set(json, call.string("destinationKey", i, "data"), value);
      moved = Item.of(json);
    }
    return moved.withBinary(
        call.bool("options.keepSource", i, false)
            ? item.binary()
            : ItemFiles.without(item.binary(), source));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> allOf(String text, int i) {
    if (Json.parse(text) instanceof Map<?, ?> object) {
      return (Map<String, @Nullable Object>) object;
    }
    throw new NodeException(
        "The file holds JSON that is not an object; switch off 'Set All Data' to keep it in a"
            + " field",
        i);
  }

  /** The item with its JSON as a file; null, so no item, where there is nothing to move. */
  private @Nullable Item toFile(NodeCall call, int i, Item item) throws IOException {
    boolean all = call.bool("convertAllData", i, true);
    boolean keep = call.bool("options.keepSource", i, false);
    String source = call.string("sourceKey", i, "data");
    Object value = all ? item.json() : PropertyPath.get(item.json(), source);
    if (value == Undefined.UNDEFINED) {
      return null;
    }
    byte[] content;
    if (call.bool("options.dataIsBase64", i, false) && !all) {
      content = TextEncoding.encode(Coercion.toText(value), "base64", false);
    } else {
      boolean raw = call.bool("options.useRawData", i, false);
      String text = raw ? text(value) : Json.text(value);
      content =
          TextEncoding.encode(
              text,
              call.string("options.encoding", i, "utf8"),
              call.bool("options.addBOM", i, false));
    }
    String name = call.string("options.fileName", i, "");
    BinaryData file =
        services
            .binaries()
            .write(
                call.execution().executionId(),
                new ByteArrayInputStream(content),
                call.string("options.mimeType", i, "application/json"),
                name.isEmpty() ? null : name);
    Map<String, @Nullable Object> json = new LinkedHashMap<>(item.json());
    if (all && !keep) {
      json.clear();
    } else if (!keep) {
      PropertyPath.remove(json, source);
    }
    return Item.of(json)
        .withBinary(ItemFiles.with(item.binary(), call.string("destinationKey", i, "data"), file));
  }

  private static String text(@Nullable Object value) {
    return value instanceof Map<?, ?> || value instanceof java.util.List<?>
        ? Json.text(value)
        : Coercion.toText(value);
  }
}
