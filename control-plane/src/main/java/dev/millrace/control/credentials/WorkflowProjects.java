package dev.millrace.control.credentials;

import java.util.Optional;

/** Says which project a workflow belongs to. Thread-safe; may block. */
@FunctionalInterface
public interface WorkflowProjects {
  /** The project's id; empty when there is no such workflow. */
  Optional<String> projectOf(String workflowId);
}
