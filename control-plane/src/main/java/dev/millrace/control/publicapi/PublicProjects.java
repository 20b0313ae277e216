package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LARGEST_PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;
import static dev.millrace.control.publicapi.PublicEndpoint.PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.inProjects;
import static dev.millrace.control.publicapi.PublicEndpoint.installation;

import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import dev.millrace.control.projects.ProjectAdministration;
import dev.millrace.control.projects.Projects;
import dev.millrace.error.ErrorCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Projects, and who belongs to them. */
final class PublicProjects {
  /** Of one request. */
  private static final int MOST_ADDED = 250;

  private static final Schema PROJECT =
      Schema.object()
          .must("id", Schema.text())
          .must("name", Schema.text())
          .must("type", Schema.oneOf("personal", "team"))
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .named("PublicProject");

  private static final Schema MEMBERS =
      Schema.page(
          Schema.object()
              .must("id", Schema.text())
              .must("email", Schema.text())
              .must("firstName", Schema.text())
              .must("lastName", Schema.text())
              .must("role", Schema.text()));

  private final Projects projects;
  private final ProjectAdministration administration;

  PublicProjects(Projects projects, ProjectAdministration administration) {
    this.projects = projects;
    this.administration = administration;
  }

  List<Endpoint> endpoints() {
    Schema name = Schema.object().must("name", Schema.text(255));
    Schema role = Schema.object().must("role", ID);
    String one = "/projects/{projectId}";
    String member = one + "/users/{userId}";
    return List.of(
        inProjects(
                "GET",
                "/projects",
                "projects.list",
                "The projects that one belongs to, by name",
                Scope.PROJECT_READ,
                this::list)
            .query(LIMIT, CURSOR)
            .gives(Schema.page(PROJECT)),
        installation(
                "POST",
                "/projects",
                "projects.create",
                "Makes a project, whose admin one is",
                Scope.PROJECT_CREATE,
                call -> Answer.created(shape(administration.create(call, call.text("name")))))
            .takes(name)
            .creates(PROJECT),
        inProjects(
                "PUT",
                one,
                "projects.update",
                "Gives a project another name",
                Scope.PROJECT_UPDATE,
                this::update)
            .takes(name),
        inProjects(
                "DELETE",
                one,
                "projects.delete",
                "Removes a project that is empty",
                Scope.PROJECT_DELETE,
                this::delete)
            .fails(ErrorCode.CONFLICT),
        inProjects(
                "GET",
                one + "/users",
                "projects.users",
                "Who belongs to a project, by address",
                Scope.PROJECT_READ,
                this::members)
            .query(LIMIT, CURSOR)
            .gives(MEMBERS),
        inProjects(
                "POST",
                one + "/users",
                "projects.addUsers",
                "Lets people into a project: all of them or none",
                Scope.PROJECT_UPDATE,
                this::add)
            .takes(
                Schema.object()
                    .must(
                        "relations",
                        Schema.listOf(
                            Schema.object().must("userId", ID).must("role", ID), MOST_ADDED)))
            .creates(MEMBERS)
            .fails(ErrorCode.CONFLICT),
        inProjects(
                "PATCH",
                member,
                "projects.changeUser",
                "Gives somebody in a project another role there",
                Scope.PROJECT_UPDATE,
                this::change)
            .takes(role)
            .fails(ErrorCode.CONFLICT),
        inProjects(
                "DELETE",
                member,
                "projects.removeUser",
                "Takes somebody out of a project",
                Scope.PROJECT_UPDATE,
                this::remove)
            .fails(ErrorCode.CONFLICT));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    int skip = skipped(call);
    List<Projects.Project> found = projects.list(call.grant(), limit, skip);
    return Answer.page(
        found.stream().map(PublicProjects::shape).toList(),
        found.size() < limit ? null : String.valueOf(skip + limit));
  }

  private Answer update(Call call) {
    administration.rename(call, call.path("projectId"), call.text("name"));
    return Answer.none();
  }

  private Answer delete(Call call) {
    administration.delete(call, call.path("projectId"));
    return Answer.none();
  }

  private Answer members(Call call) {
    return Answer.ok(pageOfMembers(call));
  }

  private Answer add(Call call) {
    Map<String, String> relations = new LinkedHashMap<>();
    if (call.body().get("relations") instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof Map<?, ?> relation) {
          relations.put(
              String.valueOf(relation.get("userId")), String.valueOf(relation.get("role")));
        }
      }
    }
    administration.setMembers(call, call.path("projectId"), relations);
    return Answer.created(pageOfMembers(call));
  }

  private Answer change(Call call) {
    administration.changeMember(
        call, call.path("projectId"), call.path("userId"), call.text("role"));
    return Answer.none();
  }

  private Answer remove(Call call) {
    administration.removeMember(call, call.path("projectId"), call.path("userId"));
    return Answer.none();
  }

  private Map<String, @Nullable Object> pageOfMembers(Call call) {
    String project = administration.get(call, call.path("projectId")).id();
    int limit = call.limit(PAGE, LARGEST_PAGE);
    int skip = skipped(call);
    List<Projects.Member> all = projects.members(project);
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("data", all.stream().skip(skip).limit(limit).map(PublicProjects::shape).toList());
    page.put(
        "nextCursor", all.size() <= (long) skip + limit ? null : String.valueOf(skip + limit));
    return page;
  }

  private static int skipped(Call call) {
    return call.query("cursor")
        .map(text -> {
          if (!text.matches("[0-9]{1,8}")) {
            throw Call.invalidCursor();
          }
          return Integer.parseInt(text);
        })
        .orElse(0);
  }

  private static Map<String, @Nullable Object> shape(Projects.Project project) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", project.id());
    json.put("name", project.name());
    json.put("type", project.type());
    json.put("createdAt", project.createdAt().toString());
    json.put("updatedAt", project.updatedAt().toString());
    return json;
  }

  private static Map<String, @Nullable Object> shape(Projects.Member member) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", member.userId());
    json.put("email", member.email());
    json.put("firstName", member.firstName());
    json.put("lastName", member.lastName());
    json.put("role", member.role());
    return json;
  }
}
