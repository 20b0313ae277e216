package dev.millrace.nodes.files;

import dev.millrace.value.Coercion;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

/** Tables as HTML, in the form in which n8n writes them. */
final class HtmlTable {
  private static final int MAX_SPAN = 1000;

  private HtmlTable() {}

  static void write(Grid grid, OutputStream out) throws IOException {
    Writer writer = new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    writer.write(
        "<html><head><meta charset=\"utf-8\"/><title>SheetJS Table Export</title></head><body>"
            + "<table>");
    for (int r = 0; r < grid.rows().size(); r++) {
      List<@Nullable Object> row = grid.rows().get(r);
      writer.write("<tr>");
      for (int c = 0; c < row.size(); c++) {
        cell(writer, row.get(c), column(c) + (r + 1));
      }
      writer.write("</tr>");
    }
    writer.write("</table></body></html>");
    writer.flush();
  }

  private static void cell(Writer writer, @Nullable Object value, String name) throws IOException {
    writer.write("<td");
    if (value != null) {
      String type = value instanceof Double ? "n" : value instanceof Boolean ? "b" : "s";
      writer.write(" data-t=\"" + type + "\" data-v=\"" + escape(Coercion.toText(value)) + '"');
    }
    writer.write(" id=\"sjs-" + name + "\">");
    writer.write(value == null ? "" : escape(Sheet.text(value)).replace("\n", "<br/>"));
    writer.write("</td>");
  }

  private static String column(int index) {
    StringBuilder letters = new StringBuilder();
    for (int rest = index + 1; rest > 0; rest = (rest - 1) / 26) {
      letters.insert(0, (char) ('A' + (rest - 1) % 26));
    }
    return letters.toString();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#x27;");
  }

  /**
   * A sheet of the first table.
   *
   * @param raw all cells as text
   */
  static Sheet read(String html, boolean raw) {
    Element table = Jsoup.parse(html).selectFirst("table");
    Sheet sheet = new Sheet();
    if (table == null) {
      return sheet;
    }
    Set<Long> taken = new HashSet<>();
    int r = 0;
    for (Element row : table.select("tr")) {
      if (!table.equals(row.closest("table"))) {
        continue;
      }
      int c = 0;
      for (Element cell : row.children()) {
        if (!cell.normalName().equals("td") && !cell.normalName().equals("th")) {
          continue;
        }
        while (taken.contains(place(r, c))) {
          c++;
        }
        sheet.put(r, c, value(cell, raw));
        int wide = span(cell, "colspan");
        int high = span(cell, "rowspan");
        for (int below = 1; below < high; below++) {
          for (int beside = 0; beside < wide && taken.size() < Sheet.MAX_CELLS; beside++) {
            taken.add(place(r + below, c + beside));
          }
        }
        c += wide;
      }
      r++;
    }
    return sheet;
  }

  private static long place(int row, int column) {
    return ((long) row << 32) | column;
  }

  private static int span(Element cell, String name) {
    String value = cell.attr(name);
    return value.matches("[1-9]\\d{0,3}") ? Math.min(Integer.parseInt(value), MAX_SPAN) : 1;
  }

  private static @Nullable Object value(Element cell, boolean raw) {
    // Line ends come from its elements alone, as wholeText has them.
    String text = cell.wholeText().strip();
    String type = cell.hasAttr("data-t") ? cell.attr("data-t") : cell.attr("t");
    String given = cell.hasAttr("data-v") ? cell.attr("data-v") : cell.attr("v");
    if (raw || type.equals("s")) {
      String content = given.isEmpty() ? text : given;
      return content.isEmpty() ? null : content;
    }
    if (type.equals("n") && !Double.isNaN(Coercion.toNumber(given)) && !given.isEmpty()) {
      return Coercion.toNumber(given);
    }
    if (type.equals("b") && !given.isEmpty()) {
      return given.equals("true");
    }
    return CellText.typed(text);
  }
}
