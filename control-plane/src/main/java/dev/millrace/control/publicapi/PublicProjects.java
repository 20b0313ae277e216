package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LARGEST_PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;
import static dev.millrace.control.publicapi.PublicEndpoint.PAGE;

import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Schema;
import dev.millrace.control.projects.Projects;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Projects, and who belongs to them. */
final class PublicProjects {
  /** Of one request. */
  private static final int MOST_ADDED = 250;

  private static final Schema MEMBERS =
      Schema.page(
          Schema.object()
              .must("id", Schema.text())
              .must("email", Schema.text())
              .must("firstName", Schema.text())
              .must("lastName", Schema.text())
              .must("role", Schema.text()));

  private static final UnaryOperator<Call> IN = FullApi.renamed("projectId", "id");

  private final FullApi full;
  private final Projects projects;

  PublicProjects(FullApi full, Projects projects) {
    this.full = full;
    this.projects = projects;
  }

  List<Endpoint> endpoints() {
    String all = "/projects";
    String one = all + "/{projectId}";
    String users = one + "/users";
    String user = users + "/{userId}";
    UnaryOperator<Call> same = UnaryOperator.identity();
    return List.of(
        full.same("GET", all, "projects.list", "projects.list", same),
        full.same("POST", all, "projects.create", "projects.create", same),
        full.shaped("PUT", one, "projects.update", "projects.update", this::update)
            .takes(Schema.object().must("name", ID)),
        full.same("DELETE", one, "projects.delete", "projects.delete", IN),
        full.shaped(
                "GET", users, "projects.users", "projects.get", call -> Answer.ok(members(call)))
            .query(LIMIT, CURSOR)
            .gives(MEMBERS),
        full.shaped("POST", users, "projects.addUsers", "projects.setMember", this::add)
            .takes(
                Schema.object()
                    .must(
                        "relations",
                        Schema.listOf(
                            Schema.object().must("userId", ID).must("role", ID), MOST_ADDED)))
            .creates(MEMBERS),
        full.shaped("PATCH", user, "projects.changeUser", "projects.setMember", this::change)
            .takes(Schema.object().must("role", ID)),
        full.same("DELETE", user, "projects.removeUser", "projects.removeMember", IN));
  }

  private Answer update(Call call) {
    full.handler("projects.update").handle(IN.apply(call));
    return Answer.none();
  }

  /** One after the other, up to the first that is refused. */
  private Answer add(Call call) {
    projects.require(call.grant(), call.path("projectId"));
    for (Map<?, ?> relation : FullApi.rows(call.body().get("relations"))) {
      set(call, String.valueOf(relation.get("userId")), relation.get("role"));
    }
    return Answer.created(members(call));
  }

  private Answer change(Call call) {
    String project = projects.require(call.grant(), call.path("projectId"));
    String user = call.path("userId");
    if (projects.members(project).stream().noneMatch(member -> member.userId().equals(user))) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "There is no member " + user);
    }
    set(call, user, call.text("role"));
    return Answer.none();
  }

  private void set(Call call, String user, @Nullable Object role) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("role", role);
    full.handler("projects.setMember")
        .handle(IN.apply(call).withParameter("userId", user).withBody(body));
  }

  private Map<String, @Nullable Object> members(Call call) {
    List<Projects.Member> all =
        projects.members(projects.require(call.grant(), call.path("projectId")));
    int limit = call.limit(PAGE, LARGEST_PAGE);
    int skip = call.query("cursor").map(PublicProjects::skipped).orElse(0);
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("data", all.stream().skip(skip).limit(limit).map(PublicProjects::shape).toList());
    page.put("nextCursor", all.size() <= (long) skip + limit ? null : String.valueOf(skip + limit));
    return page;
  }

  private static int skipped(String cursor) {
    if (!cursor.matches("[0-9]{1,8}")) {
      throw Call.invalidCursor();
    }
    return Integer.parseInt(cursor);
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
