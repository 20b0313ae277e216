package dev.millrace.control.users;

import dev.millrace.control.access.Role;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Call;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.UnableToExecuteStatementException;
import org.jspecify.annotations.Nullable;

/** The accounts. Thread-safe. */
public final class Users {
  private static final String COLUMNS =
      "id, email, first_name, last_name, role, password_hash is null as pending, disabled,"
          + " created_at, updated_at";
  private static final String UNIQUE_VIOLATION = "23505";
  private static final int LONGEST_EMAIL = 254;

  private final Database database;

  public Users(Database database) {
    this.database = database;
  }

  /** An account with what its password is checked against, null before it has one. */
  record WithPassword(User user, @Nullable String hash) {}

  /** Whether the installation has its owner. */
  public boolean hasOwner() {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery("select exists (select 1 from app_user where role = :role)")
                .bind("role", Role.OWNER.slug())
                .mapTo(Boolean.class)
                .one());
  }

  /**
   * Makes an account, and its personal project.
   *
   * @param hash of the password; null for one that is invited
   * @throws MillraceException {@code CONFLICT} when the address, or the role of owner, is taken
   */
  public User create(
      Handle handle,
      String email,
      String firstName,
      String lastName,
      Role role,
      @Nullable String hash) {
    String id = Ids.next();
    try {
      handle
          .createUpdate(
              "insert into app_user (id, email, first_name, last_name, role, password_hash)"
                  + " values (:id, :email, :first, :last, :role, :hash)")
          .bind("id", id)
          .bind("email", email(email))
          .bind("first", firstName)
          .bind("last", lastName)
          .bind("role", role.slug())
          .bind("hash", hash)
          .execute();
    } catch (UnableToExecuteStatementException taken) {
      if (taken.getCause() instanceof SQLException sql
          && UNIQUE_VIOLATION.equals(sql.getSQLState())) {
        throw new MillraceException(
            ErrorCode.CONFLICT,
            role.equals(Role.OWNER)
                ? "The installation has its owner already"
                : email + " has an account already",
            taken);
      }
      throw taken;
    }
    String project = Ids.next();
    handle
        .createUpdate(
            "insert into project (id, name, type, owner_id) values (:id, :name, 'personal', :owner)")
        .bind("id", project)
        .bind("name", (firstName + " " + lastName + " <" + email + ">").strip())
        .bind("owner", id)
        .execute();
    handle
        .createUpdate(
            "insert into project_member (project_id, user_id, role) values (:project, :user, :role)")
        .bind("project", project)
        .bind("user", id)
        .bind("role", Role.PROJECT_ADMIN.slug())
        .execute();
    return find(handle, id).orElseThrow();
  }

  public Optional<User> find(String id) {
    return database.jdbi().withHandle(handle -> find(handle, id));
  }

  private static Optional<User> find(Handle handle, String id) {
    return handle
        .createQuery("select " + COLUMNS + " from app_user where id = :id")
        .bind("id", id)
        .map((row, context) -> user(row))
        .findOne();
  }

  /** An account by its address, however that is written. */
  Optional<WithPassword> byEmail(String email) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select "
                        + COLUMNS
                        + ", password_hash from app_user where lower(email) = lower(:email)")
                .bind("email", email)
                .map((row, context) -> new WithPassword(user(row), row.getString("password_hash")))
                .findOne());
  }

  /**
   * Everybody, by address.
   *
   * @param after the address of the last one that was shown before; empty for the beginning
   */
  public List<User> list(String after, int limit) {
    return database
        .reads()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select "
                        + COLUMNS
                        + " from app_user where lower(email) > lower(:after) order by lower(email)"
                        + " limit :limit")
                .bind("after", after)
                .bind("limit", limit)
                .map((row, context) -> user(row))
                .list());
  }

  /**
   * Gives somebody another role in the installation.
   *
   * @return whether there was such an account that is not the owner's
   */
  public boolean changeRole(String id, Role role) {
    return database
            .jdbi()
            .withHandle(handle ->
                handle
                    .createUpdate(
                        "update app_user set role = :role, updated_at = now() where id = :id and"
                            + " role <> :owner")
                    .bind("id", id)
                    .bind("role", role.slug())
                    .bind("owner", Role.OWNER.slug())
                    .execute())
        > 0;
  }

  /** Keeps a new password. */
  void setPassword(Handle handle, String id, String hash) {
    handle
        .createUpdate(
            "update app_user set password_hash = :hash, updated_at = now() where id = :id")
        .bind("id", id)
        .bind("hash", hash)
        .execute();
  }

  void setNames(Handle handle, String id, String firstName, String lastName) {
    handle
        .createUpdate(
            "update app_user set first_name = :first, last_name = :last, updated_at = now() where"
                + " id = :id")
        .bind("id", id)
        .bind("first", firstName)
        .bind("last", lastName)
        .execute();
  }

  private static String email(String text) {
    String email = text.strip();
    int at = email.indexOf('@');
    if (at < 1
        || at == email.length() - 1
        || email.length() > LONGEST_EMAIL
        || email.chars().anyMatch(c -> c <= ' ')) {
      throw Call.invalid("email must be an e-mail address");
    }
    return email;
  }

  private static User user(ResultSet row) throws SQLException {
    return new User(
        row.getString("id"),
        row.getString("email"),
        row.getString("first_name"),
        row.getString("last_name"),
        row.getString("role"),
        row.getBoolean("pending"),
        row.getBoolean("disabled"),
        row.getTimestamp("created_at").toInstant(),
        row.getTimestamp("updated_at").toInstant());
  }
}
