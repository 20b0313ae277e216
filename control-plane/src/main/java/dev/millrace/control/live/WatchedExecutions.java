package dev.millrace.control.live;

import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.History;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Executions as history and the engine have them, whoever knows more. Thread-safe. */
final class WatchedExecutions {
  private final History history;
  private final LiveExecutions live;
  private final LiveRoutes shown;

  WatchedExecutions(History history, LiveExecutions live, LiveRoutes shown) {
    this.history = history;
    this.live = live;
    this.shown = shown;
  }

  /** One that a grant covers. */
  Optional<WatchedExecution> find(Grant grant, String id) {
    Optional<ExecutionRow> row = history.find(grant, id);
    if (row.filter(known -> known.status().over()).isPresent()) {
      return row.map(WatchedExecutions::ofHistory);
    }
    try {
      Optional<WatchedExecution> running =
          ExecutionProjects.possible(id)
              ? live.find(id).flatMap(execution -> ofEngine(grant, execution))
              : Optional.empty();
      return running.isPresent() ? running : row.map(WatchedExecutions::ofHistory);
    } catch (MillraceException unavailable) {
      if (unavailable.code() != ErrorCode.LIVE_STATE_UNAVAILABLE || row.isEmpty()) {
        throw unavailable;
      }
      return row.map(WatchedExecutions::ofHistory);
    }
  }

  /** One that a grant covers and that is over. */
  Optional<WatchedExecution> over(Grant grant, String id) {
    return history
        .find(grant, id)
        .filter(row -> row.status().over())
        .map(WatchedExecutions::ofHistory);
  }

  private Optional<WatchedExecution> ofEngine(Grant grant, LiveExecution execution) {
    Optional<Map<String, @Nullable Object>> json = shown.shown(grant, execution);
    return json.map(fields ->
        new WatchedExecution(execution.workflowId(), execution.sequence(), false, true, fields));
  }

  private static WatchedExecution ofHistory(ExecutionRow row) {
    return new WatchedExecution(
        row.workflowId(), row.sequence(), row.status().over(), false, row.toJson());
  }
}
