package dev.millrace.control.folders;

import dev.millrace.control.http.Schema;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A folder of a project.
 *
 * @param parentId empty where it lies in no other
 * @param folders how many lie directly in it
 * @param workflows how many lie directly in it
 */
record Folder(
    String id,
    String projectId,
    Optional<String> parentId,
    String name,
    long folders,
    long workflows,
    Instant createdAt,
    Instant updatedAt) {
  static final Schema.Fields FIELDS =
      Schema.object()
          .must("id", Schema.text())
          .must("projectId", Schema.text())
          .must("parentFolderId", Schema.text().orNull())
          .must("name", Schema.text())
          .must("folderCount", Schema.count())
          .must("workflowCount", Schema.count())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time());
  static final Schema SCHEMA = FIELDS.named("Folder");

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("projectId", projectId);
    json.put("parentFolderId", parentId.orElse(null));
    json.put("name", name);
    json.put("folderCount", (double) folders);
    json.put("workflowCount", (double) workflows);
    json.put("createdAt", createdAt.toString());
    json.put("updatedAt", updatedAt.toString());
    return json;
  }
}
