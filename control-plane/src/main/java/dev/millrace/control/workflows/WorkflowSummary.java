package dev.millrace.control.workflows;

import dev.millrace.control.http.Schema;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A workflow without its document, as lists have it.
 *
 * @param revision of the draft, growing with each save
 * @param published the version that runs now
 */
public record WorkflowSummary(
    String id,
    String projectId,
    Optional<String> folderId,
    String name,
    int revision,
    Optional<Integer> published,
    boolean archived,
    List<String> tags,
    Instant createdAt,
    Instant updatedAt) {

  /** The fields of what {@link #json} gives. */
  static Schema.Fields fields() {
    return Schema.object()
        .must("id", Schema.text())
        .must("name", Schema.text())
        .must("projectId", Schema.text())
        .must("folderId", Schema.text().orNull())
        .must("active", Schema.flag())
        .must("publishedVersion", Schema.count().orNull())
        .must("revision", Schema.count())
        .must("isArchived", Schema.flag())
        .must("tags", Schema.listOf(Schema.text()))
        .must("createdAt", Schema.time())
        .must("updatedAt", Schema.time());
  }

  public WorkflowSummary {
    tags = List.copyOf(tags);
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("name", name);
    json.put("projectId", projectId);
    json.put("folderId", folderId.orElse(null));
    json.put("active", published.isPresent());
    json.put("publishedVersion", published.map(Integer::doubleValue).orElse(null));
    json.put("revision", (double) revision);
    json.put("isArchived", archived);
    json.put("tags", tags);
    json.put("createdAt", createdAt.toString());
    json.put("updatedAt", updatedAt.toString());
    return json;
  }
}
