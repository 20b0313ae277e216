package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.NodeException;
import dev.millrace.node.Property;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The formats of tables; the names are n8n's. */
enum SheetFormat {
  CSV("csv", "CSV") {
    @Override
    void write(Grid grid, Options options, OutputStream out) throws IOException {
      CsvTable.write(grid, options.delimiter(), out);
    }
  },
  HTML("html", "HTML") {
    @Override
    void write(Grid grid, Options options, OutputStream out) throws IOException {
      HtmlTable.write(grid, out);
    }
  },
  ODS("ods", "ODS") {
    @Override
    void write(Grid grid, Options options, OutputStream out) throws IOException {
      checkName(options.sheetName());
      OdsSheet.write(grid, options, out);
    }
  },
  RTF("rtf", "RTF") {
    @Override
    void write(Grid grid, Options options, OutputStream out) throws IOException {
      RtfTable.write(grid, out);
    }
  },
  XLS("xls", "XLS") {
    @Override
    void write(Grid grid, Options options, OutputStream out) throws IOException {
      checkName(options.sheetName());
      checkSize(grid, 65_536, 256);
      XlsSheet.write(grid, options, out);
    }
  },
  XLSX("xlsx", "XLSX") {
    @Override
    void write(Grid grid, Options options, OutputStream out) throws IOException {
      checkName(options.sheetName());
      checkSize(grid, 1_048_576, 16_384);
      XlsxSheet.write(grid, options, out);
    }
  };

  private static final int MAX_CELL_TEXT = 32_767;

  /**
   * How a table is written.
   *
   * @param compressed whether a format that is an archive is compressed
   */
  record Options(String sheetName, String delimiter, boolean compressed) {}

  private final String id;
  private final String label;

  SheetFormat(String id, String label) {
    this.id = id;
    this.label = label;
  }

  String id() {
    return id;
  }

  /** Writes a table; leaves the stream open. */
  abstract void write(Grid grid, Options options, OutputStream out) throws IOException;

  static SheetFormat of(String id) {
    for (SheetFormat format : values()) {
      if (format.id.equals(id)) {
        return format;
      }
    }
    throw new NodeException("'" + id + "' is not a format for tables");
  }

  /** The choices of a parameter. */
  static List<Property.Option> choices() {
    return java.util.Arrays.stream(values())
        .map(format -> Property.option(format.label, format.id))
        .toList();
  }

  private static void checkName(String name) {
    if (name.isEmpty() || name.length() > 31 || name.matches("(?s).*[\\[\\]*?:/\\\\].*")) {
      throw new MillraceException(
          ErrorCode.NODE_FAILED,
          "A sheet's name has 1 to 31 characters, none of them [ ] * ? : / \\. This has not: "
              + name);
    }
  }

  private static void checkSize(Grid grid, int maxRows, int maxColumns) {
    int columns = grid.rows().isEmpty() ? 0 : grid.rows().getFirst().size();
    if (grid.rows().size() > maxRows || columns > maxColumns) {
      throw new MillraceException(
          ErrorCode.BATCH_TOO_LARGE,
          "A sheet of this format has at most "
              + maxRows
              + " rows and "
              + maxColumns
              + " columns; CSV has no such limit");
    }
    for (List<@Nullable Object> row : grid.rows()) {
      for (Object cell : row) {
        if (cell instanceof String text && text.length() > MAX_CELL_TEXT) {
          throw new MillraceException(
              ErrorCode.BATCH_TOO_LARGE,
              "A cell of this format holds at most "
                  + MAX_CELL_TEXT
                  + " characters; CSV has no such limit");
        }
      }
    }
  }
}
