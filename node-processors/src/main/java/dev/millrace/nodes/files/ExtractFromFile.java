package dev.millrace.nodes.files;

import dev.millrace.error.MillraceException;
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
import dev.millrace.value.Json;
import dev.millrace.value.PropertyPath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Extract from File: takes what is in files into the JSON of items. */
public final class ExtractFromFile implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.extractFromFile")
          .named("Extract from File", "Takes what is in files into the JSON of items.")
          .group("input")
          .versions(1, 1.1)
          .properties(parameters())
          .build();

  private final NodeServices services;

  public ExtractFromFile(NodeServices services) {
    this.services = services;
  }

  private static List<Property> parameters() {
    Object[] tables = {"csv", "html", "rtf", "ods", "xls", "xlsx"};
    Object[] texts = {"binaryToPropery", "fromJson", "text", "fromIcs", "xml"};
    Object[] headed = {"ods", "xls", "xlsx", "csv", "html"};
    Object[] sheets = {"ods", "xls", "xlsx"};
    List<Property> all = new ArrayList<>();
    all.add(
        Property.options(
                "operation",
                "Operation",
                "csv",
                Property.option("Extract From CSV", "csv"),
                Property.option("Extract From HTML", "html"),
                Property.option("Extract From ICS", "fromIcs"),
                Property.option("Extract From JSON", "fromJson"),
                Property.option("Extract From ODS", "ods"),
                Property.option("Extract From PDF", "pdf"),
                Property.option("Extract From RTF", "rtf"),
                Property.option("Extract From Text File", "text"),
                Property.option("Extract From XML", "xml"),
                Property.option("Extract From XLS", "xls"),
                Property.option("Extract From XLSX", "xlsx"),
                Property.option("Move File to Base64 String", "binaryToPropery"))
            .withExtra("noExpression", true));
    all.add(inputField().showWhen("operation", tables));
    all.add(
        Property.collection(
                "options",
                "Options",
                Property.string("delimiter", "Delimiter", ",").showWhen("/operation", "csv"),
                TextEncoding.tableProperty().showWhen("/operation", "csv"),
                Property.bool("enableBOM", "Exclude Byte Order Mark (BOM)", false)
                    .showWhen("/operation", "csv"),
                Property.bool("relaxQuotes", "Preserve Quotes", false)
                    .showWhen("/operation", "csv"),
                Property.bool("headerRow", "Header Row", true).showWhen("/operation", headed),
                Property.bool("includeEmptyCells", "Include Empty Cells", false)
                    .showWhen("/operation", headed),
                Property.number("maxRowCount", "Max Number of Rows to Load", -1)
                    .showWhen("/operation", "csv"),
                Property.string("range", "Range", "").showWhen("/operation", sheets),
                Property.bool("rawData", "RAW Data", false),
                Property.bool("readAsString", "Read As String", false),
                Property.string("sheetName", "Sheet Name", "Sheet").showWhen("/operation", sheets),
                Property.number("fromLine", "Starting Line", 0).showWhen("/operation", "csv"),
                SheetProperties.skipRecordsWithErrors().showWhen("/operation", "csv"))
            .showWhen("operation", tables));
    all.add(inputField().showWhen("operation", texts));
    all.add(
        Property.string("destinationKey", "Destination Output Field", "data")
            .asRequired()
            .showWhen("operation", texts));
    all.add(
        Property.collection(
                "options",
                "Options",
                TextEncoding.property("File Encoding"),
                Property.bool("stripBOM", "Strip BOM", true)
                    .showWhen("encoding", "utf8", "cesu8", "ucs2"),
                keepSource())
            .showWhen("operation", texts));
    all.add(inputField().showWhen("operation", "pdf"));
    all.add(
        Property.collection(
                "options",
                "Options",
                Property.bool("joinPages", "Join Pages", true),
                keepSource(),
                Property.number("maxPages", "Max Pages", 0),
                Property.string("password", "Password", "").withTypeOption("password", true))
            .showWhen("operation", "pdf"));
    return all;
  }

  private static Property inputField() {
    return Property.string("binaryPropertyName", "Input Binary Field", "data").asRequired();
  }

  private static Property keepSource() {
    return Property.options(
        "keepSource",
        "Keep Source",
        "json",
        Property.option("JSON", "json"),
        Property.option("Binary", "binary"),
        Property.option("Both", "both"));
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
    String operation = call.string("operation", 0, "csv");
    SheetReading sheets = new SheetReading(services.binaries());
    return ItemFiles.forEach(
        call,
        (i, item, answers) -> {
          String field = call.string("binaryPropertyName", i, "data");
          BinaryData file = ItemFiles.file(item, field, i);
          switch (operation) {
            case "csv" -> sheets.csv(call, i, file, answers);
            case "html", "rtf", "ods", "xls", "xlsx" ->
                sheets.sheet(call, i, file, operation, answers);
            case "pdf" -> {
              Map<String, @Nullable Object> content =
                  PdfText.read(
                      services.binaries(),
                      file,
                      call.string("options.password", i, ""),
                      (int) call.number("options.maxPages", i, 0),
                      call.bool("options.joinPages", i, true));
              answers.add(kept(call, i, item, field, json -> json.putAll(content)));
            }
            default -> {
              Object value = value(call, i, file, operation);
              String key = call.string("destinationKey", i, "data");
              answers.add(kept(call, i, item, field, json -> PropertyPath.set(json, key, value)));
            }
          }
        });
  }

  /** Adds what was found to as much of the item as its option says. */
  private static Item kept(
      NodeCall call,
      int i,
      Item item,
      String field,
      java.util.function.Consumer<Map<String, @Nullable Object>> add) {
    String keep = call.string("options.keepSource", i, "");
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    if (keep.equals("json") || keep.equals("both")) {
      json.putAll(item.json());
    }
    add.accept(json);
    return Item.of(json)
        .withBinary(
            keep.equals("binary") || keep.equals("both")
                ? item.binary()
                : ItemFiles.without(item.binary(), field))
        .withPairing(Pairing.to(i));
  }

  private @Nullable Object value(NodeCall call, int i, BinaryData file, String operation)
      throws IOException {
    byte[] content = ItemFiles.whole(services.binaries(), file, ItemFiles.MAX_WHOLE);
    if (operation.equals("binaryToPropery")) {
      return Base64.getEncoder().encodeToString(content);
    }
    String given = call.string("options.encoding", i, "");
    String text =
        TextEncoding.decode(
            content,
            given.isEmpty() ? TextEncoding.guess(content) : given,
            call.bool("options.stripBOM", i, true));
    return switch (operation) {
      case "fromIcs" -> CalendarReader.read(text);
      case "fromJson" -> json(text, i);
      default -> text;
    };
  }

  private static @Nullable Object json(String text, int i) {
    if (text.isBlank()) {
      return Map.of();
    }
    try {
      return Json.parse(text);
    } catch (MillraceException broken) {
      throw new NodeException(
          broken.code(), "The file is not valid JSON: " + broken.text(), i, null, Map.of(), broken);
    }
  }
}
