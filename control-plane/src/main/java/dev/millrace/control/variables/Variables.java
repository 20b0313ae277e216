package dev.millrace.control.variables;

import dev.millrace.control.db.Ids;
import dev.millrace.control.db.UniqueKey;
import dev.millrace.control.http.Grant;
import dev.millrace.control.workflows.EngineOutbox;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Variables, in the transaction of the caller. Each change goes to the engine by the outbox of the
 * same transaction: executions that begin after it has arrived there see it. Thread-safe.
 */
final class Variables {
  /** Those of a project, and of the installation in a list of all. */
  private static final String VISIBLE = "(project_id is null or " + Grant.FILTER + ")";

  private final EngineOutbox outbox;

  Variables(EngineOutbox outbox) {
    this.outbox = outbox;
  }

  /** Where a list goes on: behind this one. */
  record After(String key, String id) {}

  /**
   * What a list shows.
   *
   * @param project those of one project; empty for all
   * @param installation only those of the installation
   * @param key part of it, in any case; empty for all
   */
  record Filter(Optional<String> project, boolean installation, String key) {}

  /** Those that a grant covers and those of the installation, by key. */
  List<Variable> list(Handle handle, Grant grant, Filter filter, Optional<After> after, int limit) {
    StringBuilder sql = new StringBuilder("select * from variable where " + VISIBLE);
    if (filter.installation()) {
      sql.append(" and project_id is null");
    } else if (filter.project().isPresent()) {
      sql.append(" and project_id = :project");
    }
    if (!filter.key().isEmpty()) {
      sql.append(" and position(lower(:key) in lower(key)) > 0");
    }
    if (after.isPresent()) {
      sql.append(" and (key, id) > (:afterKey, :afterId)");
    }
    sql.append(" order by key, id limit :limit");
    return grant
        .bind(handle.createQuery(sql))
        .bind("project", filter.project().orElse(""))
        .bind("key", filter.key())
        .bind("afterKey", after.map(After::key).orElse(""))
        .bind("afterId", after.map(After::id).orElse(""))
        .bind("limit", limit)
        .map((row, context) -> variable(row))
        .list();
  }

  /**
   * @throws MillraceException {@code NOT_FOUND}
   */
  Variable find(Handle handle, Grant grant, String id) {
    return grant
        .bind(handle.createQuery("select * from variable where id = :id and " + VISIBLE))
        .bind("id", id)
        .map((row, context) -> variable(row))
        .findOne()
        .orElseThrow(
            () -> new MillraceException(ErrorCode.NOT_FOUND, "There is no variable " + id));
  }

  /**
   * @param project null for the installation
   * @throws MillraceException {@code CONFLICT} when there is one of that key
   */
  Variable create(Handle handle, @Nullable String project, String key, String value) {
    Variable made =
        UniqueKey.guard(
            taken(key),
            () ->
                handle
                    .createQuery(
                        "insert into variable (id, project_id, key, value) values (:id, :project,"
                            + " :key, :value) returning *")
                    .bind("id", Ids.next())
                    .bind("project", project)
                    .bind("key", key)
                    .bind("value", value)
                    .map((row, context) -> variable(row))
                    .one());
    outbox.variables(handle, project);
    return made;
  }

  /**
   * Changes one, also to whom it belongs.
   *
   * @param project null for the installation
   * @throws MillraceException {@code NOT_FOUND}, or {@code CONFLICT} when another has the key
   */
  Variable update(
      Handle handle, Variable before, @Nullable String project, String key, String value) {
    Variable changed =
        UniqueKey.guard(
                taken(key),
                () ->
                    handle
                        .createQuery(
                            "update variable set project_id = :project, key = :key, value ="
                                + " :value, updated_at = now() where id = :id returning *")
                        .bind("id", before.id())
                        .bind("project", project)
                        .bind("key", key)
                        .bind("value", value)
                        .map((row, context) -> variable(row))
                        .findOne())
            .orElseThrow(() ->
                new MillraceException(ErrorCode.NOT_FOUND, "There is no variable " + before.id()));
    outbox.variables(handle, project);
    if (!before.projectId().equals(changed.projectId())) {
      outbox.variables(handle, before.projectId().orElse(null));
    }
    return changed;
  }

  void delete(Handle handle, Variable variable) {
    handle.execute("delete from variable where id = ?", variable.id());
    outbox.variables(handle, variable.projectId().orElse(null));
  }

  private static String taken(String key) {
    return "There is a variable " + key + " already";
  }

  private static Variable variable(ResultSet row) throws SQLException {
    return new Variable(
        row.getString("id"),
        Optional.ofNullable(row.getString("project_id")),
        row.getString("key"),
        row.getString("value"),
        row.getTimestamp("created_at").toInstant(),
        row.getTimestamp("updated_at").toInstant());
  }
}
