package dev.millrace.nodes.files;

import dev.millrace.value.Coercion;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.util.List;
import java.util.stream.Stream;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.dhatim.fastexcel.reader.Cell;
import org.dhatim.fastexcel.reader.ReadableWorkbook;
import org.dhatim.fastexcel.reader.Row;
import org.jspecify.annotations.Nullable;

/** Tables as Office Open XML workbooks. */
final class XlsxSheet {
  /** Rows that are held back before they are written out. */
  private static final int FLUSH_EVERY = 1000;

  private XlsxSheet() {}

  static void write(Grid grid, SheetFormat.Options options, OutputStream out) throws IOException {
    Workbook workbook = new Workbook(new KeptOpen(out), "Millrace", "1.0");
    workbook.setCompressionLevel(options.compressed() ? 6 : 0);
    Worksheet sheet = workbook.newWorksheet(options.sheetName());
    for (int r = 0; r < grid.rows().size(); r++) {
      List<@Nullable Object> values = grid.rows().get(r);
      for (int c = 0; c < values.size(); c++) {
        switch (values.get(c)) {
          case null -> {}
          case Double number when Double.isFinite(number) -> sheet.value(r, c, number);
          case Boolean truth -> sheet.value(r, c, truth);
          case Object other -> sheet.value(r, c, Sheet.text(other));
        }
      }
      if (r % FLUSH_EVERY == FLUSH_EVERY - 1) {
        sheet.flush();
      }
    }
    workbook.finish();
  }

  /**
   * A sheet of the workbook.
   *
   * @param name empty for the first
   */
  static Sheet read(byte[] content, String name) throws IOException {
    ZipContent.check(content);
    Sheet sheet = new Sheet();
    try (ReadableWorkbook workbook = new ReadableWorkbook(new ByteArrayInputStream(content))) {
      org.dhatim.fastexcel.reader.Sheet found =
          (name.isEmpty() ? workbook.getSheet(0) : workbook.findSheet(name)).orElse(null);
      if (found == null) {
        throw new IOException(
            name.isEmpty()
                ? "The workbook has no sheets"
                : "The workbook has no sheet '" + name + "'");
      }
      try (Stream<Row> rows = found.openStream()) {
        rows.forEach(row -> {
          for (Cell cell : row) {
            if (cell != null) {
              sheet.put(row.getRowNum() - 1, cell.getColumnIndex(), value(cell));
            }
          }
        });
      }
    }
    return sheet;
  }

  private static @Nullable Object value(Cell cell) {
    return switch (cell.getType()) {
      case NUMBER, STRING, BOOLEAN, FORMULA -> valueOf(cell.getValue());
      case ERROR, EMPTY -> null;
    };
  }

  private static @Nullable Object valueOf(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case BigDecimal number -> (Double) number.doubleValue();
      case Boolean truth -> truth;
      case Object other -> Coercion.toText(other.toString());
    };
  }
}
