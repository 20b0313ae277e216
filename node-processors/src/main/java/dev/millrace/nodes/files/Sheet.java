package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Coercion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The cells of one sheet, in memory: text, number, truth value, or null for none. Bounded, since
 * its rows become items, which are in memory as well.
 */
final class Sheet {
  /** Cells, counting the empty ones before a filled one in its row. */
  static final int MAX_CELLS = 2_000_000;

  /** Characters of text in all cells. */
  static final long MAX_TEXT = 64L << 20;

  private static final Pattern AREA =
      Pattern.compile("\\$?([A-Za-z]{1,3})\\$?(\\d{1,7})(?::\\$?([A-Za-z]{1,3})\\$?(\\d{1,7}))?");

  private final TreeMap<Integer, List<@Nullable Object>> rows = new TreeMap<>();
  private int firstColumn = Integer.MAX_VALUE;
  private int lastColumn = -1;
  private int cells;
  private long text;

  /** A rectangle of cells, all indexes from 0 and inclusive. */
  private record Area(int firstRow, int firstColumn, int lastRow, int lastColumn) {}

  /** Puts a value into a cell; null leaves it empty. */
  void put(int row, int column, @Nullable Object value) {
    if (value == null) {
      return;
    }
    List<@Nullable Object> line = rows.computeIfAbsent(row, r -> new ArrayList<>(4));
    text += value instanceof String s ? s.length() : 0;
    cells += Math.max(0, column + 1 - line.size());
    if (cells > MAX_CELLS || text > MAX_TEXT) {
      throw tooLarge();
    }
    if (column < line.size()) {
      line.set(column, value);
    } else {
      line.addAll(Collections.nCopies(column - line.size(), null));
      line.add(value);
    }
    firstColumn = Math.min(firstColumn, column);
    lastColumn = Math.max(lastColumn, column);
  }

  private static MillraceException tooLarge() {
    return new MillraceException(
        ErrorCode.BATCH_TOO_LARGE,
        "The sheet has more than " + MAX_CELLS + " cells or " + (MAX_TEXT >> 20) + " MiB of text");
  }

  /**
   * The rows as objects, keyed by the texts of the first row; rows without a value are left out.
   *
   * @param range such as {@code A2:D9}, or the number of rows to pass over; empty for all
   * @param withEmpty whether cells without a value are there, as empty text
   */
  List<Map<String, @Nullable Object>> objects(String range, boolean withEmpty) {
    List<Map<String, @Nullable Object>> result = new ArrayList<>();
    Area area = area(range);
    if (area == null || area.firstRow >= area.lastRow) {
      return result;
    }
    List<String> keys = keys(area);
    long made = 0;
    for (int r : rows.subMap(area.firstRow, false, area.lastRow, true).keySet()) {
      Map<String, @Nullable Object> object = new LinkedHashMap<>();
      boolean any = false;
      int end = end(area, r, withEmpty);
      made += end - area.firstColumn;
      if (made > MAX_CELLS) {
        throw tooLarge();
      }
      for (int c = area.firstColumn; c < end; c++) {
        Object value = cell(r, c);
        any |= value != null;
        if (value != null || withEmpty) {
          object.put(keys.get(c - area.firstColumn), value == null ? "" : value);
        }
      }
      if (any) {
        result.add(object);
      }
    }
    return result;
  }

  /** The rows as lists, the empty ones too; shapes as {@link #objects}. */
  List<List<@Nullable Object>> lists(String range, boolean withEmpty) {
    List<List<@Nullable Object>> result = new ArrayList<>();
    Area area = area(range);
    if (area == null) {
      return result;
    }
    int last = Math.min(area.lastRow, rows.lastKey());
    long made = 0;
    for (int r = area.firstRow; r <= last; r++) {
      List<@Nullable Object> line = new ArrayList<>();
      int end = end(area, r, withEmpty);
      made += 1 + Math.max(0, end - area.firstColumn);
      if (made > MAX_CELLS) {
        throw tooLarge();
      }
      for (int c = area.firstColumn; c < end; c++) {
        Object value = cell(r, c);
        line.add(value == null && withEmpty ? "" : value);
      }
      while (!withEmpty && !line.isEmpty() && line.getLast() == null) {
        line.removeLast();
      }
      result.add(line);
    }
    return result;
  }

  /** Behind the last column to look at in a row: where nothing follows, nothing need be seen. */
  private int end(Area area, int row, boolean withEmpty) {
    List<@Nullable Object> line = rows.get(row);
    return withEmpty
        ? area.lastColumn + 1
        : Math.min(area.lastColumn + 1, line == null ? 0 : line.size());
  }

  private @Nullable Object cell(int row, int column) {
    List<@Nullable Object> line = rows.get(row);
    return line == null || column >= line.size() ? null : line.get(column);
  }

  private List<String> keys(Area area) {
    List<String> keys = new ArrayList<>();
    Set<String> used = new HashSet<>();
    Map<String, Integer> last = new HashMap<>();
    for (int c = area.firstColumn; c <= Math.min(area.lastColumn, lastColumn); c++) {
      Object header = cell(area.firstRow, c);
      String wanted = header == null ? "__EMPTY" : text(header);
      String key = wanted;
      for (int n = last.getOrDefault(wanted, 0) + 1; !used.add(key); n++) {
        key = wanted + "_" + n;
        last.put(wanted, n);
      }
      keys.add(key);
    }
    return keys;
  }

  /** A cell's value as a sheet shows it. */
  static String text(Object value) {
    return value instanceof Boolean truth ? (truth ? "TRUE" : "FALSE") : Coercion.toText(value);
  }

  private @Nullable Area area(String range) {
    if (rows.isEmpty()) {
      return null;
    }
    Area used = new Area(rows.firstKey(), firstColumn, rows.lastKey(), lastColumn);
    String wanted = range.strip();
    if (wanted.isEmpty()) {
      return used;
    }
    if (wanted.matches("\\d{1,7}")) {
      return new Area(Integer.parseInt(wanted), used.firstColumn, used.lastRow, used.lastColumn);
    }
    Matcher parts = AREA.matcher(wanted);
    if (!parts.matches()) {
      throw new MillraceException(
          ErrorCode.NODE_FAILED, "'" + range + "' is not a range such as A2:D9");
    }
    int row = Integer.parseInt(parts.group(2)) - 1;
    int column = column(parts.group(1));
    int lastRow = parts.group(4) == null ? row : Integer.parseInt(parts.group(4)) - 1;
    int lastOfRange = parts.group(3) == null ? column : column(parts.group(3));
    // What lies outside of the used cells is empty, and needs no looking at.
    return new Area(row, column, lastRow, Math.min(lastOfRange, used.lastColumn));
  }

  private static int column(String letters) {
    int column = 0;
    for (char letter : letters.toUpperCase(java.util.Locale.ROOT).toCharArray()) {
      column = column * 26 + letter - 'A' + 1;
    }
    return column - 1;
  }
}
