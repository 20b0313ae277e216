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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Convert to File: puts the JSON of items into files. */
public final class ConvertToFile implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.convertToFile")
          .named("Convert to File", "Puts the JSON of items into files.")
          .group("input")
          .versions(1, 1.1)
          .properties(parameters())
          .build();

  private final NodeServices services;

  public ConvertToFile(NodeServices services) {
    this.services = services;
  }

  private static List<Property> parameters() {
    Object[] tables = {"csv", "html", "rtf", "ods", "xls", "xlsx"};
    List<Property> all = new ArrayList<>();
    all.add(
        Property.options(
                "operation",
                "Operation",
                "csv",
                Property.option("Convert to CSV", "csv"),
                Property.option("Convert to HTML", "html"),
                Property.option("Convert to ICS", "iCal"),
                Property.option("Convert to JSON", "toJson"),
                Property.option("Convert to ODS", "ods"),
                Property.option("Convert to RTF", "rtf"),
                Property.option("Convert to Text File", "toText"),
                Property.option("Convert to XLS", "xls"),
                Property.option("Convert to XLSX", "xlsx"),
                Property.option("Move Base64 String to File", "toBinary"))
            .withExtra("noExpression", true));
    all.add(outputField().showWhen("operation", tables));
    all.add(
        Property.collection(
                "options",
                "Options",
                Property.bool("compression", "Compression", false)
                    .showWhen("/operation", "xlsx", "ods"),
                Property.string("delimiter", "Delimiter", ",").showWhen("/operation", "csv"),
                Property.string("fileName", "File Name", ""),
                Property.bool("headerRow", "Header Row", true),
                Property.string("sheetName", "Sheet Name", "Sheet")
                    .showWhen("/operation", "ods", "xls", "xlsx"))
            .showWhen("operation", tables));
    all.add(
        Property.string("sourceProperty", "Base64 Input Field", "")
            .asRequired()
            .showWhen("operation", "toBinary"));
    all.add(outputField().showWhen("operation", "toBinary"));
    all.add(
        Property.collection(
                "options",
                "Options",
                bom(),
                Property.bool("dataIsBase64", "Data Is Base64", true).showWhen("@version", 1),
                TextEncoding.property("Encoding")
                    .showWhen("dataIsBase64", false)
                    .showWhen("@version", 1),
                Property.string("fileName", "File Name", ""),
                Property.string("mimeType", "MIME Type", ""))
            .showWhen("operation", "toBinary"));
    all.add(
        Property.string("sourceProperty", "Text Input Field", "")
            .asRequired()
            .showWhen("operation", "toText"));
    all.add(outputField().showWhen("operation", "toText"));
    all.add(
        Property.collection(
                "options",
                "Options",
                bom(),
                TextEncoding.property("Encoding"),
                Property.string("fileName", "File Name", ""))
            .showWhen("operation", "toText"));
    all.add(
        Property.options(
                "mode",
                "Mode",
                "once",
                Property.option("All Items to One File", "once"),
                Property.option("Each Item to Separate File", "each"))
            .withExtra("noExpression", true)
            .showWhen("operation", "toJson"));
    all.add(outputField().showWhen("operation", "toJson"));
    all.add(
        Property.collection(
                "options",
                "Options",
                bom(),
                Property.bool("format", "Format", false),
                TextEncoding.property("Encoding"),
                Property.string("fileName", "File Name", ""))
            .showWhen("operation", "toJson"));
    CalendarEvent.properties().forEach(property -> all.add(property.showWhen("operation", "iCal")));
    return all;
  }

  private static Property outputField() {
    return Property.string("binaryPropertyName", "Put Output File in Field", "data").asRequired();
  }

  private static Property bom() {
    return Property.bool("addBOM", "Add Byte Order Mark (BOM)", false)
        .showWhen("encoding", "utf8", "cesu8", "ucs2");
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
    String operation = call.string("operation", 0, "csv");
    boolean once = call.string("mode", 0, "once").equals("once");
    return switch (operation) {
      case "iCal" ->
          ItemFiles.forEach(
              call, (i, item, answers) -> answers.add(ICalendar.event(services, call, i, context)));
      case "toText", "toBinary" ->
          ItemFiles.forEach(
              call,
              (i, item, answers) ->
                  answers.add(
                      answer(
                          call,
                          i,
                          operation.equals("toText")
                              ? text(call, i, item)
                              : base64(call, i, item))));
      case "toJson" ->
          once
              ? ItemFiles.forAll(call, () -> together(call, json(call, 0, jsonOf(call.input()))))
              : ItemFiles.forEach(
                  call,
                  (i, item, answers) -> answers.add(answer(call, i, json(call, i, item.json()))));
      default ->
          ItemFiles.forAll(
              call,
              () ->
                  together(
                      call,
                      SheetProperties.write(
                          services.binaries(),
                          call,
                          call.input(),
                          SheetFormat.of(operation),
                          "file")));
    };
  }

  private static List<Map<String, @Nullable Object>> jsonOf(List<Item> items) {
    return items.stream().map(Item::json).toList();
  }

  private static Item answer(NodeCall call, int i, BinaryData file) {
    return Item.empty()
        .withBinary(Map.of(call.string("binaryPropertyName", i, "data"), file))
        .withPairing(Pairing.to(i));
  }

  private static List<Item> together(NodeCall call, BinaryData file) {
    return List.of(answer(call, 0, file).withPairing(ItemFiles.ofAll(call.input().size())));
  }

  private BinaryData json(NodeCall call, int i, Object value) throws IOException {
    boolean format = call.bool("options.format", i, false);
    return store(
        call,
        i,
        encoded(call, i, format ? Json.pretty(value, 2) : Json.text(value)),
        "application/json");
  }

  private BinaryData text(NodeCall call, int i, Item item) throws IOException {
    Object value = source(call, i, item);
    String text =
        value instanceof Map<?, ?> || value instanceof List<?>
            ? Json.text(value)
            : Coercion.toText(value);
    return store(call, i, encoded(call, i, text), "text/plain");
  }

  private static byte[] encoded(NodeCall call, int i, String text) {
    return TextEncoding.encode(
        text, call.string("options.encoding", i, "utf8"), call.bool("options.addBOM", i, false));
  }

  private BinaryData base64(NodeCall call, int i, Item item) throws IOException {
    Object value = source(call, i, item);
    String text =
        value instanceof Map<?, ?> || value instanceof List<?>
            ? Json.text(value)
            : Coercion.toText(value);
    byte[] content =
        call.bool("options.dataIsBase64", i, true)
            ? TextEncoding.encode(text, "base64", false)
            : encoded(call, i, text);
    String mimeType = call.string("options.mimeType", i, "");
    return store(call, i, content, mimeType.isEmpty() ? null : mimeType);
  }

  private static Object source(NodeCall call, int i, Item item) {
    String field = call.string("sourceProperty", i, "");
    Object value = PropertyPath.get(item.json(), field);
    if (value == null || Undefined.orNull(value)) {
      throw new NodeException("The field '" + field + "' of item " + i + " has no value", i);
    }
    return value;
  }

  private BinaryData store(NodeCall call, int i, byte[] content, @Nullable String mimeType)
      throws IOException {
    String name = call.string("options.fileName", i, "");
    BinaryData file =
        services
            .binaries()
            .write(
                call.execution().executionId(),
                new ByteArrayInputStream(content),
                mimeType,
                name.isEmpty() ? null : name);
    return file.fileName() != null ? file : named(file);
  }

  /** Files without a name get one, with the ending of their type. */
  private static BinaryData named(BinaryData file) {
    return new BinaryData(
        file.data(),
        file.mimeType(),
        file.fileExtension() == null ? "file" : "file." + file.fileExtension(),
        file.fileExtension(),
        file.fileType(),
        file.fileSize(),
        file.directory(),
        file.id(),
        file.bytes());
  }
}
