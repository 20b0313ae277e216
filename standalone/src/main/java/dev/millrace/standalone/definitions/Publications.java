package dev.millrace.standalone.definitions;

import dev.millrace.error.MillraceException;
import dev.millrace.workflow.WorkflowDocument;
import java.util.Optional;

/** Where workflows are published. One thread at a time. */
public interface Publications extends AutoCloseable {
  /** The version of a workflow that runs now, empty when none does. */
  Optional<Integer> version(String workflowId);

  /**
   * Publishes a document as the version of a workflow that runs from now on.
   *
   * @return the new version, or the current one when it has the same content
   * @throws MillraceException when it cannot be kept, or its webhooks are others'
   */
  int publish(String workflowId, WorkflowDocument workflow);

  /** Withdraws a workflow: nothing starts it any more, and what runs goes on in its version. */
  void withdraw(String workflowId);

  @Override
  void close();
}
