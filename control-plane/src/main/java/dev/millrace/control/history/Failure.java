package dev.millrace.control.history;

import dev.millrace.control.http.Schema;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an execution failed with.
 *
 * @param message at most 2,000 characters of it; the whole stands with the run that failed
 * @param code such as {@code MR-1401}, null where the error has none
 * @param node the node that failed, null where it was none
 */
public record Failure(String message, @Nullable String code, @Nullable String node) {
  /** What {@link #toJson} gives. */
  static final Schema SCHEMA =
      Schema.object()
          .must("message", Schema.text())
          .must("code", Schema.text().orNull())
          .must("node", Schema.text().orNull())
          .named("ExecutionFailure");

  /** As the API shows it. */
  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("message", message);
    json.put("code", code);
    json.put("node", node);
    return json;
  }
}
