package dev.millrace.control.variables;

import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.projects.Projects;
import dev.millrace.control.workflows.EngineOutbox;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Values that expressions read as {@code $vars}. They are no secrets: whoever may read a project
 * sees those of it and of the installation, and executions carry those that they use in their
 * events.
 */
public final class VariableEndpoints {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;

  /** What stands for the installation in a query. */
  private static final String INSTALLATION = "null";

  private static final Schema KEY = Schema.matching("[A-Za-z0-9_]{1,50}");
  private static final Schema VALUE = new Schema.Text(0, 1000, "", Optional.empty());
  private static final Schema PROJECT = Schema.text(64).orNull();

  private final Database database;
  private final Projects projects;
  private final Variables variables;

  public VariableEndpoints(Database database, Projects projects, EngineOutbox outbox) {
    this.database = database;
    this.projects = projects;
    this.variables = new Variables(outbox);
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/variables",
                "variables.list",
                "The variables of one's projects and of the installation, by key",
                new Access.Project(Scope.VARIABLE_READ),
                this::list)
            .query(
                Parameter.limit(LARGEST_PAGE),
                Parameter.cursor(),
                Parameter.text("projectId", "Those of one project; null for the installation's"),
                Parameter.text("key", "Part of the key, in any case"))
            .gives(Schema.page(Variable.SCHEMA)),
        new Endpoint(
                "POST",
                "/api/variables",
                "variables.create",
                "Makes a variable of a project, or of the installation when none is named",
                new Access.Project(Scope.VARIABLE_CREATE),
                this::create)
            .takes(
                Schema.object()
                    .must("key", KEY)
                    .must("value", VALUE)
                    .may("projectId", PROJECT)
                    .may("type", Schema.oneOf("string")))
            .creates(Variable.SCHEMA)
            .fails(ErrorCode.CONFLICT, ErrorCode.NOT_FOUND),
        new Endpoint(
                "GET",
                "/api/variables/{id}",
                "variables.get",
                "One variable",
                new Access.Project(Scope.VARIABLE_READ),
                this::get)
            .gives(Variable.SCHEMA),
        new Endpoint(
                "PATCH",
                "/api/variables/{id}",
                "variables.update",
                "Changes a variable for the executions that begin from now on",
                new Access.Project(Scope.VARIABLE_UPDATE),
                this::update)
            .takes(
                Schema.object()
                    .may("key", KEY)
                    .may("value", VALUE)
                    .may("projectId", PROJECT)
                    .may("type", Schema.oneOf("string")))
            .gives(Variable.SCHEMA)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
            "DELETE",
            "/api/variables/{id}",
            "variables.delete",
            "Removes a variable; executions that began with it keep it",
            new Access.Project(Scope.VARIABLE_DELETE),
            this::delete));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    Optional<String> project = call.query("projectId");
    Variables.Filter filter =
        new Variables.Filter(
            project, project.equals(Optional.of(INSTALLATION)), call.query("key").orElse(""));
    List<Variable> page =
        database
            .reads()
            .withHandle(handle ->
                variables.list(
                    handle,
                    call.grant(),
                    filter,
                    call.query("cursor").map(VariableEndpoints::after),
                    limit));
    return Answer.page(
        page.stream().map(Variable::json).toList(),
        page.size() < limit ? null : page.getLast().key() + "." + page.getLast().id());
  }

  private Answer create(Call call) {
    String project = owner(call, call.optionalText("projectId").orElse(null));
    String key = call.text("key");
    String value = call.optionalText("value").orElse("");
    return Answer.created(
        database
            .jdbi()
            .inTransaction(handle -> {
              Variable made = variables.create(handle, project, key, value);
              note(handle, call, "variable.create", made);
              return made;
            })
            .json());
  }

  private Answer get(Call call) {
    return Answer.ok(
        database
            .jdbi()
            .withHandle(handle -> variables.find(handle, call.grant(), call.path("id")))
            .json());
  }

  private Answer update(Call call) {
    boolean moves = call.body().containsKey("projectId");
    String target = moves ? owner(call, call.optionalText("projectId").orElse(null)) : null;
    return Answer.ok(
        database
            .jdbi()
            .inTransaction(handle -> {
              Variable before = changeable(handle, call);
              String project = moves ? target : before.projectId().orElse(null);
              Variable changed =
                  variables.update(
                      handle,
                      before,
                      project,
                      call.optionalText("key").orElse(before.key()),
                      call.optionalText("value").orElse(before.value()));
              note(handle, call, "variable.update", changed);
              return changed;
            })
            .json());
  }

  private Answer delete(Call call) {
    database
        .jdbi()
        .useTransaction(handle -> {
          Variable variable = changeable(handle, call);
          variables.delete(handle, variable);
          note(handle, call, "variable.delete", variable);
        });
    return Answer.none();
  }

  private static void note(Handle handle, Call call, String action, Variable variable) {
    Audit.note(
        handle,
        call,
        action,
        variable.id(),
        variable.projectId().orElse(""),
        Map.of("key", variable.key()));
  }

  /** One that the caller may change and not only see. */
  private Variable changeable(Handle handle, Call call) {
    Variable variable = variables.find(handle, call.grant(), call.path("id"));
    if (variable.projectId().isEmpty()) {
      requireEverywhere(call);
    }
    return variable;
  }

  /** Whom a variable is to belong to. */
  private @Nullable String owner(Call call, @Nullable String project) {
    if (project == null) {
      requireEverywhere(call);
      return null;
    }
    return projects.require(call.grant(), project);
  }

  /** What is everybody's is changed by those who may do so in every project. */
  private static void requireEverywhere(Call call) {
    if (!call.grant().everything()) {
      throw new MillraceException(
          ErrorCode.NOT_ALLOWED,
          "Variables of the installation are for its admins; name a project of yours");
    }
  }

  private static Variables.After after(String cursor) {
    int dot = cursor.indexOf('.');
    if (dot <= 0 || !cursor.substring(0, dot).matches("[A-Za-z0-9_]{1,50}")) {
      throw Call.invalidCursor();
    }
    return new Variables.After(cursor.substring(0, dot), cursor.substring(dot + 1));
  }
}
