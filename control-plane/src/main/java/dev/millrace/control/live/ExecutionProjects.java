package dev.millrace.control.live;

import dev.millrace.control.http.Grant;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Which executions somebody may see: those of the workflows of his projects. Thread-safe. */
public final class ExecutionProjects {
  private final Workflows workflows;

  /** A workflow that is known. */
  public record Workflow(String name, String projectId) {}

  /** What is asked of the workflows. Thread-safe; blocks. */
  public interface Workflows {
    /** Those of some workflows that are known, by id. */
    Map<String, Workflow> find(Set<String> ids);

    /** The ids of those that belong to the projects of a grant. */
    Set<String> of(Grant grant);
  }

  public ExecutionProjects(Workflows workflows) {
    this.workflows = workflows;
  }

  /** Those of some workflows that are known, by id. */
  Map<String, Workflow> known(Set<String> ids) {
    Set<String> possible =
        ids.stream().filter(ExecutionProjects::possible).collect(Collectors.toSet());
    return possible.isEmpty() ? Map.of() : workflows.find(possible);
  }

  /** Whether a text can be an id at all: neither stores nor databases take what this leaves out. */
  static boolean possible(String id) {
    return id.indexOf(0) < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(id);
  }

  /** A workflow, where it is known. */
  Optional<Workflow> known(String id) {
    return Optional.ofNullable(known(Set.of(id)).get(id));
  }

  /**
   * Whether a grant covers the executions of a workflow. One that is not known belongs to nobody.
   */
  static boolean covers(Grant grant, Optional<Workflow> workflow) {
    return grant.everything()
        || workflow.map(Workflow::projectId).filter(grant::covers).isPresent();
  }

  /** The same of a workflow that is looked up. */
  boolean covers(Grant grant, String workflowId) {
    return grant.everything() || covers(grant, known(workflowId));
  }

  /**
   * The workflows to look at; empty for all that there are.
   *
   * @param asked the only one that is asked for
   */
  Optional<Set<String>> workflows(Grant grant, Optional<String> asked) {
    if (asked.isPresent()) {
      return Optional.of(covers(grant, asked.get()) ? Set.of(asked.get()) : Set.of());
    }
    return grant.everything() ? Optional.empty() : Optional.of(workflows.of(grant));
  }
}
