package dev.millrace.control.workflows;

import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jspecify.annotations.Nullable;

/**
 * The drafts of workflows, and what is known about them. What changes several tables takes the
 * transaction of its caller, who notes in it what was done. Thread-safe.
 */
public final class Workflows {
  private static final int LONGEST_NAME = 255;
  private static final String SUMMARY =
      "w.id, w.project_id, w.folder_id, w.name, w.revision, w.published_version, w.archived,"
          + " w.created_at, w.updated_at, array(select t.name from workflow_tag wt join tag t on t.id = wt.tag_id where"
          + " wt.workflow_id = w.id order by t.name) as tag_names";
  private static final String COLUMNS = SUMMARY + ", w.document";

  /** Of the projects of a grant, or shared with one of them. */
  private static final String VISIBLE =
      "(:everything or w.project_id = any(:projects) or exists (select 1 from workflow_share s"
          + " where s.workflow_id = w.id and s.project_id = any(:projects)))";

  /** Of the projects of a grant themselves. */
  private static final String OWNED = "(:everything or w.project_id = any(:projects))";

  private final Database database;

  public Workflows(Database database) {
    this.database = database;
  }

  /** Where a list goes on: behind this workflow. */
  public record After(Instant updatedAt, String id) {
    /** For the caller to hand back. */
    public String text() {
      return updatedAt + "_" + id;
    }

    /**
     * @throws MillraceException {@code INVALID_INPUT} for a text that is none
     */
    public static After of(String cursor) {
      int end = cursor.indexOf('_');
      try {
        return new After(
            Instant.parse(cursor.substring(0, Math.max(0, end))), cursor.substring(end + 1));
      } catch (DateTimeException none) {
        throw Call.invalidCursor();
      }
    }
  }

  /** The newest changes first. */
  List<WorkflowSummary> list(Grant grant, WorkflowFilter filter, Optional<After> after, int limit) {
    return database
        .reads()
        .withHandle(handle ->
            bind(handle.createQuery(listed(SUMMARY, filter, after)), grant, filter, after, limit)
                .map((row, context) -> summary(row))
                .list());
  }

  /**
   * Workflows with their drafts.
   *
   * @param next where the next page begins; empty behind the last
   */
  public record Page(List<Workflow> workflows, Optional<After> next) {}

  /**
   * A list with the drafts, which ends before its limit where they become too large together; the
   * first is in it however large it is.
   *
   * @param most bytes of all drafts
   */
  public Page page(
      Grant grant, WorkflowFilter filter, Optional<After> after, int limit, long most) {
    String sql =
        "select * from (select p.*, count(*) over () as listed, sum(octet_length(document)) over"
            + " (order by updated_at desc, id desc) - octet_length(document) as before from ("
            + listed(COLUMNS, filter, after)
            + ") p) q where before <= :most order by updated_at desc, id desc";
    List<Listed> rows =
        database
            .reads()
            .withHandle(handle ->
                bind(handle.createQuery(sql), grant, filter, after, limit)
                    .bind("most", most)
                    .map((row, context) -> new Listed(workflow(row), row.getInt("listed")))
                    .list());
    boolean more = !rows.isEmpty() && (rows.getFirst().of() > rows.size() || rows.size() == limit);
    return new Page(
        rows.stream().map(Listed::workflow).toList(),
        more
            ? Optional.of(rows.getLast().workflow())
                .map(last -> new After(last.summary().updatedAt(), last.id()))
            : Optional.empty());
  }

  /** One of so many that a list was to have. */
  private record Listed(Workflow workflow, int of) {}

  private static String listed(String columns, WorkflowFilter filter, Optional<After> after) {
    StringBuilder sql =
        new StringBuilder("select " + columns + " from workflow w where " + VISIBLE);
    filter.archived().ifPresent(archived -> sql.append(" and w.archived = :archived"));
    if (!filter.name().isEmpty()) {
      sql.append(" and position(lower(:name) in lower(w.name)) > 0");
    }
    if (!filter.tags().isEmpty()) {
      sql.append(
          " and (select count(*) from workflow_tag wt join tag t on t.id = wt.tag_id where"
              + " wt.workflow_id = w.id and t.name = any(:tags)) = :tagCount");
    }
    filter
        .folder()
        .ifPresent(folder ->
            sql.append(
                folder.equals(WorkflowFilter.ROOT)
                    ? " and w.folder_id is null"
                    : " and w.folder_id = :folder"));
    filter.project().ifPresent(project -> sql.append(" and w.project_id = :project"));
    filter
        .active()
        .ifPresent(active ->
            sql.append(" and w.published_version is ").append(active ? "not null" : "null"));
    after.ifPresent(last -> sql.append(" and (w.updated_at, w.id) < (:after, :afterId)"));
    return sql.append(" order by w.updated_at desc, w.id desc limit :limit").toString();
  }

  private static Query bind(
      Query query, Grant grant, WorkflowFilter filter, Optional<After> after, int limit) {
    return grant
        .bind(query)
        .bind("archived", filter.archived().orElse(false))
        .bind("name", filter.name())
        .bindArray("tags", String.class, (Object[]) filter.tags().toArray(new String[0]))
        .bind("tagCount", filter.tags().size())
        .bind("folder", filter.folder().orElse(""))
        .bind("project", filter.project().orElse(""))
        .bind("after", after.map(last -> Timestamp.from(last.updatedAt())).orElse(null))
        .bind("afterId", after.map(After::id).orElse(""))
        .bind("limit", limit);
  }

  /** A workflow that a grant covers. */
  public Optional<Workflow> find(Handle handle, Grant grant, String id) {
    return grant
        .bind(
            handle.createQuery(
                "select " + COLUMNS + " from workflow w where w.id = :id and " + VISIBLE))
        .bind("id", id)
        .map((row, context) -> workflow(row))
        .findOne();
  }

  /**
   * The same, locked until the transaction ends.
   *
   * @throws MillraceException {@code NOT_FOUND}
   */
  public Workflow lock(Handle handle, Grant grant, String id) {
    lock(handle, id);
    return find(handle, grant, id).orElseThrow(() -> none(id));
  }

  /**
   * The same of one that belongs to a project of the grant: to be shared with a project is not
   * enough to delete or move it, or to share it on.
   *
   * @throws MillraceException {@code NOT_FOUND}
   */
  public Workflow lockOwned(Handle handle, Grant grant, String id) {
    lock(handle, id);
    return grant
        .bind(
            handle.createQuery(
                "select " + COLUMNS + " from workflow w where w.id = :id and " + OWNED))
        .bind("id", id)
        .map((row, context) -> workflow(row))
        .findOne()
        .orElseThrow(() -> none(id));
  }

  private static void lock(Handle handle, String id) {
    handle
        .createQuery("select id from workflow where id = :id for update")
        .bind("id", id)
        .mapTo(String.class)
        .findOne();
  }

  /** Lets the members of a project use a workflow. */
  void share(Handle handle, Workflow workflow, String project) {
    handle.execute(
        "insert into workflow_share (workflow_id, project_id) values (?, ?) on conflict do nothing",
        workflow.id(),
        project);
  }

  /** Takes that back. */
  void unshare(Handle handle, Workflow workflow, String project) {
    handle.execute(
        "delete from workflow_share where workflow_id = ? and project_id = ?",
        workflow.id(),
        project);
  }

  /** What is thrown for a workflow that is not there, or foreign. */
  public static MillraceException none(String id) {
    return new MillraceException(ErrorCode.NOT_FOUND, "There is no workflow " + id);
  }

  /** The project that a workflow belongs to; empty for one that is not known here. */
  public Optional<String> project(String id) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery("select project_id from workflow where id = :id")
                .bind("id", id)
                .mapTo(String.class)
                .findOne());
  }

  /** What a workflow is called, and the project that it belongs to. */
  public record Place(String name, String projectId) {}

  /** Those of some workflows that are known, by id. */
  public Map<String, Place> places(Set<String> ids) {
    Map<String, Place> places = new HashMap<>();
    database
        .jdbi()
        .useHandle(handle ->
            handle
                .createQuery("select id, name, project_id from workflow where id = any(:ids)")
                .bindArray("ids", String.class, (Object[]) ids.toArray(new String[0]))
                .map((row, context) ->
                    places.put(
                        row.getString("id"),
                        new Place(row.getString("name"), row.getString("project_id"))))
                .list());
    return places;
  }

  /** The ids of those that belong to the projects of a grant. */
  public Set<String> ids(Grant grant) {
    return database
        .jdbi()
        .withHandle(handle ->
            grant
                .bind(handle.createQuery("select w.id from workflow w where " + OWNED))
                .mapTo(String.class)
                .collect(Collectors.toSet()));
  }

  /**
   * A workflow as far as others need it.
   *
   * @param settings of the version that runs, or of the draft where none does
   */
  public record Outline(String name, String projectId, Map<String, @Nullable Object> settings) {}

  /** Those of some workflows that are known, by id. */
  public Map<String, Outline> outlines(Set<String> ids) {
    Map<String, Outline> outlines = new HashMap<>();
    database
        .jdbi()
        .useHandle(handle ->
            handle
                .createQuery(
                    "select w.id, w.name, w.project_id, cast(coalesce(v.document, w.document) as"
                        + " json) -> 'settings' as settings from workflow w left join"
                        + " workflow_version v on v.workflow_id = w.id and v.version ="
                        + " w.published_version where w.id = any(:ids)")
                .bindArray("ids", String.class, (Object[]) ids.toArray(new String[0]))
                .map((row, context) -> {
                  String settings = row.getString("settings");
                  return outlines.put(
                      row.getString("id"),
                      new Outline(
                          row.getString("name"),
                          row.getString("project_id"),
                          settings != null && Json.parse(settings) instanceof Map<?, ?> map
                              ? texts(map)
                              : Map.of()));
                })
                .list());
    return outlines;
  }

  private static Map<String, @Nullable Object> texts(Map<?, ?> map) {
    Map<String, @Nullable Object> texts = new HashMap<>();
    map.forEach((key, value) -> texts.put(String.valueOf(key), value));
    return texts;
  }

  /**
   * Makes a workflow.
   *
   * @param id that it is to have; null for a new one
   * @param userId of who saves it; null when it is nobody
   * @throws MillraceException {@code CONFLICT} when the id is taken
   */
  Workflow create(
      Handle handle,
      @Nullable String id,
      String project,
      WorkflowDocument document,
      @Nullable String userId) {
    String given = id == null ? Ids.next() : id;
    String text = text(document);
    int made =
        handle
            .createUpdate(
                "insert into workflow (id, project_id, name, document, revision, last_version)"
                    // Versions of one that had the id before are never given again.
                    + " values (:id, :project, :name, :document, 1, greatest(0, (select"
                    + " max(version) from workflow_version where workflow_id = :id), (select"
                    + " version from known_version where workflow_id = :id))) on conflict do"
                    + " nothing")
            .bind("id", given)
            .bind("project", project)
            .bind("name", name(document))
            .bind("document", text)
            .execute();
    if (made == 0) {
      throw new MillraceException(ErrorCode.CONFLICT, "There is a workflow " + given + " already");
    }
    noteRevision(handle, given, 1, text, userId);
    return find(handle, Grant.all(), given).orElseThrow();
  }

  /** Saves a new draft of a workflow that is locked. */
  Workflow save(
      Handle handle, Workflow workflow, WorkflowDocument document, @Nullable String userId) {
    int revision = workflow.revision() + 1;
    String text = text(document);
    handle
        .createUpdate(
            "update workflow set name = :name, document = :document, revision = :revision,"
                + " updated_at = now() where id = :id")
        .bind("id", workflow.id())
        .bind("name", name(document))
        .bind("document", text)
        .bind("revision", revision)
        .execute();
    noteRevision(handle, workflow.id(), revision, text, userId);
    return find(handle, Grant.all(), workflow.id()).orElseThrow();
  }

  private static void noteRevision(
      Handle handle, String id, int revision, String document, @Nullable String userId) {
    handle
        .createUpdate(
            "insert into workflow_revision (workflow_id, revision, document, saved_by) values (:id,"
                + " :revision, :document, :user)")
        .bind("id", id)
        .bind("revision", revision)
        .bind("document", document)
        .bind("user", userId)
        .execute();
  }

  void archive(Handle handle, Workflow workflow, boolean archived) {
    handle.execute(
        "update workflow set archived = ?, updated_at = now() where id = ?",
        archived,
        workflow.id());
  }

  void move(Handle handle, Workflow workflow, String project) {
    handle.execute(
        "update workflow set project_id = ?, folder_id = null, updated_at = now() where id = ?",
        project,
        workflow.id());
  }

  /**
   * Puts a workflow that is locked into a folder of its project.
   *
   * @param folder null for none
   */
  public void putInto(Handle handle, Workflow workflow, @Nullable String folder) {
    handle
        .createUpdate("update workflow set folder_id = :folder where id = :id")
        .bind("folder", folder)
        .bind("id", workflow.id())
        .execute();
  }

  /** Removes one that is withdrawn. */
  void delete(Handle handle, Workflow workflow) {
    handle.execute("delete from workflow where id = ?", workflow.id());
  }

  static WorkflowDocument document(Workflow workflow) {
    return WorkflowDocument.parse(workflow.document().getBytes(StandardCharsets.UTF_8));
  }

  private static String text(WorkflowDocument document) {
    return new String(document.toBytes(), StandardCharsets.UTF_8);
  }

  private static String name(WorkflowDocument document) {
    String name = document.name().isBlank() ? "My workflow" : document.name().strip();
    return name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name;
  }

  private static Workflow workflow(ResultSet row) throws SQLException {
    return new Workflow(summary(row), row.getString("document"));
  }

  private static WorkflowSummary summary(ResultSet row) throws SQLException {
    Array tags = row.getArray("tag_names");
    // Zero stands for null; versions begin with one.
    int published = row.getInt("published_version");
    return new WorkflowSummary(
        row.getString("id"),
        row.getString("project_id"),
        Optional.ofNullable(row.getString("folder_id")),
        row.getString("name"),
        row.getInt("revision"),
        published == 0 ? Optional.empty() : Optional.of(published),
        row.getBoolean("archived"),
        Arrays.asList((String[]) tags.getArray()),
        row.getTimestamp("created_at").toInstant(),
        row.getTimestamp("updated_at").toInstant());
  }
}
