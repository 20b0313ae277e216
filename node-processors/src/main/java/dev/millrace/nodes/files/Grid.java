package dev.millrace.nodes.files;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Items as the rows of a table: nested values in columns named by their path, such as {@code
 * address.city} and {@code tags.0}; the columns in the order in which they first appear.
 *
 * @param rows of text, numbers, truth values and null, all of the same width; the names come first
 *     where they are wanted
 */
record Grid(List<List<@Nullable Object>> rows) {
  /** Counting the empty ones: items that have few fields in common make a table mostly empty. */
  private static final long MAX_CELLS = 10_000_000;

  static Grid of(List<Item> items, boolean withNames) {
    Map<String, Integer> columns = new LinkedHashMap<>();
    List<Map<String, @Nullable Object>> flat = new ArrayList<>(items.size());
    for (Item item : items) {
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      flatten("", item.json(), row);
      row.keySet().forEach(name -> columns.putIfAbsent(name, columns.size()));
      flat.add(row);
    }
    if ((long) items.size() * columns.size() > MAX_CELLS) {
      throw new MillraceException(
          ErrorCode.BATCH_TOO_LARGE,
          items.size()
              + " items with "
              + columns.size()
              + " different fields make too large a table; remove fields or items");
    }
    List<List<@Nullable Object>> rows = new ArrayList<>(items.size() + 1);
    if (withNames) {
      rows.add(new ArrayList<>(columns.keySet()));
    }
    for (Map<String, @Nullable Object> row : flat) {
      List<@Nullable Object> cells = new ArrayList<>(columns.size());
      columns.keySet().forEach(name -> cells.add(row.get(name)));
      rows.add(cells);
    }
    return new Grid(rows);
  }

  private static void flatten(
      String path, @Nullable Object value, Map<String, @Nullable Object> row) {
    switch (value) {
      case Map<?, ?> object ->
          object.forEach((key, nested) ->
              flatten(path.isEmpty() ? String.valueOf(key) : path + "." + key, nested, row));
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          flatten(path + "." + i, list.get(i), row);
        }
      }
      case null -> row.put(path, null);
      case Undefined nothing -> {}
      case Boolean truth -> row.put(path, truth);
      case Double number -> row.put(path, number);
      case Instant time -> row.put(path, Coercion.isoText(time));
      case ZonedDateTime time -> row.put(path, Coercion.isoText(time));
      default -> row.put(path, Coercion.toText(value));
    }
  }
}
