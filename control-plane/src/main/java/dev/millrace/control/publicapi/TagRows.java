package dev.millrace.control.publicapi;

import dev.millrace.control.db.Database;
import dev.millrace.control.http.Schema;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tags as they stand beside workflows. Thread-safe. */
final class TagRows {
  static final Schema TAG =
      Schema.object()
          .must("id", Schema.text())
          .must("name", Schema.text())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .named("PublicTag");

  private final Database database;

  TagRows(Database database) {
    this.database = database;
  }

  /** Those of some names, by name. */
  Map<String, Map<String, @Nullable Object>> byName(Set<String> names) {
    if (names.isEmpty()) {
      return Map.of();
    }
    List<Map<String, @Nullable Object>> rows =
        database
            .reads()
            .withHandle(handle ->
                handle
                    .createQuery("select * from tag where name = any(:names)")
                    .bindArray("names", String.class, (Object[]) names.toArray(new String[0]))
                    .map((row, context) -> json(row))
                    .list());
    return rows.stream()
        .collect(Collectors.toMap(row -> String.valueOf(row.get("name")), Function.identity()));
  }

  private static Map<String, @Nullable Object> json(ResultSet row) throws SQLException {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", row.getString("id"));
    json.put("name", row.getString("name"));
    json.put("createdAt", row.getTimestamp("created_at").toInstant().toString());
    json.put("updatedAt", row.getTimestamp("updated_at").toInstant().toString());
    return json;
  }
}
