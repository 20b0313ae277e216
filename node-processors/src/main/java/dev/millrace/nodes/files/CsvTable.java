package dev.millrace.nodes.files;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.StringReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tables as delimited text. */
final class CsvTable {
  private static final char BOM = '\uFEFF';
  private static final int GUESS_FROM = 1024;

  private CsvTable() {}

  /** UTF-8 with its mark, which spreadsheet programs need to know that it is; no last line end. */
  static void write(Grid grid, String delimiter, OutputStream out) throws IOException {
    Writer writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    writer.write(BOM);
    for (int r = 0; r < grid.rows().size(); r++) {
      List<@Nullable Object> row = grid.rows().get(r);
      if (r > 0) {
        writer.write('\n');
      }
      for (int c = 0; c < row.size(); c++) {
        Object cell = row.get(c);
        writer.write(c > 0 ? delimiter : "");
        writer.write(cell == null ? "" : quoted(Sheet.text(cell), delimiter));
      }
    }
    writer.flush();
  }

  private static String quoted(String text, String delimiter) {
    return text.contains(delimiter)
            || text.indexOf('"') >= 0
            || text.indexOf('\n') >= 0
            || text.indexOf('\r') >= 0
        ? '"' + text.replace("\"", "\"\"") + '"'
        : text;
  }

  /**
   * A sheet of whatever is separated by commas, tabs, semicolons or bars.
   *
   * @param raw all cells as text
   */
  static Sheet read(String text, boolean raw) throws IOException {
    String content = text.startsWith("" + BOM) ? text.substring(1) : text;
    String delimiter = guess(content);
    if (content.startsWith("sep=") && content.length() > 4) {
      delimiter = content.substring(4, 5);
      content = content.substring(content.indexOf('\n') + 1);
    }
    Sheet sheet = new Sheet();
    try (CsvReader reader = new CsvReader(new StringReader(content), delimiter, true)) {
      CsvReader.Row row = reader.next();
      for (int r = 0; row != null; r++, row = reader.next()) {
        for (int c = 0; c < row.fields().size(); c++) {
          String field = row.fields().get(c);
          sheet.put(
              r,
              c,
              raw || row.quoted().get(c)
                  ? (field.isEmpty() ? null : field)
                  : CellText.typed(field));
        }
      }
    }
    return sheet;
  }

  private static String guess(String text) {
    int[] counts = new int[4];
    boolean quoted = false;
    for (int i = 0; i < Math.min(text.length(), GUESS_FROM); i++) {
      char c = text.charAt(i);
      quoted ^= c == '"';
      int which = ",\t;|".indexOf(c);
      if (!quoted && which >= 0) {
        counts[which]++;
      }
    }
    int best = 0;
    for (int i = 1; i < counts.length; i++) {
      best = counts[i] > counts[best] ? i : best;
    }
    return ",\t;|".substring(best, best + 1);
  }
}
