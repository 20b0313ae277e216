package dev.millrace.control.projects;

import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.users.Roles;
import dev.millrace.control.users.Users;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Making projects, and letting people into them. */
public final class ProjectEndpoints {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;
  private static final int LONGEST_NAME = 255;
  private static final Schema PROJECT = Projects.Project.fields().named("Project");
  private static final Schema MEMBER =
      Schema.object()
          .must("id", Schema.text())
          .must("email", Schema.text())
          .must("role", Schema.text())
          .named("ProjectMember");

  private final Database database;
  private final Projects projects;
  private final Users users;
  private final Roles roles;

  public ProjectEndpoints(Database database, Projects projects, Users users, Roles roles) {
    this.database = database;
    this.projects = projects;
    this.users = users;
    this.roles = roles;
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/projects",
                "projects.list",
                "The projects that one belongs to",
                new Access.Project(Scope.PROJECT_READ),
                this::list)
            .query(Parameter.limit(LARGEST_PAGE), Parameter.cursor())
            .gives(Schema.page(PROJECT)),
        new Endpoint(
                "POST",
                "/api/projects",
                "projects.create",
                "Makes a project, whose admin one is",
                new Access.Installation(Scope.PROJECT_CREATE),
                this::create)
            .takes(Schema.object().must("name", Schema.text(LONGEST_NAME)))
            .creates(PROJECT),
        new Endpoint(
                "GET",
                "/api/projects/{id}",
                "projects.get",
                "One project with its members",
                new Access.Project(Scope.PROJECT_READ),
                this::get)
            .gives(
                Projects.Project.fields()
                    .must("members", Schema.listOf(MEMBER))
                    .named("ProjectWithMembers")),
        new Endpoint(
                "PATCH",
                "/api/projects/{id}",
                "projects.update",
                "Gives a project another name",
                new Access.Project(Scope.PROJECT_UPDATE),
                this::update)
            .takes(Schema.object().must("name", Schema.text(LONGEST_NAME)))
            .gives(PROJECT),
        new Endpoint(
                "DELETE",
                "/api/projects/{id}",
                "projects.delete",
                "Removes a project that is empty",
                new Access.Project(Scope.PROJECT_DELETE),
                this::delete)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "PUT",
                "/api/projects/{id}/members/{userId}",
                "projects.setMember",
                "Lets somebody into a project, or gives him another role in it",
                new Access.Project(Scope.PROJECT_UPDATE),
                this::setMember)
            .takes(Schema.object().must("role", Schema.text()))
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "DELETE",
                "/api/projects/{id}/members/{userId}",
                "projects.removeMember",
                "Takes somebody out of a project",
                new Access.Project(Scope.PROJECT_UPDATE),
                this::removeMember)
            .fails(ErrorCode.CONFLICT));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    int skip = call.query("cursor").map(ProjectEndpoints::cursor).orElse(0);
    List<Projects.Project> page = projects.list(call.grant(), limit, skip);
    return Answer.page(
        page.stream().map(Projects.Project::json).toList(),
        page.size() < limit ? null : String.valueOf(skip + limit));
  }

  private Answer create(Call call) {
    String name = name(call);
    String id = Ids.next();
    database
        .jdbi()
        .useTransaction(handle -> {
          handle.execute("insert into project (id, name, type) values (?, ?, 'team')", id, name);
          handle.execute(
              "insert into project_member (project_id, user_id, role) values (?, ?, ?)",
              id,
              call.principal().userId(),
              Role.PROJECT_ADMIN.slug());
          Audit.note(handle, call, "project.create", id, id, Map.of());
        });
    return Answer.created(found(id).json());
  }

  private Answer get(Call call) {
    Projects.Project project = visible(call);
    Map<String, @Nullable Object> json = project.json();
    json.put(
        "members", projects.members(project.id()).stream().map(Projects.Member::json).toList());
    return Answer.ok(json);
  }

  private Answer update(Call call) {
    String id = visible(call).id();
    String name = name(call);
    database
        .jdbi()
        .useTransaction(handle -> {
          handle.execute("update project set name = ?, updated_at = now() where id = ?", name, id);
          Audit.note(handle, call, "project.update", id, id, Map.of());
        });
    return Answer.ok(found(id).json());
  }

  private Answer delete(Call call) {
    Projects.Project project = visible(call);
    if (project.type().equals("personal")) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "A personal project goes with its owner's account");
    }
    database
        .jdbi()
        .useTransaction(handle -> {
          // Whoever adds a workflow meanwhile waits for this, and then finds no project.
          handle
              .createQuery("select id from project where id = :id for update")
              .bind("id", project.id())
              .mapTo(String.class)
              .one();
          boolean used =
              handle
                  .createQuery(
                      "select exists (select 1 from workflow where project_id = :id) or exists"
                          + " (select 1 from credential where project_id = :id)")
                  .bind("id", project.id())
                  .mapTo(Boolean.class)
                  .one();
          if (used) {
            throw new MillraceException(
                ErrorCode.CONFLICT,
                "The project has workflows or credentials; move or delete them first");
          }
          handle.execute("delete from project where id = ?", project.id());
          Audit.note(handle, call, "project.delete", project.id(), project.id(), Map.of());
        });
    return Answer.none();
  }

  private Answer setMember(Call call) {
    Projects.Project project = visible(call);
    requireTeam(project);
    Role role =
        roles
            .find(call.text("role"))
            .filter(found -> found.kind() == Role.Kind.PROJECT)
            .orElseThrow(() -> Call.invalid("role must be a role in projects"));
    String user = call.path("userId");
    if (users.find(user).isEmpty()) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + user);
    }
    database
        .jdbi()
        .useTransaction(handle -> {
          handle.execute(
              "insert into project_member (project_id, user_id, role) values (?, ?, ?) on conflict"
                  + " (project_id, user_id) do update set role = excluded.role",
              project.id(),
              user,
              role.slug());
          Audit.note(
              handle, call, "project.setMember", user, project.id(), Map.of("role", role.slug()));
        });
    return get(call);
  }

  private Answer removeMember(Call call) {
    Projects.Project project = visible(call);
    requireTeam(project);
    String user = call.path("userId");
    database
        .jdbi()
        .useTransaction(handle -> {
          int removed =
              handle.execute(
                  "delete from project_member where project_id = ? and user_id = ?",
                  project.id(),
                  user);
          if (removed == 0) {
            throw new MillraceException(ErrorCode.NOT_FOUND, "There is no member " + user);
          }
          Audit.note(handle, call, "project.removeMember", user, project.id(), Map.of());
        });
    return Answer.none();
  }

  private Projects.Project visible(Call call) {
    return found(call.grant().require(call.path("id")));
  }

  private Projects.Project found(String id) {
    return projects
        .find(id)
        .orElseThrow(() -> new MillraceException(ErrorCode.NOT_FOUND, "There is no project " + id));
  }

  private static void requireTeam(Projects.Project project) {
    if (project.type().equals("personal")) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "A personal project has no other members; share what is in it");
    }
  }

  private static String name(Call call) {
    String name = call.text("name").strip();
    if (name.length() > LONGEST_NAME) {
      throw Call.invalid("name must have at most " + LONGEST_NAME + " characters");
    }
    return name;
  }

  private static int cursor(String text) {
    try {
      int skip = Integer.parseInt(text);
      if (skip >= 0) {
        return skip;
      }
    } catch (NumberFormatException none) {
      // Told below.
    }
    throw Call.invalidCursor();
  }
}
