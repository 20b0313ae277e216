package dev.millrace.topology;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.engine.Held;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An execution that is not over, as the first and the last of its stored batches tell: enough for a
 * list, however much lies between them.
 *
 * @param version of the workflow, 0 for one that came with the execution
 * @param parentId the execution that called it, or null
 * @param at when something happened last
 * @param sequence of its last batch
 * @param lastNode the node that ran last, where the last batch has one
 * @param stale whether it was read from a copy that may be behind
 */
public record ExecutionOutline(
    String executionId,
    String workflowId,
    int version,
    String mode,
    Instant startedAt,
    @Nullable String parentId,
    Instant at,
    long sequence,
    @Nullable String lastNode,
    Optional<Held> held,
    boolean stale) {

  /**
   * @param first the batch that starts the execution
   * @param last the batch that was written last, which may be the first
   * @param held what holds it up
   */
  static ExecutionOutline of(
      EventBatch first, EventBatch last, Optional<Held> held, boolean stale) {
    ExecutionStartedEvent started = StoredStandings.started(first);
    return new ExecutionOutline(
        first.getExecutionId(),
        first.getWorkflowId(),
        first.getVersion(),
        started.getMode(),
        started.getAt(),
        started.getParent() == null ? null : started.getParent().getExecutionId(),
        last.getAt(),
        last.getSequence(),
        lastNode(last),
        held,
        stale);
  }

  private static @Nullable String lastNode(EventBatch batch) {
    List<Object> events = batch.getEvents();
    for (int i = events.size() - 1; i >= 0; i--) {
      if (events.get(i) instanceof NodeCompletedEvent completed) {
        return completed.getNode();
      }
    }
    return null;
  }

  /** Whether people see it as waiting, and not as running. */
  public boolean waits() {
    return held.filter(Held::waits).isPresent();
  }

  /** {@code running} or {@code waiting}. */
  public String status() {
    return waits() ? "waiting" : "running";
  }

  /** {@code {id, workflowId, version, mode, status, startedAt, node, waitsFor, ...}}. */
  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", executionId);
    json.put("workflowId", workflowId);
    json.put("version", (double) version);
    json.put("mode", mode);
    json.put("status", status());
    json.put("startedAt", startedAt.toString());
    json.put("changedAt", at.toString());
    json.put("parentId", parentId);
    json.put("node", held.map(Held::node).orElse(lastNode));
    json.put("waitsFor", held.map(Held::toJson).orElse(null));
    json.put("sequence", (double) sequence);
    json.put("stale", stale);
    return json;
  }
}
