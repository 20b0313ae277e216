package dev.millrace.control.workflows;

import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.projects.Projects;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Making, changing, publishing and sharing workflows. */
public final class WorkflowEndpoints {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;
  private static final int LONGEST_NAME = 500;
  private static final Schema SUMMARY = WorkflowSummary.fields().named("WorkflowSummary");

  /** n8n's JSON, kept as it is. */
  private static final Schema DOCUMENT = Schema.free().named("WorkflowDocument");

  private static final Schema WORKFLOW = WorkflowSummary.fields().andOthers().named("Workflow");
  private static final Schema NAME = Schema.text(LONGEST_NAME);
  private static final Schema VERSION =
      Schema.object()
          .must("version", Schema.count())
          .must("current", Schema.flag())
          .must("publishedBy", Schema.text().orNull())
          .must("publishedAt", Schema.time())
          .named("WorkflowVersion");

  /** What is known about a workflow beside its document; a document that brings it says nothing. */
  private static final List<String> NOT_OF_THE_DOCUMENT =
      List.of(
          "id",
          "projectId",
          "folderId",
          "active",
          "publishedVersion",
          "revision",
          "isArchived",
          "tags",
          "shared",
          "createdAt",
          "updatedAt",
          "versionId",
          "triggerCount");

  private final Database database;
  private final Workflows workflows;
  private final WorkflowPublisher publisher;
  private final Projects projects;
  private final WorkflowCheck check;
  private final BiConsumer<String, String> moved;

  /**
   * @param moved told a workflow and its new project once that is committed: what else belongs to
   *     the workflow follows
   */
  public WorkflowEndpoints(
      Database database,
      Workflows workflows,
      WorkflowPublisher publisher,
      Projects projects,
      WorkflowCheck check,
      BiConsumer<String, String> moved) {
    this.moved = moved;
    this.database = database;
    this.workflows = workflows;
    this.publisher = publisher;
    this.projects = projects;
    this.check = check;
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/workflows",
                "workflows.list",
                "Workflows, those changed last first",
                new Access.Project(Scope.WORKFLOW_READ),
                this::list)
            .query(
                Parameter.limit(LARGEST_PAGE),
                Parameter.cursor(),
                Parameter.text("name", "A part of the name"),
                Parameter.text("tag", "A tag that they have"),
                Parameter.text("projectId", "The project that they belong to"),
                Parameter.flag("active", "Whether they are published"),
                Parameter.flag("archived", "Those in the archive in place of the others"))
            .gives(Schema.page(SUMMARY)),
        new Endpoint(
                "POST",
                "/api/workflows",
                "workflows.create",
                "Makes a workflow from n8n's JSON, in the project of the query or one's own",
                new Access.Project(Scope.WORKFLOW_CREATE),
                this::create)
            .query(Parameter.text("projectId", "The project that it is to belong to"))
            .takes(DOCUMENT)
            .creates(WORKFLOW)
            .fails(ErrorCode.INVALID_WORKFLOW, ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
        new Endpoint(
                "GET",
                "/api/workflows/{id}",
                "workflows.get",
                "One workflow with its draft",
                new Access.Project(Scope.WORKFLOW_READ),
                this::get)
            .gives(WORKFLOW),
        new Endpoint(
                "PUT",
                "/api/workflows/{id}",
                "workflows.update",
                "Saves a new draft; If-Match refuses one that is not based on the last",
                new Access.Project(Scope.WORKFLOW_UPDATE),
                this::update)
            .takes(DOCUMENT)
            .gives(WORKFLOW)
            .fails(ErrorCode.INVALID_WORKFLOW, ErrorCode.CONFLICT),
        new Endpoint(
            "DELETE",
            "/api/workflows/{id}",
            "workflows.delete",
            "Removes a workflow; what runs goes on",
            new Access.Project(Scope.WORKFLOW_DELETE),
            this::delete),
        new Endpoint(
                "POST",
                "/api/workflows/{id}/publish",
                "workflows.publish",
                "Makes the draft the version that runs",
                new Access.Project(Scope.WORKFLOW_PUBLISH),
                this::publish)
            .gives(SUMMARY)
            .fails(
                ErrorCode.CONFLICT,
                ErrorCode.WEBHOOK_CONFLICT,
                ErrorCode.UNKNOWN_NODE_TYPE,
                ErrorCode.NO_START_NODE,
                ErrorCode.INVALID_SCHEDULE,
                ErrorCode.INVALID_LIMITS),
        new Endpoint(
                "POST",
                "/api/workflows/{id}/withdraw",
                "workflows.withdraw",
                "Nothing starts it any more; what runs goes on",
                new Access.Project(Scope.WORKFLOW_PUBLISH),
                this::withdraw)
            .gives(SUMMARY),
        new Endpoint(
                "POST",
                "/api/workflows/{id}/archive",
                "workflows.archive",
                "Withdraws a workflow and takes it out of lists",
                new Access.Project(Scope.WORKFLOW_DELETE),
                call -> archive(call, true))
            .gives(SUMMARY),
        new Endpoint(
                "POST",
                "/api/workflows/{id}/unarchive",
                "workflows.unarchive",
                "Puts an archived workflow back into lists",
                new Access.Project(Scope.WORKFLOW_DELETE),
                call -> archive(call, false))
            .gives(SUMMARY),
        new Endpoint(
                "GET",
                "/api/workflows/{id}/versions",
                "workflows.versions",
                "The versions that were published, the last first",
                new Access.Project(Scope.WORKFLOW_READ),
                this::versions)
            .gives(Schema.listOf(VERSION)),
        new Endpoint(
                "GET",
                "/api/workflows/{id}/versions/{version}",
                "workflows.version",
                "The document of one version",
                new Access.Project(Scope.WORKFLOW_READ),
                this::version)
            .gives(DOCUMENT),
        new Endpoint(
                "POST",
                "/api/workflows/{id}/move",
                "workflows.move",
                "Gives a workflow to another project in which one may do so too",
                new Access.Project(Scope.WORKFLOW_MOVE),
                this::move)
            .takes(Schema.object().must("projectId", Schema.text()))
            .gives(SUMMARY),
        new Endpoint(
            "PUT",
            "/api/workflows/{id}/shares/{projectId}",
            "workflows.share",
            "Lets the members of a project use a workflow",
            new Access.Project(Scope.WORKFLOW_SHARE),
            call -> share(call, true)),
        new Endpoint(
            "DELETE",
            "/api/workflows/{id}/shares/{projectId}",
            "workflows.unshare",
            "Takes that back",
            new Access.Project(Scope.WORKFLOW_SHARE),
            call -> share(call, false)));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    Workflows.Filter filter =
        new Workflows.Filter(
            call.query("name").orElse(""),
            call.query("tag").orElse(""),
            call.query("projectId"),
            call.query("active").map(any -> call.flag("active")),
            call.flag("archived"));
    List<WorkflowSummary> page =
        workflows.list(
            call.grant(), filter, call.query("cursor").map(WorkflowEndpoints::after), limit);
    return Answer.page(
        page.stream().map(WorkflowSummary::json).toList(),
        page.size() < limit ? null : page.getLast().updatedAt() + "_" + page.getLast().id());
  }

  private Answer create(Call call) {
    WorkflowDocument document = document(call);
    String user = call.principal().userId();
    String project =
        projects.require(
            call.grant(), call.query("projectId").orElseGet(() -> projects.personal(user)));
    Workflow made =
        database
            .jdbi()
            .inTransaction(handle -> {
              Workflow created = workflows.create(handle, null, project, document, user);
              Audit.note(handle, call, "workflow.create", created.id(), project, Map.of());
              return created;
            });
    return Answer.created(made.json()).with("etag", made.etag());
  }

  private Answer get(Call call) {
    String id = call.path("id");
    Workflow found =
        database
            .jdbi()
            .withHandle(handle -> workflows.find(handle, call.grant(), id))
            .orElseThrow(() -> Workflows.none(id));
    return Answer.ok(found.json()).with("etag", found.etag());
  }

  /** What is done to a workflow in a transaction that has it locked. */
  @FunctionalInterface
  private interface Change {
    /** Does it, and answers what the audit log is to say of it. */
    Map<String, ? extends @Nullable Object> make(Handle handle, Workflow now);
  }

  /** Whom a workflow has to belong to for a change. */
  private enum Reach {
    /** To a project of the grant. */
    OWNED,
    /** The same, or it is shared with one. */
    SHARED
  }

  /**
   * Changes a workflow and notes it.
   *
   * @return the workflow as it is then; as it was, where it is gone
   */
  private Workflow change(Call call, String action, Reach reach, Change change) {
    String id = call.path("id");
    return database
        .jdbi()
        .inTransaction(handle -> {
          Workflow before =
              reach == Reach.OWNED
                  ? workflows.lockOwned(handle, call.grant(), id)
                  : workflows.lock(handle, call.grant(), id);
          Map<String, ? extends @Nullable Object> details = change.make(handle, before);
          Workflow after = workflows.find(handle, Grant.all(), id).orElse(before);
          Audit.note(handle, call, action, id, after.projectId(), details);
          return after;
        });
  }

  private Answer update(Call call) {
    WorkflowDocument document = document(call);
    Workflow saved =
        change(
            call,
            "workflow.update",
            Reach.SHARED,
            (handle, now) -> {
              requireMatch(call, now);
              Workflow next = workflows.save(handle, now, document, call.principal().userId());
              return Map.of("revision", (double) next.revision());
            });
    return Answer.ok(saved.json()).with("etag", saved.etag());
  }

  private Answer delete(Call call) {
    change(
        call,
        "workflow.delete",
        Reach.OWNED,
        (handle, now) -> {
          publisher.withdraw(handle, now);
          workflows.delete(handle, now);
          return Map.of();
        });
    return Answer.none();
  }

  private Answer publish(Call call) {
    Workflow published =
        change(
            call,
            "workflow.publish",
            Reach.SHARED,
            (handle, now) -> {
              requireMatch(call, now);
              if (now.archived()) {
                throw new MillraceException(
                    ErrorCode.CONFLICT, "The workflow is archived; take it out of there first");
              }
              WorkflowDocument document = Workflows.document(now);
              check.require(document);
              int version = publisher.publish(handle, now, document, call.principal().userId());
              return Map.of("version", (double) version);
            });
    return Answer.ok(published.summary().json()).with("etag", published.etag());
  }

  private Answer withdraw(Call call) {
    return Answer.ok(
        change(
                call,
                "workflow.withdraw",
                Reach.SHARED,
                (handle, now) -> {
                  publisher.withdraw(handle, now);
                  return Map.of();
                })
            .summary()
            .json());
  }

  private Answer archive(Call call, boolean archived) {
    return Answer.ok(
        change(
                call,
                archived ? "workflow.archive" : "workflow.unarchive",
                Reach.OWNED,
                (handle, now) -> {
                  if (archived) {
                    publisher.withdraw(handle, now);
                  }
                  workflows.archive(handle, now, archived);
                  return Map.of();
                })
            .summary()
            .json());
  }

  private Answer versions(Call call) {
    String id = call.path("id");
    return Answer.ok(
        database
            .jdbi()
            .withHandle(handle -> {
              Workflow found =
                  workflows.find(handle, call.grant(), id).orElseThrow(() -> Workflows.none(id));
              return handle
                  .createQuery(
                      "select version, published_by, published_at from workflow_version where"
                          + " workflow_id = :id order by version desc limit 1000")
                  .bind("id", id)
                  .map((row, context) -> {
                    int version = row.getInt("version");
                    Map<String, @Nullable Object> json = new LinkedHashMap<>();
                    json.put("version", (double) version);
                    json.put("current", found.published().equals(Optional.of(version)));
                    json.put("publishedBy", row.getString("published_by"));
                    json.put(
                        "publishedAt", row.getTimestamp("published_at").toInstant().toString());
                    return json;
                  })
                  .list();
            }));
  }

  private Answer version(Call call) {
    String id = call.path("id");
    int version;
    try {
      version = Integer.parseInt(call.path("version"));
    } catch (NumberFormatException none) {
      throw Call.invalid("version must be a number");
    }
    return database
        .jdbi()
        .withHandle(handle ->
            workflows
                .find(handle, call.grant(), id)
                .flatMap(found -> publisher.version(handle, id, version)))
        .map(text -> Answer.ok(Json.parseObject(text.getBytes(StandardCharsets.UTF_8))))
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.NOT_FOUND, "There is no version " + version + " of " + id));
  }

  private Answer move(Call call) {
    String project = projects.require(call.grant(), call.text("projectId"));
    Workflow there =
        change(
            call,
            "workflow.move",
            Reach.OWNED,
            (handle, now) -> {
              workflows.move(handle, now, project);
              return Map.of("from", now.projectId());
            });
    moved.accept(there.id(), project);
    return Answer.ok(there.summary().json());
  }

  private Answer share(Call call, boolean shared) {
    String project = projects.require(Grant.all(), call.path("projectId"));
    change(
        call,
        shared ? "workflow.share" : "workflow.unshare",
        Reach.OWNED,
        (handle, now) -> {
          if (shared) {
            workflows.share(handle, now, project);
          } else {
            workflows.unshare(handle, now, project);
          }
          return Map.of("with", project);
        });
    return Answer.none();
  }

  private static void requireMatch(Call call, Workflow now) {
    Optional<String> expected = call.header().apply("if-match");
    if (expected.isPresent() && !expected.get().equals("*") && !expected.get().equals(now.etag())) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "Somebody else saved the workflow: it is at revision " + now.etag());
    }
  }

  private static WorkflowDocument document(Call call) {
    Map<String, @Nullable Object> raw = new LinkedHashMap<>(call.body());
    NOT_OF_THE_DOCUMENT.forEach(raw::remove);
    if (raw.get("name") instanceof String name) {
      NAME.refusal(name, "name")
          .ifPresent(why -> {
            throw Call.invalid(why);
          });
    }
    return WorkflowDocument.of(raw);
  }

  private static Workflows.After after(String cursor) {
    int end = cursor.indexOf('_');
    try {
      return new Workflows.After(
          Instant.parse(cursor.substring(0, Math.max(0, end))), cursor.substring(end + 1));
    } catch (DateTimeException none) {
      throw Call.invalidCursor();
    }
  }
}
