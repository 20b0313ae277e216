package dev.millrace.standalone;

import dev.millrace.control.workflows.PublishedFiles;
import dev.millrace.standalone.definitions.Publications;
import dev.millrace.workflow.WorkflowDocument;
import java.util.Optional;

/** Publishes by the control plane, which knows what else is published. */
record ControlPublications(PublishedFiles files) implements Publications {
  @Override
  public Optional<Integer> version(String workflowId) {
    return files.version(workflowId);
  }

  @Override
  public int publish(String workflowId, WorkflowDocument workflow) {
    return files.publish(workflowId, workflow);
  }

  @Override
  public void withdraw(String workflowId) {
    files.withdraw(workflowId);
  }

  @Override
  public void close() {
    // The control plane's own.
  }
}
