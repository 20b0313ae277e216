package dev.millrace.control.users;

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
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Accounts, invitations, roles and API keys. */
final class UserEndpoints {
  private static final Schema ROLE =
      Schema.object()
          .must("slug", Schema.text())
          .must("name", Schema.text())
          .must("kind", Schema.oneOf("installation", "project"))
          .must("builtIn", Schema.flag())
          .must("scopes", Schema.listOf(Schema.text()))
          .named("Role");

  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;
  private static final int SECRET = 40;
  private static final int LONGEST_LABEL = 100;
  private static final Duration INVITED = Duration.ofDays(7);

  private final Database database;
  private final Users users;
  private final Roles roles;
  private final Passwords passwords;
  private final Sessions sessions;
  private final ApiKeys keys;
  private final InstantSource clock;

  UserEndpoints(
      Database database,
      Users users,
      Roles roles,
      Passwords passwords,
      Sessions sessions,
      ApiKeys keys,
      InstantSource clock) {
    this.database = database;
    this.users = users;
    this.roles = roles;
    this.passwords = passwords;
    this.sessions = sessions;
    this.keys = keys;
    this.clock = clock;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/users",
                "users.list",
                "Everybody who has an account",
                new Access.Installation(Scope.USER_READ),
                this::list)
            .query(Parameter.limit(LARGEST_PAGE), Parameter.cursor())
            .gives(Schema.page(User.SCHEMA)),
        new Endpoint(
                "POST",
                "/api/users",
                "users.invite",
                "Invites somebody; the answer has the token that he accepts with",
                new Access.Installation(Scope.USER_INVITE),
                this::invite)
            .takes(
                Schema.object().must("email", Schema.text(254)).may("role", Schema.text().orNull()))
            .creates(User.fields().must("invitationToken", Schema.text()).named("Invitation"))
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "POST",
                "/api/invitations/accept",
                "users.accept",
                "Accepts an invitation by its token",
                new Access.Open(),
                this::accept)
            .takes(
                Schema.object()
                    .must("token", Schema.text(200))
                    .must("password", Schema.text(1000))
                    .may("firstName", Schema.text().orNull())
                    .may("lastName", Schema.text().orNull()))
            .gives(User.SCHEMA)
            .fails(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
        new Endpoint(
                "GET",
                "/api/users/{id}",
                "users.get",
                "One account",
                new Access.Installation(Scope.USER_READ),
                call -> Answer.ok(found(call.path("id")).json()))
            .gives(User.SCHEMA),
        new Endpoint(
                "PATCH",
                "/api/users/{id}/role",
                "users.changeRole",
                "Gives somebody another role in the installation",
                new Access.Installation(Scope.USER_CHANGE_ROLE),
                this::changeRole)
            .takes(Schema.object().must("role", Schema.text()))
            .gives(User.SCHEMA)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "DELETE",
                "/api/users/{id}",
                "users.delete",
                "Closes an account; what is in its personal project stays for admins",
                new Access.Installation(Scope.USER_DELETE),
                this::delete)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "GET",
                "/api/roles",
                "roles.list",
                "The roles that there are, with their scopes",
                new Access.Installation(Scope.ROLE_READ),
                call -> Answer.ok(roles.all().stream().map(UserEndpoints::json).toList()))
            .gives(Schema.listOf(ROLE)),
        new Endpoint(
                "GET",
                "/api/me/api-keys",
                "apiKeys.list",
                "One's API keys, without their secrets",
                new Access.SignedIn(),
                call ->
                    Answer.ok(
                        keys.of(call.principal().userId()).stream()
                            .map(ApiKeys.ApiKey::json)
                            .toList()))
            .gives(Schema.listOf(ApiKeys.ApiKey.fields().named("ApiKey"))),
        new Endpoint(
                "POST",
                "/api/me/api-keys",
                "apiKeys.create",
                "Makes an API key; its secret is told this once",
                new Access.SignedIn(),
                this::createKey)
            .takes(
                Schema.object()
                    .must("label", Schema.text(LONGEST_LABEL))
                    .may("scopes", Schema.listOf(Schema.text()).orNull())
                    .may("expiresAt", Schema.time().orNull()))
            .creates(ApiKeys.ApiKey.fields().must("key", Schema.text()).named("NewApiKey")),
        new Endpoint(
            "DELETE",
            "/api/me/api-keys/{id}",
            "apiKeys.delete",
            "Makes an API key invalid",
            new Access.SignedIn(),
            this::deleteKey));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    List<User> page = users.list(call.query("cursor").orElse(""), limit);
    return Answer.page(
        page.stream().map(User::json).toList(),
        page.size() < limit ? null : page.getLast().email());
  }

  private Answer invite(Call call) {
    Role role = role(call.optionalText("role").orElse(Role.MEMBER.slug()), Role.Kind.INSTALLATION);
    requireMayGive(call, role);
    String token = Ids.random(SECRET);
    User user =
        database
            .jdbi()
            .inTransaction(handle -> {
              User invited = users.create(handle, call.text("email"), "", "", role, null);
              handle
                  .createUpdate(
                      "insert into invitation (user_id, token_hash, expires_at) values (:user,"
                          + " :hash, :expires)")
                  .bind("user", invited.id())
                  .bind("hash", Sessions.digest(token))
                  .bind("expires", Timestamp.from(clock.instant().plus(INVITED)))
                  .execute();
              Audit.note(
                  handle, call, "user.invite", invited.id(), "", Map.of("role", role.slug()));
              return invited;
            });
    Map<String, @Nullable Object> json = user.json();
    json.put("invitationToken", token);
    return Answer.created(json);
  }

  private Answer accept(Call call) {
    String token = call.text("token");
    String hash = passwords.hash(Passwords.require(call.text("password")));
    String accepted =
        database
            .jdbi()
            .inTransaction(handle -> {
              String id =
                  handle
                      .createQuery(
                          "delete from invitation where token_hash = :hash and expires_at > :now"
                              + " returning user_id")
                      .bind("hash", Sessions.digest(token))
                      .bind("now", Timestamp.from(clock.instant()))
                      .mapTo(String.class)
                      .findOne()
                      .orElseThrow(() ->
                          new MillraceException(
                              ErrorCode.NOT_FOUND, "The invitation is not there, or not any more"));
              users.setNames(
                  handle,
                  id,
                  call.optionalText("firstName").orElse(""),
                  call.optionalText("lastName").orElse(""));
              users.setPassword(handle, id, hash);
              Audit.note(handle, call, "user.accept", id, "", Map.of());
              return id;
            });
    return Answer.ok(found(accepted).json());
  }

  private Answer changeRole(Call call) {
    Role role = role(call.text("role"), Role.Kind.INSTALLATION);
    requireMayGive(call, role);
    String id = call.path("id");
    User before = found(id);
    if (!users.changeRole(id, role)) {
      throw new MillraceException(ErrorCode.CONFLICT, "The owner stays the owner");
    }
    database
        .jdbi()
        .useTransaction(handle ->
            Audit.note(
                handle,
                call,
                "user.changeRole",
                id,
                "",
                Map.of("from", before.role(), "to", role.slug())));
    return Answer.ok(found(id).json());
  }

  private Answer delete(Call call) {
    String id = call.path("id");
    if (id.equals(call.principal().userId())) {
      throw new MillraceException(ErrorCode.CONFLICT, "Nobody closes his own account");
    }
    User user = found(id);
    if (user.role().equals(Role.OWNER.slug())) {
      throw new MillraceException(ErrorCode.CONFLICT, "The owner's account cannot be closed");
    }
    database
        .jdbi()
        .useTransaction(handle -> {
          handle.execute(
              "update project set owner_id = null, type = 'team', updated_at = now() where owner_id"
                  + " = ?",
              id);
          handle.execute("delete from app_user where id = ?", id);
          Audit.note(handle, call, "user.delete", id, "", Map.of());
        });
    sessions.closeAll(id);
    return Answer.none();
  }

  private Answer createKey(Call call) {
    if (call.principal().sessionId().isEmpty()) {
      throw new MillraceException(ErrorCode.NOT_ALLOWED, "An API key cannot make another");
    }
    String label = call.text("label");
    if (label.length() > LONGEST_LABEL) {
      throw Call.invalid("label must have at most " + LONGEST_LABEL + " characters");
    }
    ApiKeys.Created created =
        keys.create(
            call.principal().userId(),
            label,
            call.body().get("scopes") == null
                ? Optional.empty()
                : Optional.of(scopes(call.texts("scopes"))),
            call.optionalText("expiresAt").map(UserEndpoints::instant));
    database
        .jdbi()
        .useTransaction(
            handle -> Audit.note(handle, call, "apiKey.create", created.key().id(), "", Map.of()));
    Map<String, @Nullable Object> json = created.key().json();
    json.put("key", created.secret());
    return Answer.created(json);
  }

  private Answer deleteKey(Call call) {
    if (!keys.delete(call.principal().userId(), call.path("id"))) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "You have no such API key");
    }
    database
        .jdbi()
        .useTransaction(
            handle -> Audit.note(handle, call, "apiKey.delete", call.path("id"), "", Map.of()));
    return Answer.none();
  }

  private User found(String id) {
    return users
        .find(id)
        .orElseThrow(() -> new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + id));
  }

  private Role role(String slug, Role.Kind kind) {
    return roles
        .find(slug)
        .filter(role -> role.kind() == kind)
        .orElseThrow(() -> Call.invalid("role must be one of the installation's roles"));
  }

  /** Nobody gives away more than he has. */
  private static void requireMayGive(Call call, Role role) {
    if (role.equals(Role.OWNER) || !call.principal().role().scopes().containsAll(role.scopes())) {
      throw new MillraceException(ErrorCode.NOT_ALLOWED, "You cannot give the role " + role.slug());
    }
  }

  private static Set<Scope> scopes(List<String> texts) {
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    texts.forEach(text ->
        scopes.add(Scope.of(text).orElseThrow(() -> Call.invalid("scopes: there is no " + text))));
    return scopes;
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException none) {
      throw Call.invalid("expiresAt must be a time such as 2030-01-31T12:00:00Z");
    }
  }

  private static Map<String, @Nullable Object> json(Role role) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("slug", role.slug());
    json.put("name", role.name());
    json.put("kind", role.kind() == Role.Kind.PROJECT ? "project" : "installation");
    json.put("builtIn", role.builtIn());
    json.put("scopes", role.scopes().stream().map(Scope::text).sorted().toList());
    return json;
  }
}
