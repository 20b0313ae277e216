package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LARGEST_PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;
import static dev.millrace.control.publicapi.PublicEndpoint.PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.installation;

import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.users.Roles;
import dev.millrace.control.users.User;
import dev.millrace.control.users.UserAdministration;
import dev.millrace.control.users.Users;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
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

  private static final Schema.Fields USER =
      Schema.object()
          .must("id", Schema.text())
          .must("email", Schema.text())
          .must("firstName", Schema.text())
          .must("lastName", Schema.text())
          .must("isPending", Schema.flag())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .may("role", Schema.text());

  private final Users users;
  private final UserAdministration administration;
  private final Roles roles;
  private final Reach reach;

  PublicUsers(Users users, UserAdministration administration, Roles roles, Reach reach) {
    this.users = users;
    this.administration = administration;
    this.roles = roles;
    this.reach = reach;
  }

  List<Endpoint> endpoints() {
    Parameter withRole = Parameter.flag("includeRole", "With the role in the installation");
    String one = "/users/{id}";
    return List.of(
        installation(
                "GET",
                "/users",
                "users.list",
                "Everybody who has an account, by address",
                Scope.USER_READ,
                this::list)
            .query(
                withRole,
                Parameter.text("projectId", "Those who belong to a project"),
                LIMIT,
                CURSOR)
            .gives(Schema.page(USER)),
        installation(
                "POST",
                "/users",
                "users.invite",
                "Invites people; each answer has the token that he accepts with",
                Scope.USER_INVITE,
                this::invite)
            .takes(
                Schema.listOf(
                    Schema.object().must("email", Schema.text(LONGEST_EMAIL)).may("role", ID),
                    MOST_INVITED))
            .creates(
                Schema.listOf(
                    Schema.object()
                        .must(
                            "user",
                            Schema.object()
                                .must("email", Schema.text())
                                .may("id", Schema.text())
                                .may("role", Schema.text())
                                .may("emailSent", Schema.flag())
                                .may("invitationToken", Schema.text()))
                        .must("error", Schema.text())))
            .fails(ErrorCode.CONFLICT),
        installation(
                "GET",
                one,
                "users.get",
                "One account, by id or address",
                Scope.USER_READ,
                call -> Answer.ok(shape(known(call.path("id")), call.flag("includeRole"))))
            .query(withRole)
            .gives(USER),
        installation(
                "DELETE",
                one,
                "users.delete",
                "Closes an account; what is in its personal project stays for admins",
                Scope.USER_DELETE,
                this::delete)
            .fails(ErrorCode.CONFLICT),
        installation(
                "PATCH",
                one + "/role",
                "users.changeRole",
                "Gives somebody another role in the installation",
                Scope.USER_CHANGE_ROLE,
                this::changeRole)
            .takes(Schema.object().must("newRoleName", ID))
            .gives(USER)
            .fails(ErrorCode.CONFLICT),
        installation(
                "GET",
                "/roles",
                "roles.list",
                "The roles that there are, with their scopes",
                Scope.ROLE_READ,
                call -> Answer.page(roles.all().stream().map(PublicUsers::shape).toList(), null))
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
    Optional<String> project = call.query("projectId");
    // Who belongs to a project is for those who may look into it.
    if (project
        .filter(id -> !reach.covers(call.principal(), Scope.PROJECT_READ, id))
        .isPresent()) {
      return Answer.page(List.of(), null);
    }
    int limit = call.limit(PAGE, LARGEST_PAGE);
    List<User> found = users.list(call.query("cursor").orElse(""), limit, project.orElse(""));
    boolean withRole = call.flag("includeRole");
    return Answer.page(
        found.stream().map(user -> shape(user, withRole)).toList(),
        found.size() < limit ? null : found.getLast().email());
  }

  /** Each by himself: that one address is taken does not keep the others out. */
  private Answer invite(Call call) {
    List<Map<String, @Nullable Object>> answers = new ArrayList<>();
    List<MillraceException> refused = new ArrayList<>();
    for (Object each : call.list()) {
      if (each instanceof Map<?, ?> invitation) {
        String email = String.valueOf(invitation.get("email"));
        Optional<String> role =
            Optional.ofNullable(invitation.get("role")).map(String::valueOf);
        try {
          answers.add(invited(administration.invite(call, email, role)));
        } catch (MillraceException failed) {
          if (failed.code().kind() != ErrorCode.Kind.USER) {
            throw failed;
          }
          refused.add(failed);
          answers.add(answer(Map.of("email", email), failed.text()));
        }
      }
    }
    if (!refused.isEmpty() && refused.size() == answers.size()) {
      throw refused.getFirst();
    }
    return Answer.created(answers);
  }

  private static Map<String, @Nullable Object> invited(UserAdministration.Invited invited) {
    return answer(
        Map.of(
            "id",
            invited.user().id(),
            "email",
            invited.user().email(),
            "role",
            invited.user().role(),
            "emailSent",
            false,
            "invitationToken",
            invited.token()),
        "");
  }

  private static Map<String, @Nullable Object> answer(Map<String, ?> user, String error) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("user", user);
    json.put("error", error);
    return json;
  }

  private Answer delete(Call call) {
    administration.close(call, known(call.path("id")).id());
    return Answer.none();
  }

  private Answer changeRole(Call call) {
    User user = known(call.path("id"));
    return Answer.ok(
        shape(administration.changeRole(call, user.id(), call.text("newRoleName")), true));
  }

  private User known(String idOrEmail) {
    return users
        .known(idOrEmail)
        .orElseThrow(
            () -> new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + idOrEmail));
  }

  private static Map<String, @Nullable Object> shape(User user, boolean withRole) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", user.id());
    json.put("email", user.email());
    json.put("firstName", user.firstName());
    json.put("lastName", user.lastName());
    json.put("isPending", user.pending());
    json.put("createdAt", user.createdAt().toString());
    json.put("updatedAt", user.updatedAt().toString());
    if (withRole) {
      json.put("role", user.role());
    }
    return json;
  }

  private static Map<String, @Nullable Object> shape(Role role) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("slug", role.slug());
    json.put("displayName", role.name());
    json.put("roleType", role.kind() == Role.Kind.PROJECT ? "project" : "global");
    json.put("systemRole", role.builtIn());
    json.put("scopes", role.scopes().stream().map(Scope::text).sorted().toList());
    return json;
  }
}
