package dev.millrace.control.projects;

import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
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

  private final Projects projects;
  private final ProjectAdministration administration;

  public ProjectEndpoints(Projects projects, ProjectAdministration administration) {
    this.projects = projects;
    this.administration = administration;
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
            "GET",
            "/api/projects",
            "projects.list",
            "The projects that one belongs to",
            new Access.Project(Scope.PROJECT_READ),
            this::list).query(Parameter.limit(LARGEST_PAGE), Parameter.cursor()).gives(Schema.page(PROJECT)),
        new Endpoint(
            "POST",
            "/api/projects",
            "projects.create",
            "Makes a project, whose admin one is",
            new Access.Installation(Scope.PROJECT_CREATE),
            this::create).takes(Schema.object().must("name", Schema.text(LONGEST_NAME))).creates(PROJECT),
        new Endpoint(
            "GET",
            "/api/projects/{id}",
            "projects.get",
            "One project with its members",
            new Access.Project(Scope.PROJECT_READ),
            this::get).gives(Projects.Project.fields().must("members", Schema.listOf(MEMBER)).named("ProjectWithMembers")),
        new Endpoint(
            "PATCH",
            "/api/projects/{id}",
            "projects.update",
            "Gives a project another name",
            new Access.Project(Scope.PROJECT_UPDATE),
            this::update).takes(Schema.object().must("name", Schema.text(LONGEST_NAME))).gives(PROJECT),
        new Endpoint(
            "DELETE",
            "/api/projects/{id}",
            "projects.delete",
            "Removes a project that is empty",
            new Access.Project(Scope.PROJECT_DELETE),
            this::delete).fails(ErrorCode.CONFLICT),
        new Endpoint(
            "PUT",
            "/api/projects/{id}/members/{userId}",
            "projects.setMember",
            "Lets somebody into a project, or gives him another role in it",
            new Access.Project(Scope.PROJECT_UPDATE),
            this::setMember).takes(Schema.object().must("role", Schema.text())).fails(ErrorCode.CONFLICT),
        new Endpoint(
            "DELETE",
            "/api/projects/{id}/members/{userId}",
            "projects.removeMember",
            "Takes somebody out of a project",
            new Access.Project(Scope.PROJECT_UPDATE),
            this::removeMember).fails(ErrorCode.CONFLICT));
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
    return Answer.created(administration.create(call, call.text("name")).json());
  }

  private Answer get(Call call) {
    Projects.Project project = administration.get(call, call.path("id"));
    Map<String, @Nullable Object> json = project.json();
    json.put(
        "members", projects.members(project.id()).stream().map(Projects.Member::json).toList());
    return Answer.ok(json);
  }

  private Answer update(Call call) {
    return Answer.ok(
        administration.rename(call, call.path("id"), call.text("name")).json());
  }

  private Answer delete(Call call) {
    administration.delete(call, call.path("id"));
    return Answer.none();
  }

  private Answer setMember(Call call) {
    administration.setMembers(
        call, call.path("id"), Map.of(call.path("userId"), call.text("role")));
    return get(call);
  }

  private Answer removeMember(Call call) {
    administration.removeMember(call, call.path("id"), call.path("userId"));
    return Answer.none();
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
