package dev.millrace.control.publicapi;

import dev.millrace.control.db.Database;
import dev.millrace.control.history.ExecutionFilter;
import dev.millrace.control.history.History;
import dev.millrace.control.http.Authority;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.control.projects.Projects;
import dev.millrace.control.securityaudit.SecurityAudit;
import dev.millrace.control.workflows.WorkflowActions;
import dev.millrace.control.workflows.WorkflowRevisions;
import dev.millrace.control.workflows.Workflows;
import dev.millrace.error.ErrorCode;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The API in n8n's shapes, put together. Thread-safe. */
public final class PublicApi {
  private final List<Endpoint> endpoints;

  /**
   * What it translates to.
   *
   * @param full the endpoints of the full API
   */
  public record Parts(
      List<Endpoint> full,
      Database database,
      Authority authority,
      Projects projects,
      Workflows workflows,
      WorkflowActions workflowActions,
      History history,
      InstantSource clock) {}

  public PublicApi(Parts parts) {
    FullApi full = new FullApi(parts.full());
    Reach reach = new Reach(parts.authority());
    List<Endpoint> services =
        Stream.of(
                // Before the workflows, among which a version is named in the same place.
                new PublicTags(full).endpoints(),
                new PublicWorkflows(
                        parts.workflows(),
                        parts.workflowActions(),
                        new WorkflowRevisions(parts.database()),
                        new TagRows(parts.database()))
                    .endpoints(),
                new PublicExecutions(full, parts.workflowActions(), parts.clock()).endpoints(),
                new PublicCredentials(full, parts.projects()).endpoints(),
                new PublicUsers(full, parts.database(), parts.projects(), reach).endpoints(),
                new PublicProjects(full, parts.projects()).endpoints(),
                new PublicFolders(full).endpoints(),
                new PublicVariables(full).endpoints(),
                new PublicDataTables(full).endpoints(),
                new PublicAudit(parts.database(), securityAudit(parts)).endpoints())
            .flatMap(List::stream)
            .map(PublicApi::withJsonAlone)
            .toList();
    endpoints =
        Stream.concat(services.stream(), new Discovery(services, reach).endpoints().stream())
            .toList();
  }

  public List<Endpoint> endpoints() {
    return endpoints;
  }

  private static SecurityAudit securityAudit(Parts parts) {
    return new SecurityAudit(
        parts.database(),
        (workflow, from) ->
            !parts
                .history()
                .list(
                    Grant.all(),
                    ExecutionFilter.ALL
                        .withWorkflow(workflow)
                        .between(Optional.of(from), Optional.empty()),
                    Optional.empty(),
                    1)
                .executions()
                .isEmpty(),
        parts.clock());
  }

  /** As n8n, it takes no other type of body. */
  private static Endpoint withJsonAlone(Endpoint endpoint) {
    return endpoint.takes().isEmpty()
        ? endpoint
        : endpoint.fails(
            Stream.concat(endpoint.failures().stream(), Stream.of(ErrorCode.UNSUPPORTED_MEDIA_TYPE))
                .toArray(ErrorCode[]::new));
  }
}
