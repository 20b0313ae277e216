package dev.millrace.workflow;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node of a workflow document, as stored: parameters still hold expressions, and only what
 * differs from the default.
 *
 * @param raw the node's whole JSON object, with what this record does not name
 */
public record WorkflowNode(
    String id,
    String name,
    String type,
    double typeVersion,
    double x,
    double y,
    Map<String, @Nullable Object> parameters,
    boolean disabled,
    boolean alwaysOutputData,
    boolean executeOnce,
    boolean retryOnFail,
    int maxTries,
    int waitBetweenTries,
    OnError onError,
    @Nullable String webhookId,
    Map<String, @Nullable Object> raw) {

  /** What happens to the execution when the node fails. */
  public enum OnError {
    STOP_WORKFLOW,
    CONTINUE_REGULAR_OUTPUT,
    CONTINUE_ERROR_OUTPUT
  }

  /** Whether a node that fails lets the execution go on, in either way. */
  public boolean continuesOnFail() {
    return onError != OnError.STOP_WORKFLOW;
  }
}
