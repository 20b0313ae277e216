package dev.millrace.control.workflows;

import dev.millrace.control.db.Database;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/** Every draft of a workflow that was ever saved. Thread-safe. */
public final class WorkflowRevisions {
  /** Who saved it, as he is called. */
  private static final String AUTHOR =
      "coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.email, '') as author";

  /** Of the projects of a grant, or shared with one of them. */
  private static final String VISIBLE =
      "exists (select 1 from workflow w where w.id = r.workflow_id and (:everything or w.project_id"
          + " = any(:projects) or exists (select 1 from workflow_share s where s.workflow_id = w.id"
          + " and s.project_id = any(:projects))))";

  private final Database database;

  public WorkflowRevisions(Database database) {
    this.database = database;
  }

  /**
   * A draft as it was saved.
   *
   * @param author who saved it; empty where that is not known any more
   * @param document its JSON; empty in a list
   */
  public record Revision(
      String workflowId, int number, String author, Instant savedAt, String document) {}

  /**
   * Those of a workflow that a grant covers, the last first, without their documents.
   *
   * @param below only those before this one
   */
  public List<Revision> list(Grant grant, String id, int below, int limit) {
    return database
        .reads()
        .withHandle(handle ->
            grant
                .bind(
                    handle.createQuery(
                        "select r.workflow_id, r.revision, "
                            + AUTHOR
                            + ", r.saved_at, '' as document from workflow_revision r left join"
                            + " app_user u on u.id = r.saved_by where r.workflow_id = :id and"
                            + " r.revision < :below and "
                            + VISIBLE
                            + " order by r.revision desc limit :limit"))
                .bind("id", id)
                .bind("below", below)
                .bind("limit", limit)
                .map((row, context) -> revision(row))
                .list());
  }

  /** One of a workflow that a grant covers. */
  public Optional<Revision> find(Grant grant, String id, int number) {
    return database
        .jdbi()
        .withHandle(handle ->
            grant
                .bind(handle.createQuery(one() + " and " + VISIBLE))
                .bind("id", id)
                .bind("revision", number)
                .map((row, context) -> revision(row))
                .findOne());
  }

  /** One of a workflow that the caller has looked up. */
  Optional<Revision> find(Handle handle, String id, int number) {
    return handle
        .createQuery(one())
        .bind("id", id)
        .bind("revision", number)
        .map((row, context) -> revision(row))
        .findOne();
  }

  /** The revisions that run now, of those of the workflows that are published, by their ids. */
  public Map<String, Integer> published(Set<String> ids) {
    Map<String, Integer> published = new HashMap<>();
    database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select w.id, (select r.revision from workflow_revision r where r.workflow_id ="
                        + " w.id and r.document = v.document order by r.revision desc limit 1) as"
                        + " revision from workflow w join workflow_version v on v.workflow_id = w.id"
                        + " and v.version = w.published_version where w.id = any(:ids)")
                .bindArray("ids", String.class, (Object[]) ids.toArray(new String[0]))
                .map((row, context) -> Map.entry(row.getString("id"), row.getInt("revision")))
                .list())
        .stream()
        // Zero stands for null: revisions begin with one.
        .filter(found -> found.getValue() > 0)
        .forEach(found -> published.put(found.getKey(), found.getValue()));
    return published;
  }

  /** The error for one that is not there. */
  public static MillraceException none(String id, String number) {
    return new MillraceException(
        ErrorCode.NOT_FOUND, "There is no version " + number + " of the workflow " + id);
  }

  private static String one() {
    return "select r.workflow_id, r.revision, "
        + AUTHOR
        + ", r.saved_at, r.document from workflow_revision r left join app_user u on u.id ="
        + " r.saved_by where r.workflow_id = :id and r.revision = :revision";
  }

  private static Revision revision(ResultSet row) throws SQLException {
    return new Revision(
        row.getString("workflow_id"),
        row.getInt("revision"),
        row.getString("author"),
        row.getTimestamp("saved_at").toInstant(),
        row.getString("document"));
  }
}
