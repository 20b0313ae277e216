package dev.millrace.control;

import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.live.LiveExecution;
import dev.millrace.control.live.LiveExecutions;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An engine that has one execution, of the workflow that everything is tried on. */
final class OneLiveExecution implements LiveExecutions {
  static final String ID = "target";
  private static final Instant STARTED = Instant.parse("2026-03-10T12:00:00Z");

  @Override
  public Page list(Wanted wanted, Optional<String> after, int limit) {
    boolean asked = wanted.workflows().map(ids -> ids.contains(ID)).orElse(true);
    boolean waits = wanted.waiting().orElse(true);
    return new Page(
        asked && waits && after.isEmpty() ? List.of(execution(listed())) : List.of(),
        Optional.empty(),
        true);
  }

  @Override
  public Optional<LiveExecution> find(String id) {
    return id.equals(ID) ? Optional.of(execution(opened())) : Optional.empty();
  }

  private static LiveExecution execution(Map<String, @Nullable Object> json) {
    return new LiveExecution(ID, ID, ExecutionStatus.WAITING, STARTED, 0, json);
  }

  private static Map<String, @Nullable Object> listed() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", ID);
    json.put("workflowId", ID);
    json.put("version", 1.0);
    json.put("mode", "webhook");
    json.put("status", "waiting");
    json.put("startedAt", STARTED.toString());
    json.put("changedAt", STARTED.toString());
    json.put("parentId", null);
    json.put("node", "Wait");
    json.put("waitsFor", Map.of("kind", "time", "node", "Wait"));
    json.put("sequence", 0.0);
    json.put("stale", false);
    return json;
  }

  private static Map<String, @Nullable Object> opened() {
    Map<String, @Nullable Object> json = listed();
    json.put("retryOf", null);
    json.put("nodes", List.of());
    json.put("queued", List.of());
    json.put("timers", List.of());
    json.put("tasks", List.of());
    json.put("openExecutions", List.of());
    json.put("customData", Map.of());
    return json;
  }

  @Override
  public Counts counts() {
    return new Counts(List.of(new Count(ID, 0, 1, STARTED)), true);
  }

  @Override
  public List<Limit> limits() {
    return List.of(
        new Limit("workflow:target", Map.of("name", "workflow:target", "waiting", 3.0)),
        new Limit("node:target:A: b", Map.of("name", "node:target:A: b", "waiting", 1.0)),
        new Limit("credential:httpHeaderAuth:c", Map.of("name", "credential:httpHeaderAuth:c")));
  }
}
