package dev.millrace.control.live;

import java.util.Optional;

/**
 * Whose events somebody wants; all where both are empty.
 *
 * @param executionId those of one execution
 * @param workflowId those of the executions of one workflow
 */
record Interest(Optional<String> executionId, Optional<String> workflowId) {
  static Interest inExecution(String id) {
    return new Interest(Optional.of(id), Optional.empty());
  }

  static Interest inWorkflow(Optional<String> id) {
    return new Interest(Optional.empty(), id);
  }
}
