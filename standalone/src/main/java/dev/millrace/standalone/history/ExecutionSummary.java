package dev.millrace.standalone.history;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.engine.Event;
import dev.millrace.topology.EventRecords;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is shown of an execution in a list.
 *
 * @param status n8n's name of it
 * @param retryOf the execution whose history it took over, or null
 * @param node the node that failed, else the last that ran; empty for none
 */
public record ExecutionSummary(
    String executionId,
    String workflowId,
    int version,
    String mode,
    Instant startedAt,
    String status,
    @Nullable String retryOf,
    String node) {

  boolean over() {
    return !status.equals("running") && !status.equals("waiting");
  }

  /** The summary after a batch; null while the beginning is not known. */
  static @Nullable ExecutionSummary after(@Nullable ExecutionSummary before, EventBatch batch) {
    ExecutionSummary now = before;
    if (!batch.getEvents().isEmpty()
        && batch.getEvents().getFirst() instanceof ExecutionStartedEvent started) {
      now =
          new ExecutionSummary(
              batch.getExecutionId(),
              batch.getWorkflowId(),
              batch.getVersion(),
              started.getMode(),
              started.getAt(),
              "running",
              null,
              "");
    }
    for (Event event : EventRecords.toEvents(batch)) {
      now = now == null ? null : now.after(event);
    }
    return now;
  }

  private ExecutionSummary after(Event event) {
    return switch (event) {
      case Event.HistoryTaken e -> with("running", e.history().executionId(), node);
      case Event.NodeCompleted e -> with("running", retryOf, e.run().node());
      case Event.WaitStarted e -> with("waiting", retryOf, node);
      case Event.ExecutionEnded e ->
          with(
              e.status().json(),
              retryOf,
              e.error() != null && e.error().get("node") instanceof String failed ? failed : node);
      default -> this;
    };
  }

  private ExecutionSummary with(String status, @Nullable String retryOf, String node) {
    return new ExecutionSummary(
        executionId, workflowId, version, mode, startedAt, status, retryOf, node);
  }

  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("executionId", executionId);
    json.put("workflowId", workflowId);
    json.put("version", (double) version);
    json.put("mode", mode);
    json.put("startedAt", startedAt.toString());
    json.put("status", status);
    json.put("retryOf", retryOf);
    json.put("node", node);
    return json;
  }
}
