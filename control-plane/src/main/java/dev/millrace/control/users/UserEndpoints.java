package dev.millrace.control.users;

import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Accounts, and letting people in. */
final class UserEndpoints {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;
  static final int LONGEST_NAME = 100;
  private static final int LONGEST_TOKEN = 100;

  /** An account that was invited; the token is there where nobody could be sent a mail. */
  private static final Schema INVITED =
      User.fields()
          .must("mailed", Schema.flag())
          .may("invitationToken", Schema.text())
          .may("invitationLink", Schema.text())
          .named("InvitedUser");

  private final Database database;
  private final Users users;
  private final Roles roles;
  private final Rights rights;
  private final Passwords passwords;
  private final Sessions sessions;
  private final Invitations invitations;
  private final AccountMail mail;
  private final Attempts attempts;

  UserEndpoints(
      Database database,
      Users users,
      Roles roles,
      Rights rights,
      Passwords passwords,
      Sessions sessions,
      Invitations invitations,
      AccountMail mail,
      Attempts attempts) {
    this.database = database;
    this.users = users;
    this.roles = roles;
    this.rights = rights;
    this.passwords = passwords;
    this.sessions = sessions;
    this.invitations = invitations;
    this.mail = mail;
    this.attempts = attempts;
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
                "Invites somebody by mail; without mail the answer has what he accepts with",
                new Access.Installation(Scope.USER_INVITE),
                this::invite)
            .takes(
                Schema.object()
                    .must("email", Schema.text(Users.LONGEST_EMAIL))
                    .may("role", Schema.text().orNull()))
            .creates(INVITED)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "POST",
                "/api/users/{id}/invitation",
                "users.inviteAgain",
                "Invites somebody again who did not accept; what he had before is not good any more",
                new Access.Installation(Scope.USER_INVITE),
                this::inviteAgain)
            .creates(INVITED)
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
                    .must("token", Schema.text(LONGEST_TOKEN))
                    .may("firstName", Schema.text().orNull())
                    .may("lastName", Schema.text().orNull())
                    .must("password", Passwords.SCHEMA))
            .gives(User.SCHEMA)
            .fails(ErrorCode.NOT_FOUND),
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
            .fails(ErrorCode.CONFLICT));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    List<User> page = users.list(call.query("cursor").orElse(""), limit);
    return Answer.page(
        page.stream().map(User::json).toList(),
        page.size() < limit ? null : page.getLast().email());
  }

  /** An account, and the token that lets somebody into it. */
  private record Invited(User user, String token) {}

  private Answer invite(Call call) {
    String email = call.text("email");
    String slug = call.optionalText("role").orElse(Role.MEMBER.slug());
    return invited(
        call,
        database
            .jdbi()
            .inTransaction(handle -> {
              Role role = roles.hold(handle, slug, Role.Kind.INSTALLATION);
              Rights.require(call.principal().scopes(), role);
              User user = users.create(handle, email, "", "", role, null);
              Audit.note(handle, call, "user.invite", user.id(), "", Map.of("role", slug));
              return new Invited(user, invitations.create(handle, user.id()));
            }));
  }

  private Answer inviteAgain(Call call) {
    User user = found(call.path("id"));
    rights.requireOver(call.principal(), user);
    if (!user.pending()) {
      throw new MillraceException(ErrorCode.CONFLICT, "The account is in use already");
    }
    return invited(
        call,
        database
            .jdbi()
            .inTransaction(handle -> {
              Audit.note(handle, call, "user.invite", user.id(), "", Map.of("role", user.role()));
              return new Invited(user, invitations.create(handle, user.id()));
            }));
  }

  /** Whoever gets the token by mail proves that the address is his; so nobody else is told it. */
  private Answer invited(Call call, Invited invited) {
    User user = invited.user();
    boolean mailed = mail.invite(user.email(), call.principal().email(), invited.token());
    Map<String, @Nullable Object> json = user.json();
    json.put("mailed", mailed);
    if (!mailed) {
      json.put("invitationToken", invited.token());
      json.put("invitationLink", mail.invitationLink(invited.token()));
    }
    return Answer.created(json);
  }

  private Answer accept(Call call) {
    String token = call.text("token");
    String password = Passwords.require(call.text("password"));
    String firstName = name(call, "firstName");
    String lastName = name(call, "lastName");
    Attempts.Attempt attempt = attempts.begin("invitation", token, call.address());
    // Nothing is hashed for who has no token.
    if (database.jdbi().withHandle(handle -> invitations.find(handle, token)).isEmpty()) {
      throw noInvitation();
    }
    String hash = passwords.hash(password);
    String accepted =
        database
            .jdbi()
            .inTransaction(handle -> {
              String id = invitations.take(handle, token).orElseThrow(UserEndpoints::noInvitation);
              users.setNames(handle, id, firstName, lastName);
              users.setPassword(handle, id, hash);
              Audit.note(handle, call, "user.accept", id, "", Map.of());
              return id;
            });
    attempts.succeeded(attempt);
    return Answer.ok(found(accepted).json());
  }

  private static MillraceException noInvitation() {
    return new MillraceException(
        ErrorCode.NOT_FOUND, "The invitation is not there, or not any more");
  }

  /** A name of the body, empty where there is none. */
  static String name(Call call, String field) {
    String name = call.optionalText(field).orElse("").strip();
    if (name.length() > LONGEST_NAME || name.chars().anyMatch(Character::isISOControl)) {
      throw Call.invalid(field + " must have at most " + LONGEST_NAME + " characters, on one line");
    }
    return name;
  }

  private Answer changeRole(Call call) {
    String id = call.path("id");
    User before = found(id);
    requireNotOwner(before);
    rights.requireOver(call.principal(), before);
    database
        .jdbi()
        .useTransaction(handle -> {
          Role role = roles.hold(handle, call.text("role"), Role.Kind.INSTALLATION);
          Rights.require(call.principal().scopes(), role);
          if (!users.changeRole(handle, id, role)) {
            throw new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + id);
          }
          Audit.note(
              handle,
              call,
              "user.changeRole",
              id,
              "",
              Map.of("from", before.role(), "to", role.slug()));
        });
    return Answer.ok(found(id).json());
  }

  private Answer delete(Call call) {
    String id = call.path("id");
    if (id.equals(call.principal().userId())) {
      throw new MillraceException(ErrorCode.CONFLICT, "Nobody closes his own account");
    }
    User user = found(id);
    requireNotOwner(user);
    rights.requireOver(call.principal(), user);
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

  private static void requireNotOwner(User user) {
    if (user.role().equals(Role.OWNER.slug())) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "The owner stays the owner, and his account cannot be closed");
    }
  }

  private User found(String id) {
    Optional<User> user = users.find(id);
    return user.orElseThrow(
        () -> new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + id));
  }
}
