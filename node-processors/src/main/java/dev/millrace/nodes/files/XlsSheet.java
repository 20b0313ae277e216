package dev.millrace.nodes.files;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Objects;
import org.apache.poi.hssf.usermodel.HSSFSheet;
import org.apache.poi.hssf.usermodel.HSSFWorkbook;
import org.apache.poi.ss.usermodel.Cell;
import org.apache.poi.ss.usermodel.CellType;
import org.apache.poi.ss.usermodel.Row;
import org.jspecify.annotations.Nullable;

/** Tables as workbooks of Excel 97 to 2003. */
final class XlsSheet {
  private XlsSheet() {}

  static void write(Grid grid, SheetFormat.Options options, OutputStream out) throws IOException {
    try (HSSFWorkbook workbook = new HSSFWorkbook()) {
      HSSFSheet sheet = workbook.createSheet(options.sheetName());
      for (int r = 0; r < grid.rows().size(); r++) {
        List<@Nullable Object> values = grid.rows().get(r);
        Row row = sheet.createRow(r);
        for (int c = 0; c < values.size(); c++) {
          switch (values.get(c)) {
            case null -> {}
            case Double number when Double.isFinite(number) ->
                row.createCell(c).setCellValue(number);
            case Boolean truth -> row.createCell(c).setCellValue(truth);
            case Object other -> row.createCell(c).setCellValue(Sheet.text(other));
          }
        }
      }
      workbook.write(out);
    }
  }

  /**
   * A sheet of the workbook.
   *
   * @param name empty for the first
   */
  static Sheet read(byte[] content, String name) throws IOException {
    Sheet sheet = new Sheet();
    try (HSSFWorkbook workbook = new HSSFWorkbook(new ByteArrayInputStream(content))) {
      if (workbook.getNumberOfSheets() == 0) {
        throw new IOException("The workbook has no sheets");
      }
      HSSFSheet found = name.isEmpty() ? workbook.getSheetAt(0) : workbook.getSheet(name);
      if (found == null) {
        throw new IOException("The workbook has no sheet '" + name + "'");
      }
      for (Row row : found) {
        for (Cell cell : row) {
          sheet.put(row.getRowNum(), cell.getColumnIndex(), value(cell));
        }
      }
    }
    return sheet;
  }

  private static @Nullable Object value(Cell cell) {
    CellType type =
        cell.getCellType() == CellType.FORMULA
            ? Objects.requireNonNull(cell.getCachedFormulaResultType())
            : cell.getCellType();
    return switch (type) {
      case NUMERIC -> (Double) cell.getNumericCellValue();
      case STRING -> cell.getStringCellValue();
      case BOOLEAN -> (Boolean) cell.getBooleanCellValue();
      case _NONE, FORMULA, BLANK, ERROR -> null;
    };
  }
}
