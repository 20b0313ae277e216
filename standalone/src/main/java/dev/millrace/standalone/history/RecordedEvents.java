package dev.millrace.standalone.history;

import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the events topic holds of one execution.
 *
 * @param started its first event as it is recorded, which says more than the core's
 * @param events all of them so far, in order
 */
public record RecordedEvents(
    String executionId,
    String tenant,
    String workflowId,
    int version,
    ExecutionStartedEvent started,
    List<Event> events) {

  /** The variables ({@code $vars}) that it began with. */
  public Map<String, String> variables() {
    return started.getVariables() == null ? Map.of() : started.getVariables();
  }

  /** The status that it ended with, empty while it is not over. */
  public Optional<ExecutionStatus> ended() {
    return events.getLast() instanceof Event.ExecutionEnded ended
        ? Optional.of(ended.status())
        : Optional.empty();
  }
}
