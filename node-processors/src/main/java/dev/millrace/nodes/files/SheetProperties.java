package dev.millrace.nodes.files;

import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.NodeCall;
import dev.millrace.node.Property;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Parameters that several nodes for tables have alike, and the file that they ask for. */
final class SheetProperties {
  private SheetProperties() {}

  static Property skipRecordsWithErrors() {
    return Property.fixedCollection(
            "skipRecordsWithErrors",
            "Skip Records With Errors",
            Property.group(
                "value",
                "Value",
                Property.bool("enabled", "Enabled", false),
                Property.number("maxSkippedRecords", "Max Skipped Records", -1)))
        .withDefault(Map.of("value", Map.of("enabled", true, "maxSkippedRecords", -1.0)));
  }

  /** Stores the items as one table, as the first item's options say. */
  static BinaryData write(
      BinaryStore store, NodeCall call, List<Item> items, SheetFormat format, String defaultName)
      throws IOException {
    Grid grid = Grid.of(items, call.bool("options.headerRow", 0, true));
    SheetFormat.Options options =
        new SheetFormat.Options(
            call.string("options.sheetName", 0, "Sheet"),
            call.string("options.delimiter", 0, ",").replace("\\t", "\t"),
            call.bool("options.compression", 0, false));
    String name = call.string("options.fileName", 0, "");
    return store.write(
        call.execution().executionId(),
        out -> format.write(grid, options, out),
        null,
        name.isEmpty() ? defaultName + "." + format.id() : name);
  }
}
