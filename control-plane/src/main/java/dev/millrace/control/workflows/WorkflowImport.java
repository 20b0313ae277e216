package dev.millrace.control.workflows;

import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Schema;
import dev.millrace.control.projects.Projects;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.workflow.WorkflowDocument;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Looks workflows from elsewhere over, and gives them a place under the ids that they have. */
public final class WorkflowImport {
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Schema DOCUMENT = Schema.free().named("WorkflowDocument");

  private final Database database;
  private final Workflows workflows;
  private final Projects projects;
  private final WorkflowReview review;

  /** What became of a workflow. */
  enum Outcome {
    CREATED,
    /** Made under another id, because its own belongs to another workflow. */
    RENUMBERED,
    /** It was brought before; nothing was changed. */
    PRESENT
  }

  public WorkflowImport(
      Database database, Workflows workflows, Projects projects, NodeCatalogue catalogue) {
    this.database = database;
    this.workflows = workflows;
    this.projects = projects;
    this.review = new WorkflowReview(catalogue);
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "POST",
                "/api/workflows/check",
                "workflows.check",
                "Says what keeps a workflow from being published, and what it will fail with",
                new Access.Project(Scope.WORKFLOW_READ),
                this::check)
            .takes(DOCUMENT)
            .gives(Schema.object().must("problems", Schema.listOf(WorkflowReview.Problem.SCHEMA)))
            .fails(ErrorCode.INVALID_WORKFLOW),
        new Endpoint(
                "POST",
                "/api/workflows/import",
                "workflows.import",
                "Makes a workflow under its own id where that is free; one that was brought before"
                    + " is named and left as it is",
                new Access.Project(Scope.WORKFLOW_CREATE),
                this::bring)
            .takes(
                Schema.object()
                    .may("id", Schema.text(255))
                    .may("projectId", Schema.text().orNull())
                    .must("workflow", DOCUMENT))
            .gives(
                Schema.object()
                    .must("from", Schema.text().orNull())
                    .must("id", Schema.text())
                    .must("name", Schema.text())
                    .must("projectId", Schema.text())
                    .must("outcome", Schema.oneOf("CREATED", "RENUMBERED", "PRESENT"))
                    .named("ImportedWorkflow"))
            .fails(ErrorCode.INVALID_WORKFLOW, ErrorCode.NOT_FOUND, ErrorCode.CONFLICT));
  }

  private Answer check(Call call) {
    return Answer.ok(
        Map.of(
            "problems",
            review.of(WorkflowEndpoints.document(call.body())).stream()
                .map(WorkflowReview.Problem::json)
                .toList()));
  }

  @SuppressWarnings("unchecked") // The schema says that it is an object; those of JSON have texts.
  private Answer bring(Call call) {
    WorkflowDocument document =
        WorkflowEndpoints.document(
            (Map<String, @Nullable Object>)
                Objects.requireNonNull(call.body().get("workflow"), "workflow"));
    Optional<String> from = call.optionalText("id");
    String user = call.principal().userId();
    String project =
        call.grant()
            .require(call.optionalText("projectId").orElseGet(() -> projects.personal(user)));
    if (projects.find(project).isEmpty()) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "There is no project " + project);
    }
    return database
        .jdbi()
        .inTransaction(handle -> {
          if (from.isPresent() && ID.matcher(from.get()).matches()) {
            Optional<Answer> own =
                placed(handle, call, from, from.get(), project, document, Outcome.CREATED);
            if (own.isPresent()) {
              return own.get();
            }
          }
          if (from.isPresent()) {
            // The same the next time, so that it is found again.
            String other = Ids.of(project, from.get(), origin(document));
            Optional<Answer> another =
                placed(handle, call, from, other, project, document, Outcome.RENUMBERED);
            if (another.isPresent()) {
              return another.get();
            }
          }
          return created(
              handle,
              call,
              from,
              Ids.next(),
              project,
              document,
              from.isEmpty() ? Outcome.CREATED : Outcome.RENUMBERED);
        });
  }

  /** Makes it under an id, or finds it there; empty when the id is somebody else's. */
  private Optional<Answer> placed(
      Handle handle,
      Call call,
      Optional<String> from,
      String id,
      String project,
      WorkflowDocument document,
      Outcome made) {
    Optional<Workflow> holder = workflows.find(handle, Grant.all(), id);
    if (holder.isEmpty()) {
      return Optional.of(created(handle, call, from, id, project, document, made));
    }
    String theirs = origin(Workflows.document(holder.get()));
    String ours = origin(document);
    boolean same =
        holder.get().projectId().equals(project)
            && (theirs.isEmpty() || ours.isEmpty() || theirs.equals(ours));
    return same ? Optional.of(answer(from, holder.get(), Outcome.PRESENT)) : Optional.empty();
  }

  private Answer created(
      Handle handle,
      Call call,
      Optional<String> from,
      String id,
      String project,
      WorkflowDocument document,
      Outcome outcome) {
    Workflow made = workflows.create(handle, id, project, document, call.principal().userId());
    Audit.note(
        handle,
        call,
        "workflow.import",
        id,
        project,
        from.<Map<String, @Nullable Object>>map(given -> Map.of("from", given)).orElse(Map.of()));
    return answer(from, made, outcome);
  }

  /** The installation of n8n that a workflow comes from: ids that are numbers are not its alone. */
  private static String origin(WorkflowDocument document) {
    return document.raw().get("meta") instanceof Map<?, ?> meta
            && meta.get("instanceId") instanceof String instance
        ? instance
        : "";
  }

  private static Answer answer(Optional<String> from, Workflow workflow, Outcome outcome) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("from", from.orElse(null));
    json.put("id", workflow.id());
    json.put("name", workflow.summary().name());
    json.put("projectId", workflow.projectId());
    json.put("outcome", outcome.name());
    return Answer.ok(json);
  }
}
