package dev.millrace.control.projects;

import dev.millrace.control.db.Database;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What workflows and credentials belong to. Thread-safe. */
public final class Projects {
  private final Database database;

  public Projects(Database database) {
    this.database = database;
  }

  /**
   * @param type {@code personal} or {@code team}
   */
  public record Project(String id, String name, String type, Instant createdAt, Instant updatedAt) {
    /** The fields of what {@link #json} gives. */
    static Schema.Fields fields() {
      return Schema.object()
          .must("id", Schema.text())
          .must("name", Schema.text())
          .must("type", Schema.oneOf("personal", "team"))
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time());
    }

    Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("id", id);
      json.put("name", name);
      json.put("type", type);
      json.put("createdAt", createdAt.toString());
      json.put("updatedAt", updatedAt.toString());
      return json;
    }
  }

  /** Somebody in a project. */
  record Member(String userId, String email, String role) {
    Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("id", userId);
      json.put("email", email);
      json.put("role", role);
      return json;
    }
  }

  /** The projects of a grant, by name. */
  List<Project> list(Grant grant, int limit, int skip) {
    return database
        .reads()
        .withHandle(handle ->
            grant
                .bind(
                    handle.createQuery(
                        "select * from project where (:everything or id = any(:projects)) order by"
                            + " lower(name), id limit :limit offset :skip"))
                .bind("limit", limit)
                .bind("skip", skip)
                .map((row, context) -> project(row))
                .list());
  }

  /**
   * Lets a project pass that is covered, and that there is.
   *
   * @throws MillraceException {@code NOT_FOUND} otherwise
   */
  public String require(Grant grant, String id) {
    if (find(grant.require(id)).isEmpty()) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "There is no project " + id);
    }
    return id;
  }

  public Optional<Project> find(String id) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery("select * from project where id = :id")
                .bind("id", id)
                .map((row, context) -> project(row))
                .findOne());
  }

  /** Somebody's own. */
  public String personal(String userId) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery("select id from project where owner_id = :user")
                .bind("user", userId)
                .mapTo(String.class)
                .findOne()
                .orElseThrow(() ->
                    new MillraceException(
                        ErrorCode.NOT_FOUND, "The account has no project of its own")));
  }

  List<Member> members(String project) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select m.user_id, u.email, m.role from project_member m join app_user u on"
                        + " u.id = m.user_id where m.project_id = :project order by lower(u.email)")
                .bind("project", project)
                .map((row, context) ->
                    new Member(
                        row.getString("user_id"), row.getString("email"), row.getString("role")))
                .list());
  }

  private static Project project(ResultSet row) throws SQLException {
    return new Project(
        row.getString("id"),
        row.getString("name"),
        row.getString("type"),
        row.getTimestamp("created_at").toInstant(),
        row.getTimestamp("updated_at").toInstant());
  }
}
