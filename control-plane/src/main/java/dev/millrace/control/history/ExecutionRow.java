package dev.millrace.control.history;

import dev.millrace.control.http.Schema;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An execution without what its nodes answered.
 *
 * @param workflowName as it was called when the execution began, null where it is not known
 * @param version of the workflow, 0 for one that came with the execution
 * @param projectId null where the workflow belongs to none that is known
 * @param mode n8n's name of what started it
 * @param startedAt in whole milliseconds
 * @param stoppedAt null while it is not over
 * @param waitTill until when it waits, null while it does not
 * @param retryOf the execution whose history it took over, or null
 * @param parentId the execution that called it, or null
 * @param lastNode the node that ran last, null before the first
 * @param error what it failed with, or null
 * @param customData what its code stored to find it by
 * @param warnings such as half of a budget that is used
 * @param marks what it is found by, see {@link ExecutionMarks}
 * @param runs how many runs of nodes it has
 * @param bytes size of what they answered
 * @param kept whether it stays when it is over
 * @param sequence number of the last batch of its events that is in here
 * @param changedBy where that batch lies
 */
public record ExecutionRow(
    String id,
    String workflowId,
    @Nullable String workflowName,
    int version,
    @Nullable String projectId,
    String mode,
    ExecutionStatus status,
    Instant startedAt,
    @Nullable Instant stoppedAt,
    @Nullable Instant waitTill,
    @Nullable String retryOf,
    @Nullable String parentId,
    @Nullable String lastNode,
    @Nullable Failure error,
    Map<String, String> customData,
    List<String> warnings,
    Set<String> marks,
    int runs,
    long bytes,
    SavePolicy.Kept kept,
    long sequence,
    Place changedBy) {

  /** The fields of what {@link #toJson} gives. */
  static Schema.Fields fields() {
    return Schema.object()
        .must("id", Schema.text())
        .must("workflowId", Schema.text())
        .must("workflowName", Schema.text().orNull())
        .must("version", Schema.count())
        .must("projectId", Schema.text().orNull())
        .must("mode", Schema.text())
        .must("status", Schema.oneOf(ExecutionStatus.names()))
        .must("finished", Schema.flag())
        .must("startedAt", Schema.time())
        .must("stoppedAt", Schema.time().orNull())
        .must("waitTill", Schema.time().orNull())
        .must("retryOf", Schema.text().orNull())
        .must("parentId", Schema.text().orNull())
        .must("lastNode", Schema.text().orNull())
        .must("error", Failure.SCHEMA.orNull())
        .must("customData", Schema.mapOf(Schema.text()))
        .must("warnings", Schema.listOf(Schema.text()))
        .must("runs", Schema.count())
        .must("bytes", Schema.count());
  }

  /** As the API shows it in a list. */
  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("workflowId", workflowId);
    json.put("workflowName", workflowName);
    json.put("version", (double) version);
    json.put("projectId", projectId);
    json.put("mode", mode);
    json.put("status", status.json());
    json.put("finished", status == ExecutionStatus.SUCCESS);
    json.put("startedAt", startedAt.toString());
    json.put("stoppedAt", text(stoppedAt));
    json.put("waitTill", text(waitTill));
    json.put("retryOf", retryOf);
    json.put("parentId", parentId);
    json.put("lastNode", lastNode);
    json.put("error", error == null ? null : error.toJson());
    json.put("customData", customData);
    json.put("warnings", warnings);
    json.put("runs", (double) runs);
    json.put("bytes", (double) bytes);
    return json;
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }
}
