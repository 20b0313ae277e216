package dev.millrace.control.datatables;

import dev.millrace.control.http.Schema;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A column of a table.
 *
 * @param id under which cells are kept: it stays when the name changes
 */
record Column(String id, String name, ColumnType type) {
  /** A name that expressions and files can have as it is. */
  static final Schema NAME = Schema.matching("[A-Za-z][A-Za-z0-9_]{0,62}");

  static final Schema TYPE = Schema.oneOf(ColumnType.texts());
  static final Schema SCHEMA =
      Schema.object()
          .must("id", Schema.text())
          .must("name", Schema.text())
          .must("type", TYPE)
          .must("index", Schema.count())
          .named("DataTableColumn");

  Map<String, @Nullable Object> json(int index) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("name", name);
    json.put("type", type.text());
    json.put("index", (double) index);
    return json;
  }
}
