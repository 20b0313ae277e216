package dev.millrace.control.workflows;

import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
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
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * The workflows in the database. What changes several tables takes the transaction of its caller,
 * who notes in it what was done. Thread-safe.
 */
public final class Workflows {
  private static final int LONGEST_NAME = 255;
  private static final String COLUMNS =
      "w.*, array(select t.name from workflow_tag wt join tag t on t.id = wt.tag_id where"
          + " wt.workflow_id = w.id order by t.name) as tag_names";

  /** Of the projects of a grant, or shared with one of them. */
  private static final String VISIBLE =
      "(:everything or w.project_id = any(:projects) or exists (select 1 from workflow_share s"
          + " where s.workflow_id = w.id and s.project_id = any(:projects)))";

  /** Of the projects of a grant themselves. */
  private static final String OWNED = "(:everything or w.project_id = any(:projects))";

  /** One publication at a time: see {@link #toOutbox}. */
  private static final long OUTBOX_LOCK = 0x6d696c6c72616365L;

  private final Database database;
  private final int maxBytes;
  private final Runnable published;

  /**
   * @param maxBytes that a published document may have, so that the topic takes it
   * @param published called after each commit that has something for the engine; must not block
   */
  public Workflows(Database database, int maxBytes, Runnable published) {
    this.database = database;
    this.maxBytes = maxBytes;
    this.published = published;
  }

  /**
   * What a list shows.
   *
   * @param name part of it, in any case; empty for all
   * @param tag its name; empty for all
   */
  record Filter(
      String name,
      String tag,
      Optional<String> project,
      Optional<Boolean> active,
      boolean archived) {}

  /** Where a list goes on: behind this workflow. */
  record After(Instant updatedAt, String id) {}

  /** The newest changes first. */
  List<Workflow> list(Grant grant, Filter filter, Optional<After> after, int limit) {
    StringBuilder sql =
        new StringBuilder("select " + COLUMNS + " from workflow w where " + VISIBLE);
    sql.append(" and w.archived = :archived");
    if (!filter.name().isEmpty()) {
      sql.append(" and position(lower(:name) in lower(w.name)) > 0");
    }
    if (!filter.tag().isEmpty()) {
      sql.append(
          " and exists (select 1 from workflow_tag wt join tag t on t.id = wt.tag_id where"
              + " wt.workflow_id = w.id and t.name = :tag)");
    }
    filter.project().ifPresent(project -> sql.append(" and w.project_id = :project"));
    filter
        .active()
        .ifPresent(active ->
            sql.append(" and w.published_version is ").append(active ? "not null" : "null"));
    after.ifPresent(last -> sql.append(" and (w.updated_at, w.id) < (:after, :afterId)"));
    sql.append(" order by w.updated_at desc, w.id desc limit :limit");
    return database
        .reads()
        .withHandle(handle ->
            grant
                .bind(handle.createQuery(sql))
                .bind("archived", filter.archived())
                .bind("name", filter.name())
                .bind("tag", filter.tag())
                .bind("project", filter.project().orElse(""))
                .bind("after", after.map(last -> Timestamp.from(last.updatedAt())).orElse(null))
                .bind("afterId", after.map(After::id).orElse(""))
                .bind("limit", limit)
                .map((row, context) -> workflow(row))
                .list());
  }

  /** A workflow that a grant covers. */
  Optional<Workflow> find(Handle handle, Grant grant, String id) {
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
  Workflow lock(Handle handle, Grant grant, String id) {
    lock(handle, id);
    return find(handle, grant, id).orElseThrow(() -> none(id));
  }

  /**
   * The same of one that belongs to a project of the grant: to be shared with a project is not
   * enough to delete or move it, or to share it on.
   *
   * @throws MillraceException {@code NOT_FOUND}
   */
  Workflow lockOwned(Handle handle, Grant grant, String id) {
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

  static MillraceException none(String id) {
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
            .bind("document", text(document))
            .execute();
    if (made == 0) {
      throw new MillraceException(ErrorCode.CONFLICT, "There is a workflow " + given + " already");
    }
    noteRevision(handle, given, 1, document, userId);
    return find(handle, Grant.all(), given).orElseThrow();
  }

  /** Saves a new draft of a workflow that is locked. */
  Workflow save(
      Handle handle, Workflow workflow, WorkflowDocument document, @Nullable String userId) {
    int revision = workflow.revision() + 1;
    handle
        .createUpdate(
            "update workflow set name = :name, document = :document, revision = :revision,"
                + " updated_at = now() where id = :id")
        .bind("id", workflow.id())
        .bind("name", name(document))
        .bind("document", text(document))
        .bind("revision", revision)
        .execute();
    noteRevision(handle, workflow.id(), revision, document, userId);
    return find(handle, Grant.all(), workflow.id()).orElseThrow();
  }

  private static void noteRevision(
      Handle handle, String id, int revision, WorkflowDocument document, @Nullable String userId) {
    handle
        .createUpdate(
            "insert into workflow_revision (workflow_id, revision, document, saved_by) values (:id,"
                + " :revision, :document, :user)")
        .bind("id", id)
        .bind("revision", revision)
        .bind("document", text(document))
        .bind("user", userId)
        .execute();
  }

  /**
   * Makes the draft of a workflow that is locked the version that runs. The engine has it soon
   * after the commit.
   *
   * @return the new version, or the current one when it has the same content
   * @throws MillraceException {@code WEBHOOK_CONFLICT} or {@code JSON_LIMIT}
   */
  int publish(Handle handle, Workflow workflow, @Nullable String userId) {
    WorkflowDocument document = document(workflow);
    Optional<Integer> current = workflow.published();
    if (current.isPresent()
        && version(handle, workflow.id(), current.get()).equals(Optional.of(workflow.document()))) {
      return current.get();
    }
    if (document.toBytes().length > maxBytes) {
      throw new MillraceException(
          ErrorCode.JSON_LIMIT, "the workflow is larger than " + maxBytes + " bytes");
    }
    claim(handle, workflow.id(), document);
    int version =
        handle
            .createQuery(
                "update workflow set last_version = last_version + 1, published_version ="
                    + " last_version + 1, updated_at = now() where id = :id returning last_version")
            .bind("id", workflow.id())
            .mapTo(Integer.class)
            .one();
    handle
        .createUpdate(
            "insert into workflow_version (workflow_id, version, document, published_by) values"
                + " (:id, :version, :document, :user)")
        .bind("id", workflow.id())
        .bind("version", version)
        .bind("document", workflow.document())
        .bind("user", userId)
        .execute();
    toOutbox(handle, workflow.id(), version);
    return version;
  }

  /** Takes back what is published of a workflow that is locked; what runs goes on. */
  void withdraw(Handle handle, Workflow workflow) {
    if (workflow.published().isPresent()) {
      handle.execute(
          "update workflow set published_version = null, updated_at = now() where id = ?",
          workflow.id());
      handle.execute("delete from webhook_claim where workflow_id = ?", workflow.id());
      toOutbox(handle, workflow.id(), null);
    }
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

  void delete(Handle handle, Workflow workflow) {
    withdraw(handle, workflow);
    handle.execute("delete from workflow where id = ?", workflow.id());
  }

  /** The document of a version. */
  Optional<String> version(Handle handle, String id, int version) {
    return handle
        .createQuery(
            "select document from workflow_version where workflow_id = :id and version = :version")
        .bind("id", id)
        .bind("version", version)
        .mapTo(String.class)
        .findOne();
  }

  private static void claim(Handle handle, String id, WorkflowDocument document) {
    Map<WebhookEndpoint, String> wanted = WebhookEndpoint.of(document);
    handle.execute("delete from webhook_claim where workflow_id = ?", id);
    wanted.forEach((endpoint, node) -> {
      int got =
          handle.execute(
              "insert into webhook_claim (method, path, workflow_id, node) values (?, ?, ?, ?) on"
                  + " conflict do nothing",
              endpoint.method(),
              endpoint.path(),
              id,
              node);
      if (got == 0) {
        // Whose it is may be nobody's business who publishes: the name of the node is enough.
        String holder =
            handle
                .createQuery("select node from webhook_claim where method = :m and path = :p")
                .bind("m", endpoint.method())
                .bind("p", endpoint.path())
                .mapTo(String.class)
                .findOne()
                .orElse("");
        throw endpoint.taken(node, holder, "another workflow");
      }
    });
  }

  /**
   * Puts a publication where the engine's topic is fed from. The lock is held until the commit, so
   * that ids grow in the order of commits: whoever reads them in order misses none.
   */
  private void toOutbox(Handle handle, String id, @Nullable Integer version) {
    handle
        .createQuery("select pg_advisory_xact_lock(:lock)::text")
        .bind("lock", OUTBOX_LOCK)
        .mapTo(String.class)
        .one();
    handle
        .createUpdate("insert into outbox (workflow_id, version) values (:id, :version)")
        .bind("id", id)
        .bind("version", version)
        .execute();
    handle.afterCommit(published);
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
    Array tags = row.getArray("tag_names");
    // Zero stands for null; versions begin with one.
    int published = row.getInt("published_version");
    return new Workflow(
        row.getString("id"),
        row.getString("project_id"),
        Optional.ofNullable(row.getString("folder_id")),
        row.getString("name"),
        row.getString("document"),
        row.getInt("revision"),
        published == 0 ? Optional.empty() : Optional.of(published),
        row.getBoolean("archived"),
        Arrays.asList((String[]) tags.getArray()),
        row.getTimestamp("created_at").toInstant(),
        row.getTimestamp("updated_at").toInstant());
  }
}
