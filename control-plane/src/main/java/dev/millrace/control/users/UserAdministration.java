package dev.millrace.control.users;

import dev.millrace.control.access.Role;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Call;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Inviting people, giving them roles, and closing their accounts; all noted. Thread-safe. */
public final class UserAdministration {
  private static final int SECRET = 40;
  private static final Duration INVITED = Duration.ofDays(7);

  private final Database database;
  private final Users users;
  private final Roles roles;
  private final Sessions sessions;
  private final InstantSource clock;

  UserAdministration(
      Database database, Users users, Roles roles, Sessions sessions, InstantSource clock) {
    this.database = database;
    this.users = users;
    this.roles = roles;
    this.sessions = sessions;
    this.clock = clock;
  }

  /**
   * Somebody who was invited.
   *
   * @param token that he accepts with; nobody can ask for it again
   */
  public record Invited(User user, String token) {}

  /**
   * Makes an account that is to be accepted.
   *
   * @param role the slug of one in the installation; empty for a member
   * @throws MillraceException {@code CONFLICT} when the address is taken, {@code NOT_ALLOWED} for a
   *     role that the caller cannot give, {@code INVALID_INPUT}
   */
  public Invited invite(Call call, String email, Optional<String> role) {
    Role given = role(role.orElse(Role.MEMBER.slug()));
    requireMayGive(call, given);
    String token = Ids.random(SECRET);
    return database
        .jdbi()
        .inTransaction(handle -> {
          User invited = users.create(handle, email, "", "", given, null);
          handle
              .createUpdate(
                  "insert into invitation (user_id, token_hash, expires_at) values (:user, :hash,"
                      + " :expires)")
              .bind("user", invited.id())
              .bind("hash", Sessions.digest(token))
              .bind("expires", Timestamp.from(clock.instant().plus(INVITED)))
              .execute();
          Audit.note(handle, call, "user.invite", invited.id(), "", Map.of("role", given.slug()));
          return new Invited(invited, token);
        });
  }

  /**
   * Gives somebody another role in the installation.
   *
   * @return the account as it is then
   * @throws MillraceException {@code NOT_FOUND}, {@code CONFLICT} for the owner, {@code
   *     NOT_ALLOWED} for a role that the caller cannot give, {@code INVALID_INPUT}
   */
  public User changeRole(Call call, String id, String slug) {
    Role role = role(slug);
    requireMayGive(call, role);
    User before = get(id);
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
    return get(id);
  }

  /**
   * Closes an account and ends its sessions; what is in its personal project stays for admins.
   *
   * @throws MillraceException {@code NOT_FOUND}, {@code CONFLICT} for the owner and the caller
   */
  public void close(Call call, String id) {
    if (id.equals(call.principal().userId())) {
      throw new MillraceException(ErrorCode.CONFLICT, "Nobody closes his own account");
    }
    if (get(id).role().equals(Role.OWNER.slug())) {
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
  }

  /**
   * @throws MillraceException {@code NOT_FOUND}
   */
  public User get(String id) {
    return users
        .find(id)
        .orElseThrow(() -> new MillraceException(ErrorCode.NOT_FOUND, "There is no user " + id));
  }

  private Role role(String slug) {
    return roles
        .find(slug)
        .filter(role -> role.kind() == Role.Kind.INSTALLATION)
        .orElseThrow(() -> Call.invalid("role must be one of the installation's roles"));
  }

  /** Nobody gives away more than he has. */
  private static void requireMayGive(Call call, Role role) {
    if (role.equals(Role.OWNER) || !call.principal().role().scopes().containsAll(role.scopes())) {
      throw new MillraceException(ErrorCode.NOT_ALLOWED, "You cannot give the role " + role.slug());
    }
  }
}
