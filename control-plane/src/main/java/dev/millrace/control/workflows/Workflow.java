package dev.millrace.control.workflows;

import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A workflow with its draft.
 *
 * @param document the draft as JSON, as it was saved
 * @param revision of the draft, growing with each save
 * @param published the version that runs now
 */
public record Workflow(
    String id,
    String projectId,
    Optional<String> folderId,
    String name,
    String document,
    int revision,
    Optional<Integer> published,
    boolean archived,
    List<String> tags,
    Instant createdAt,
    Instant updatedAt) {

  public Workflow {
    tags = List.copyOf(tags);
  }

  /** What an editor that saves must name. */
  String etag() {
    return '"' + String.valueOf(revision) + '"';
  }

  /** For lists: without the document. */
  Map<String, @Nullable Object> summary() {
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

  /** The document, and what is known about it in place of what the document says of it. */
  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json =
        new LinkedHashMap<>(Json.parseObject(document.getBytes(StandardCharsets.UTF_8)));
    json.putAll(summary());
    return json;
  }
}
