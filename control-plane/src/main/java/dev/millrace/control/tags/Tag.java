package dev.millrace.control.tags;

import dev.millrace.control.http.Schema;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A label. */
record Tag(String id, String name, Instant createdAt, Instant updatedAt) {
  static final Schema SCHEMA =
      Schema.object()
          .must("id", Schema.text())
          .must("name", Schema.text())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .may("usageCount", Schema.count())
          .named("Tag");

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("name", name);
    json.put("createdAt", createdAt.toString());
    json.put("updatedAt", updatedAt.toString());
    return json;
  }
}
