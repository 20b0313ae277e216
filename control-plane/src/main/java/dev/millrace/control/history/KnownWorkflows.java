package dev.millrace.control.history;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What history asks of the workflows. Thread-safe; called once for each few hundred executions. */
@FunctionalInterface
public interface KnownWorkflows {
  /**
   * A workflow.
   *
   * @param projectId the project that its executions belong to
   */
  record Known(@Nullable String name, Optional<String> projectId, SavePolicy saves) {}

  /** Those of the workflows that are known, by id. */
  Map<String, Known> find(Set<String> workflowIds);
}
