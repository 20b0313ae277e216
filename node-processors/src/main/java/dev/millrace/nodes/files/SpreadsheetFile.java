package dev.millrace.nodes.files;

import dev.millrace.item.BinaryData;
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

/** Spreadsheet File: between tables in files and items. Version 2 reads CSV as a stream of text. */
public final class SpreadsheetFile implements EffectNode {
  private static final NodeSpec SPEC =
      NodeSpec.type("n8n-nodes-base.spreadsheetFile")
          .named("Spreadsheet File", "Reads tables from files, or writes items as tables.")
          .versions(1, 2)
          .properties(parameters())
          .build();

  private final NodeServices services;

  public SpreadsheetFile(NodeServices services) {
    this.services = services;
  }

  private static List<Property> parameters() {
    List<Property.Option> readable = new ArrayList<>();
    readable.add(Property.option("Autodetect", "autodetect"));
    readable.addAll(SheetFormat.choices());
    return List.of(
        Property.options(
                "operation",
                "Operation",
                "fromFile",
                Property.option("Read From File", "fromFile"),
                Property.option("Write to File", "toFile"))
            .withExtra("noExpression", true),
        Property.string("binaryPropertyName", "Input Binary Field", "data")
            .asRequired()
            .showWhen("operation", "fromFile"),
        Property.of("options", "fileFormat", "File Format", "autodetect")
            .withOptions(readable)
            .showWhen("operation", "fromFile")
            .showWhen("@version", 2),
        Property.collection(
                "options",
                "Options",
                Property.string("delimiter", "Delimiter", ",").showWhen("/fileFormat", "csv"),
                TextEncoding.tableProperty().showWhen("/fileFormat", "csv"),
                Property.bool("enableBOM", "Exclude Byte Order Mark (BOM)", false)
                    .showWhen("/fileFormat", "csv"),
                Property.bool("relaxQuotes", "Preserve Quotes", false)
                    .showWhen("/fileFormat", "csv"),
                Property.bool("headerRow", "Header Row", true),
                Property.bool("includeEmptyCells", "Include Empty Cells", false),
                Property.number("maxRowCount", "Max Number of Rows to Load", -1)
                    .showWhen("/fileFormat", "csv"),
                Property.string("range", "Range", ""),
                Property.bool("rawData", "RAW Data", false),
                Property.bool("readAsString", "Read As String", false),
                Property.string("sheetName", "Sheet Name", "Sheet"),
                Property.number("fromLine", "Starting Line", 0).showWhen("/fileFormat", "csv"),
                SheetProperties.skipRecordsWithErrors().showWhen("/fileFormat", "csv"))
            .showWhen("operation", "fromFile"),
        Property.of("options", "fileFormat", "File Format", "xls")
            .withOptions(SheetFormat.choices())
            .showWhen("operation", "toFile"),
        Property.string("binaryPropertyName", "Put Output File in Field", "data")
            .asRequired()
            .showWhen("operation", "toFile"),
        Property.collection(
                "options",
                "Options",
                Property.bool("compression", "Compression", false)
                    .showWhen("/fileFormat", "xlsx", "ods"),
                Property.string("fileName", "File Name", ""),
                Property.bool("headerRow", "Header Row", true),
                Property.string("sheetName", "Sheet Name", "Sheet")
                    .showWhen("/fileFormat", "ods", "xls", "xlsx"))
            .showWhen("operation", "toFile"));
  }

  @Override
  public NodeSpec spec() {
    return SPEC;
  }

  @Override
  public NodeOutput run(NodeCall call, EffectContext context) throws InterruptedException {
    return call.string("operation", 0, "fromFile").equals("toFile") ? write(call) : read(call);
  }

  private NodeOutput read(NodeCall call) throws InterruptedException {
    SheetReading sheets = new SheetReading(services.binaries());
    return ItemFiles.forEach(
        call,
        (i, item, answers) -> {
          BinaryData file = ItemFiles.file(item, call.string("binaryPropertyName", i, "data"), i);
          String format =
              call.node().typeVersion() < 2
                  ? "autodetect"
                  : call.string("fileFormat", i, "autodetect");
          if (isText(call, format, file)) {
            sheets.csv(call, i, file, answers);
          } else {
            sheets.sheet(call, i, file, format, answers);
          }
        });
  }

  private static boolean isText(NodeCall call, String format, BinaryData file) {
    return format.equals("csv")
        || (format.equals("autodetect")
            && call.node().typeVersion() >= 2
            && file.mimeType().equals("text/csv"));
  }

  private NodeOutput write(NodeCall call) throws InterruptedException {
    return ItemFiles.forAll(
        call,
        () -> {
          BinaryData file =
              SheetProperties.write(
                  services.binaries(),
                  call,
                  call.input(),
                  SheetFormat.of(call.string("fileFormat", 0, "xls")),
                  "spreadsheet");
          return List.of(
              Item.empty()
                  .withBinary(Map.of(call.string("binaryPropertyName", 0, "data"), file))
                  .withPairing(ItemFiles.ofAll(call.input().size())));
        });
  }
}
