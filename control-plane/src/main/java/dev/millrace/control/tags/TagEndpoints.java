package dev.millrace.control.tags;

import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.History;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.tags.Tags.Tagged;
import dev.millrace.control.workflows.Workflow;
import dev.millrace.control.workflows.Workflows;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Labels, and the workflows and executions that have them. */
public final class TagEndpoints {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;
  private static final int LONGEST_NAME = 24;

  /** Of one workflow or execution; more say nothing any more. */
  private static final int MOST_OF_ONE = 100;

  private static final Schema NAMED = Schema.object().must("name", Schema.text(LONGEST_NAME));
  private static final Schema CHOSEN =
      Schema.object().must("tagIds", Schema.listOf(Schema.text(64), MOST_OF_ONE));

  private final Database database;
  private final Workflows workflows;
  private final History history;
  private final Tags tags = new Tags();

  public TagEndpoints(Database database, Workflows workflows, History history) {
    this.database = database;
    this.workflows = workflows;
    this.history = history;
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/tags",
                "tags.list",
                "The labels of the installation, by name",
                new Access.Installation(Scope.TAG_READ),
                this::list)
            .query(
                Parameter.limit(LARGEST_PAGE),
                Parameter.cursor(),
                Parameter.flag("withUsageCount", "Also how many workflows have each"))
            .gives(Schema.page(Tag.SCHEMA)),
        new Endpoint(
                "POST",
                "/api/tags",
                "tags.create",
                "Makes a label",
                new Access.Installation(Scope.TAG_CREATE),
                this::create)
            .takes(NAMED)
            .creates(Tag.SCHEMA)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "GET",
                "/api/tags/{id}",
                "tags.get",
                "One label",
                new Access.Installation(Scope.TAG_READ),
                this::get)
            .gives(Tag.SCHEMA),
        new Endpoint(
                "PATCH",
                "/api/tags/{id}",
                "tags.update",
                "Gives a label another name",
                new Access.Installation(Scope.TAG_UPDATE),
                this::update)
            .takes(NAMED)
            .gives(Tag.SCHEMA)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
            "DELETE",
            "/api/tags/{id}",
            "tags.delete",
            "Removes a label, also from everything that has it",
            new Access.Installation(Scope.TAG_DELETE),
            this::delete),
        new Endpoint(
                "GET",
                "/api/workflows/{id}/tags",
                "workflows.tags",
                "The labels of a workflow",
                new Access.Project(Scope.WORKFLOW_READ),
                this::ofWorkflow)
            .gives(Schema.page(Tag.SCHEMA)),
        new Endpoint(
                "PUT",
                "/api/workflows/{id}/tags",
                "workflows.setTags",
                "Gives a workflow these labels and no others",
                new Access.Project(Scope.WORKFLOW_UPDATE),
                this::setOfWorkflow)
            .takes(CHOSEN)
            .gives(Schema.page(Tag.SCHEMA)),
        new Endpoint(
                "GET",
                "/api/executions/{id}/tags",
                "executions.tags",
                "The labels of an execution",
                new Access.Project(Scope.EXECUTION_READ),
                this::ofExecution)
            .gives(Schema.page(Tag.SCHEMA)),
        new Endpoint(
                "PUT",
                "/api/executions/{id}/tags",
                "executions.setTags",
                "Gives an execution these labels and no others",
                new Access.Project(Scope.WORKFLOW_UPDATE),
                this::setOfExecution)
            .takes(CHOSEN)
            .gives(Schema.page(Tag.SCHEMA)));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    boolean counted = call.flag("withUsageCount");
    String after = call.query("cursor").map(TagEndpoints::name).orElse("");
    List<Tags.Used> page = database.reads().withHandle(handle -> tags.list(handle, after, limit));
    return Answer.page(
        page.stream()
            .map(used -> {
              Map<String, @Nullable Object> json = used.tag().json();
              if (counted) {
                json.put("usageCount", (double) used.workflows());
              }
              return json;
            })
            .toList(),
        page.size() < limit ? null : cursor(page.getLast().tag().name()));
  }

  private Answer create(Call call) {
    String name = call.text("name").strip();
    return Answer.created(
        database
            .jdbi()
            .inTransaction(handle -> {
              Tag made = tags.create(handle, name);
              Audit.note(handle, call, "tag.create", made.id(), "", Map.of("name", name));
              return made;
            })
            .json());
  }

  private Answer get(Call call) {
    return Answer.ok(
        database.jdbi().withHandle(handle -> tags.find(handle, call.path("id"))).json());
  }

  private Answer update(Call call) {
    String name = call.text("name").strip();
    return Answer.ok(
        database
            .jdbi()
            .inTransaction(handle -> {
              Tag renamed = tags.rename(handle, call.path("id"), name);
              Audit.note(handle, call, "tag.update", renamed.id(), "", Map.of("name", name));
              return renamed;
            })
            .json());
  }

  private Answer delete(Call call) {
    String id = call.path("id");
    database
        .jdbi()
        .useTransaction(handle -> {
          tags.delete(handle, id);
          Audit.note(handle, call, "tag.delete", id, "", Map.of());
        });
    return Answer.none();
  }

  private Answer ofWorkflow(Call call) {
    String id = call.path("id");
    return all(
        database
            .jdbi()
            .withHandle(handle -> {
              Workflow workflow =
                  workflows.find(handle, call.grant(), id).orElseThrow(() -> Workflows.none(id));
              return tags.of(handle, Tagged.WORKFLOW, workflow.id());
            }));
  }

  private Answer setOfWorkflow(Call call) {
    Set<String> chosen = chosen(call);
    return all(
        database
            .jdbi()
            .inTransaction(handle -> {
              Workflow workflow = workflows.lock(handle, call.grant(), call.path("id"));
              tags.set(handle, Tagged.WORKFLOW, workflow.id(), chosen);
              Audit.note(
                  handle,
                  call,
                  "workflow.setTags",
                  workflow.id(),
                  workflow.projectId(),
                  Map.of("tagIds", List.copyOf(chosen)));
              return tags.of(handle, Tagged.WORKFLOW, workflow.id());
            }));
  }

  private Answer ofExecution(Call call) {
    String id = execution(call).id();
    return all(database.jdbi().withHandle(handle -> tags.of(handle, Tagged.EXECUTION, id)));
  }

  private Answer setOfExecution(Call call) {
    Set<String> chosen = chosen(call);
    ExecutionRow execution = execution(call);
    return all(
        database
            .jdbi()
            .inTransaction(handle -> {
              tags.set(handle, Tagged.EXECUTION, execution.id(), chosen);
              Audit.note(
                  handle,
                  call,
                  "execution.setTags",
                  execution.id(),
                  Objects.requireNonNullElse(execution.projectId(), ""),
                  Map.of("tagIds", List.copyOf(chosen)));
              return tags.of(handle, Tagged.EXECUTION, execution.id());
            }));
  }

  private ExecutionRow execution(Call call) {
    String id = call.path("id");
    return history
        .find(call.grant(), id)
        .orElseThrow(
            () -> new MillraceException(ErrorCode.NOT_FOUND, "There is no execution " + id));
  }

  private static Answer all(List<Tag> tags) {
    return Answer.page(tags.stream().map(Tag::json).toList(), null);
  }

  private static Set<String> chosen(Call call) {
    return new LinkedHashSet<>(call.texts("tagIds"));
  }

  private static String cursor(String name) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(name.getBytes(StandardCharsets.UTF_8));
  }

  private static String name(String cursor) {
    try {
      String name = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
      if (!name.isEmpty() && !Schema.unstorable(name) && cursor(name).equals(cursor)) {
        return name;
      }
    } catch (IllegalArgumentException none) {
      // Told below.
    }
    throw Call.invalidCursor();
  }
}
