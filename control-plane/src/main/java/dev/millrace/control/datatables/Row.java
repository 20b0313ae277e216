package dev.millrace.control.datatables;

import dev.millrace.control.http.Schema;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A row of a table.
 *
 * @param id its number in the table, from 1
 * @param cells by column; without those that have nothing
 */
record Row(long id, Map<String, @Nullable Object> cells, Instant createdAt, Instant updatedAt) {
  static final Schema SCHEMA =
      Schema.object()
          .must("id", Schema.count())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .andOthers()
          .named("DataTableRow");

  /** From the columns id, cells, created_at and updated_at. */
  static Row of(ResultSet row) throws SQLException {
    return new Row(
        row.getLong("id"),
        Json.parseObject(row.getString("cells").getBytes(StandardCharsets.UTF_8)),
        row.getTimestamp("created_at").toInstant(),
        row.getTimestamp("updated_at").toInstant());
  }

  /** With the names that the columns have. */
  Map<String, @Nullable Object> json(DataTable table) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", (double) id);
    json.put("createdAt", Coercion.isoText(createdAt));
    json.put("updatedAt", Coercion.isoText(updatedAt));
    table.columns().forEach(column -> json.put(column.name(), cells.get(column.id())));
    return json;
  }

  /** What it has in a field, null for nothing. */
  @Nullable Object value(Field field) {
    return field.columnId().isPresent()
        ? cells.get(field.columnId().get())
        : switch (field.name()) {
          case "id" -> (double) id;
          case "createdAt" -> Coercion.isoText(createdAt);
          default -> Coercion.isoText(updatedAt);
        };
  }
}
