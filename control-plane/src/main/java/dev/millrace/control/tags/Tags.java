package dev.millrace.control.tags;

import dev.millrace.control.db.Ids;
import dev.millrace.control.db.UniqueKey;
import dev.millrace.control.http.Call;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** Labels and what has them, in the transaction of the caller. Thread-safe. */
final class Tags {
  /** A table of what has tags. */
  enum Tagged {
    WORKFLOW("workflow_tag", "workflow_id"),
    EXECUTION("execution_tag", "execution_id");

    private final String table;
    private final String column;

    Tagged(String table, String column) {
      this.table = table;
      this.column = column;
    }
  }

  /** A tag, and how many workflows have it. */
  record Used(Tag tag, long workflows) {}

  /** By name. */
  List<Used> list(Handle handle, String afterName, int limit) {
    return handle
        .createQuery(
            "select t.*, (select count(*) from workflow_tag wt where wt.tag_id = t.id) as used from"
                + " tag t where t.name > :after order by t.name limit :limit")
        .bind("after", afterName)
        .bind("limit", limit)
        .map((row, context) -> new Used(tag(row), row.getLong("used")))
        .list();
  }

  /**
   * @throws MillraceException {@code NOT_FOUND}
   */
  Tag find(Handle handle, String id) {
    return handle
        .createQuery("select * from tag where id = :id")
        .bind("id", id)
        .map((row, context) -> tag(row))
        .findOne()
        .orElseThrow(() -> none(id));
  }

  /**
   * @throws MillraceException {@code CONFLICT} when there is one of that name
   */
  Tag create(Handle handle, String name) {
    return UniqueKey.guard(
        taken(name),
        () ->
            handle
                .createQuery("insert into tag (id, name) values (:id, :name) returning *")
                .bind("id", Ids.next())
                .bind("name", name)
                .map((row, context) -> tag(row))
                .one());
  }

  /**
   * @throws MillraceException {@code NOT_FOUND}, or {@code CONFLICT} when another has the name
   */
  Tag rename(Handle handle, String id, String name) {
    return UniqueKey.guard(
            taken(name),
            () ->
                handle
                    .createQuery(
                        "update tag set name = :name, updated_at = now() where id = :id returning"
                            + " *")
                    .bind("name", name)
                    .bind("id", id)
                    .map((row, context) -> tag(row))
                    .findOne())
        .orElseThrow(() -> none(id));
  }

  /**
   * Removes a tag from everything that has it.
   *
   * @throws MillraceException {@code NOT_FOUND}
   */
  void delete(Handle handle, String id) {
    if (handle.execute("delete from tag where id = ?", id) == 0) {
      throw none(id);
    }
  }

  /** Those of one thing, by name. */
  List<Tag> of(Handle handle, Tagged kind, String id) {
    return handle
        .createQuery(
            "select t.* from tag t join "
                + kind.table
                + " x on x.tag_id = t.id where x."
                + kind.column
                + " = :id order by t.name")
        .bind("id", id)
        .map((row, context) -> tag(row))
        .list();
  }

  /**
   * Gives something these tags and no others.
   *
   * @throws MillraceException {@code INVALID_INPUT} when one of them is not there
   */
  void set(Handle handle, Tagged kind, String id, Set<String> tagIds) {
    handle
        .createUpdate("delete from " + kind.table + " where " + kind.column + " = :id")
        .bind("id", id)
        .execute();
    // A tag that is deleted meanwhile is not found, or waits until this is committed.
    int added =
        handle
            .createUpdate(
                "insert into "
                    + kind.table
                    + " ("
                    + kind.column
                    + ", tag_id) select :id, t.id from tag t where t.id = any(:tags) for key share")
            .bind("id", id)
            .bindArray("tags", String.class, (Object[]) tagIds.toArray(new String[0]))
            .execute();
    if (added < tagIds.size()) {
      throw Call.invalid("tagIds must be the ids of tags");
    }
  }

  private static Tag tag(ResultSet row) throws SQLException {
    return new Tag(
        row.getString("id"),
        row.getString("name"),
        row.getTimestamp("created_at").toInstant(),
        row.getTimestamp("updated_at").toInstant());
  }

  private static MillraceException none(String id) {
    return new MillraceException(ErrorCode.NOT_FOUND, "There is no tag " + id);
  }

  private static String taken(String name) {
    return "There is a tag " + name + " already";
  }
}
