package dev.millrace.control.variables;

import dev.millrace.control.http.Schema;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A value that expressions read as {@code $vars.key}.
 *
 * @param projectId whose workflows read it; empty for all
 */
record Variable(
    String id,
    Optional<String> projectId,
    String key,
    String value,
    Instant createdAt,
    Instant updatedAt) {
  static final Schema SCHEMA =
      Schema.object()
          .must("id", Schema.text())
          .must("projectId", Schema.text().orNull())
          .must("key", Schema.text())
          .must("value", Schema.text())
          .must("type", Schema.oneOf("string"))
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .named("Variable");

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("projectId", projectId.orElse(null));
    json.put("key", key);
    json.put("value", value);
    json.put("type", "string");
    json.put("createdAt", createdAt.toString());
    json.put("updatedAt", updatedAt.toString());
    return json;
  }
}
