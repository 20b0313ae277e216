package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LARGEST_PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;
import static dev.millrace.control.publicapi.PublicEndpoint.PAGE;

import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.projects.Projects;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Accounts, and the roles that they can have. */
final class PublicUsers {
  /** Of one request. */
  private static final int MOST_INVITED = 100;

  private static final int LONGEST_EMAIL = 254;

  private static final Schema USER =
      Schema.object()
          .must("id", Schema.text())
          .must("email", Schema.text())
          .must("firstName", Schema.text())
          .must("lastName", Schema.text())
          .must("isPending", Schema.flag())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .may("role", Schema.text());

  private static final Schema INVITED =
      Schema.object()
          .must(
              "user",
              Schema.object()
                  .must("email", Schema.text())
                  .may("id", Schema.text())
                  .may("role", Schema.text())
                  .may("emailSent", Schema.flag())
                  .may("inviteAcceptUrl", Schema.text())
                  .may("invitationToken", Schema.text()))
          .must("error", Schema.text());

  private final FullApi full;
  private final Database database;
  private final Projects projects;
  private final Reach reach;

  PublicUsers(FullApi full, Database database, Projects projects, Reach reach) {
    this.full = full;
    this.database = database;
    this.projects = projects;
    this.reach = reach;
  }

  List<Endpoint> endpoints() {
    Parameter withRole = Parameter.flag("includeRole", "With the role in the installation");
    String one = "/users/{id}";
    return List.of(
        full.shaped("GET", "/users", "users.list", "users.list", this::list)
            .query(
                withRole,
                Parameter.text("projectId", "Those who belong to a project"),
                LIMIT,
                CURSOR)
            .gives(Schema.page(USER)),
        full.shaped("POST", "/users", "users.invite", "users.invite", this::invite)
            .takes(
                Schema.listOf(
                    Schema.object().must("email", Schema.text(LONGEST_EMAIL)).may("role", ID),
                    MOST_INVITED))
            .creates(Schema.listOf(INVITED)),
        full.shaped("GET", one, "users.get", "users.get", this::get).query(withRole).gives(USER),
        full.shaped("DELETE", one, "users.delete", "users.delete", this::delete),
        full.shaped(
                "PATCH", one + "/role", "users.changeRole", "users.changeRole", this::changeRole)
            .takes(Schema.object().must("newRoleName", ID))
            .gives(USER),
        full.shaped("GET", "/roles", "roles.list", "roles.list", this::roles)
            .gives(
                Schema.page(
                    Schema.object()
                        .must("slug", Schema.text())
                        .must("displayName", Schema.text())
                        .must("roleType", Schema.oneOf("global", "project"))
                        .must("systemRole", Schema.flag())
                        .must("scopes", Schema.listOf(Schema.text())))));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    Optional<String> project = call.query("projectId");
    if (project.isPresent()) {
      return members(call, project.get(), limit);
    }
    Map<String, String> query = new HashMap<>();
    query.put("limit", String.valueOf(limit));
    call.query("cursor").ifPresent(cursor -> query.put("cursor", cursor));
    Map<String, @Nullable Object> page = full.call("users.list", call.withQuery(query));
    boolean withRole = call.flag("includeRole");
    return Answer.page(
        FullApi.rows(page.get("data")).stream().map(user -> shape(user, withRole)).toList(),
        FullApi.text(page, "nextCursor"));
  }

  /** Who belongs to a project is for those who may look into it; others find nobody. */
  private Answer members(Call call, String project, int limit) {
    if (!reach.covers(call.principal(), Scope.PROJECT_READ, project)) {
      return Answer.page(List.of(), null);
    }
    List<String> ids = projects.members(project).stream().map(Projects.Member::userId).toList();
    int from = call.query("cursor").map(last -> behind(ids, last)).orElse(0);
    int to = Math.min(ids.size(), from + limit);
    boolean withRole = call.flag("includeRole");
    return Answer.page(
        ids.subList(from, to).stream()
            .map(id -> shape(full.call("users.get", call.withParameter("id", id)), withRole))
            .toList(),
        to == ids.size() ? null : ids.get(to - 1));
  }

  private static int behind(List<String> ids, String last) {
    int index = ids.indexOf(last);
    if (index < 0) {
      throw Call.invalidCursor();
    }
    return index + 1;
  }

  /** Each by himself: that one address is taken does not keep the others out. */
  private Answer invite(Call call) {
    List<Map<String, @Nullable Object>> answers = new ArrayList<>();
    List<MillraceException> refused = new ArrayList<>();
    for (Map<?, ?> invitation : FullApi.rows(call.list())) {
      try {
        answers.add(invited(full.call("users.invite", call.withBody(invitation))));
      } catch (MillraceException failed) {
        if (failed.code().kind() != ErrorCode.Kind.USER) {
          throw failed;
        }
        refused.add(failed);
        Map<String, @Nullable Object> user = new LinkedHashMap<>();
        user.put("email", invitation.get("email"));
        answers.add(answer(user, failed.text()));
      }
    }
    if (!refused.isEmpty() && refused.size() == answers.size()) {
      throw refused.getFirst();
    }
    return Answer.created(answers);
  }

  private static Map<String, @Nullable Object> invited(Map<?, ?> invited) {
    Map<String, @Nullable Object> user = new LinkedHashMap<>();
    for (String same : List.of("id", "email", "role")) {
      user.put(same, invited.get(same));
    }
    // Whoever could not be sent a mail is to be told by somebody.
    String token = FullApi.text(invited, "invitationToken");
    user.put("emailSent", token == null);
    if (token != null) {
      user.put("invitationToken", token);
    }
    String link = FullApi.text(invited, "invitationLink");
    if (link != null) {
      user.put("inviteAcceptUrl", link);
    }
    return answer(user, "");
  }

  private static Map<String, @Nullable Object> answer(
      Map<String, @Nullable Object> user, String error) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("user", user);
    json.put("error", error);
    return json;
  }

  private Answer get(Call call) {
    return Answer.ok(shape(full.call("users.get", named(call)), call.flag("includeRole")));
  }

  private Answer delete(Call call) {
    return full.handler("users.delete").handle(named(call));
  }

  private Answer changeRole(Call call) {
    return Answer.ok(
        shape(
            full.call(
                "users.changeRole", named(call).withBody(Map.of("role", call.text("newRoleName")))),
            true));
  }

  /** n8n takes an address where it takes an id. */
  private Call named(Call call) {
    String name = call.path("id");
    return call.withParameter(
        "id",
        database
            .jdbi()
            .withHandle(handle ->
                handle
                    .createQuery("select id from app_user where lower(email) = lower(:email)")
                    .bind("email", name)
                    .mapTo(String.class)
                    .findOne())
            .orElse(name));
  }

  private Answer roles(Call call) {
    List<Map<String, @Nullable Object>> roles = new ArrayList<>();
    for (Map<?, ?> role :
        FullApi.rows(Json.parse(full.handler("roles.list").handle(call).body()))) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("slug", role.get("slug"));
      json.put("displayName", role.get("name"));
      json.put("roleType", "project".equals(role.get("kind")) ? "project" : "global");
      json.put("systemRole", role.get("builtIn"));
      json.put("scopes", role.get("scopes"));
      roles.add(json);
    }
    return Answer.page(roles, null);
  }

  private static Map<String, @Nullable Object> shape(Map<?, ?> user, boolean withRole) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    for (String same :
        List.of("id", "email", "firstName", "lastName", "isPending", "createdAt", "updatedAt")) {
      json.put(same, user.get(same));
    }
    if (withRole) {
      json.put("role", user.get("role"));
    }
    return json;
  }
}
