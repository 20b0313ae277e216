package dev.millrace.control.datatables;

import dev.millrace.control.http.Call;
import dev.millrace.control.http.Schema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A table of a project.
 *
 * @param columns in their order
 * @param lastRow the number of the last row that was added
 * @param bytes what its rows take together
 */
record DataTable(
    String id,
    String projectId,
    String name,
    List<Column> columns,
    long lastRow,
    long bytes,
    Instant createdAt,
    Instant updatedAt) {
  static final Schema NAME = Schema.text(128);
  static final Schema SCHEMA =
      Schema.object()
          .must("id", Schema.text())
          .must("projectId", Schema.text())
          .must("name", Schema.text())
          .must("columns", Schema.listOf(Column.SCHEMA))
          .must("sizeBytes", Schema.count())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .named("DataTable");

  DataTable {
    columns = List.copyOf(columns);
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("projectId", projectId);
    json.put("name", name);
    json.put("columns", columnsJson());
    json.put("sizeBytes", (double) bytes);
    json.put("createdAt", createdAt.toString());
    json.put("updatedAt", updatedAt.toString());
    return json;
  }

  List<Map<String, @Nullable Object>> columnsJson() {
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      all.add(columns.get(i).json(i));
    }
    return all;
  }

  /**
   * What its rows are filtered and sorted by under a name.
   *
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT} when there is nothing
   */
  Field field(String name) {
    return Stream.concat(Field.OF_ROWS.stream(), columns.stream().map(Field::of))
        .filter(field -> field.name().equals(name))
        .findFirst()
        .orElseThrow(() -> Call.invalid("The table has no column " + name));
  }

  /**
   * Cells as they are given.
   *
   * @param data values by the names of columns
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT} when a column is not there
   *     or a value not of its type
   */
  Cells cells(Map<?, ?> data) {
    Map<String, Object> values = new LinkedHashMap<>();
    List<String> nulls = new ArrayList<>();
    data.forEach((name, value) -> {
      Column column =
          columns.stream()
              .filter(one -> one.name().equals(name))
              .findFirst()
              .orElseThrow(() -> Call.invalid("The table has no column " + name + " to be set"));
      if (value == null) {
        nulls.add(column.id());
      } else {
        values.put(
            column.id(),
            column
                .type()
                .cell(value)
                .orElseThrow(
                    () -> Call.invalid(column.name() + " takes a " + column.type().text())));
      }
    });
    return new Cells(values, nulls);
  }

  /**
   * Cells of one row.
   *
   * @param values by column
   * @param nulls the columns that are to have none
   */
  record Cells(Map<String, Object> values, List<String> nulls) {}
}
