package dev.millrace.control.workflows;

import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A workflow with its draft.
 *
 * @param document the draft as JSON, as it was saved
 */
public record Workflow(WorkflowSummary summary, String document) {
  public String id() {
    return summary.id();
  }

  public String projectId() {
    return summary.projectId();
  }

  /** Of the draft, growing with each save. */
  public int revision() {
    return summary.revision();
  }

  /** The version that runs now. */
  public Optional<Integer> published() {
    return summary.published();
  }

  public boolean archived() {
    return summary.archived();
  }

  /** What an editor that saves must name. */
  String etag() {
    return '"' + String.valueOf(revision()) + '"';
  }

  /** The document, and what is known about it in place of what the document says of it. */
  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json =
        new LinkedHashMap<>(Json.parseObject(document.getBytes(StandardCharsets.UTF_8)));
    json.putAll(summary.json());
    return json;
  }
}
