package dev.millrace.control.credentials;

import dev.millrace.control.http.Grant;
import dev.millrace.control.vault.Envelope.Sealed;
import dev.millrace.control.vault.KeyEncryption.Wrapped;
import dev.millrace.http.AllowedHosts;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** The rows of credentials. Every query that a user asks for is limited by his grant. */
final class CredentialRepository {
  private static final String SELECT =
      """
      select c.*, array(select s.project_id from credential_share s
                        where s.credential_id = c.id order by 1) as shared_with
      from credential c
      """;
  private static final String OWNED = "(:everything or c.project_id = any(:projects))";
  private static final String VISIBLE =
      "("
          + OWNED
          + """
          or exists (select 1 from credential_share s
                     where s.credential_id = c.id and s.project_id = any(:projects)))\
          """;

  /**
   * What a list is narrowed to, and where it goes on.
   *
   * @param after id and time of creation of the last one of the page before
   */
  record Page(
      Optional<String> type, Optional<String> projectId, Optional<Position> after, int limit) {}

  /** A place in the order of a list. */
  record Position(Instant createdAt, String id) {}

  List<Credential> list(Handle handle, Grant grant, Page page) {
    String more =
        page.type().map(type -> " and c.type = :type").orElse("")
            + page.projectId().map(project -> " and c.project_id = :project").orElse("")
            + page.after().map(last -> " and (c.created_at, c.id) > (:time, :last)").orElse("");
    var query =
        handle.createQuery(
            SELECT + " where " + VISIBLE + more + " order by c.created_at, c.id limit :limit");
    grant.bind(query);
    page.type().ifPresent(type -> query.bind("type", type));
    page.projectId().ifPresent(project -> query.bind("project", project));
    page.after()
        .ifPresent(last -> query.bind("time", time(last.createdAt())).bind("last", last.id()));
    return query.bind("limit", page.limit()).map((row, context) -> credential(row)).list();
  }

  /** One that the caller may see: of a granted project, or shared with one. */
  Optional<StoredCredential> visible(Handle handle, Grant grant, String id) {
    var query = handle.createQuery(SELECT + " where c.id = :id and " + VISIBLE).bind("id", id);
    grant.bind(query);
    return query.map((row, context) -> stored(row)).findOne();
  }

  /** One of a granted project, locked until the transaction ends. */
  Optional<StoredCredential> lockOwned(Handle handle, Grant grant, String id) {
    var query =
        handle
            .createQuery(SELECT + " where c.id = :id and " + OWNED + " for update of c")
            .bind("id", id);
    grant.bind(query);
    return query.map((row, context) -> stored(row)).findOne();
  }

  /** One of whatever project, locked until the transaction ends: for the vault's own work. */
  Optional<StoredCredential> lock(Handle handle, String id) {
    return handle
        .createQuery(SELECT + " where c.id = :id for update of c")
        .bind("id", id)
        .map((row, context) -> stored(row))
        .findOne();
  }

  boolean exists(Handle handle, String id) {
    return handle
        .createQuery("select exists (select 1 from credential where id = :id)")
        .bind("id", id)
        .mapTo(Boolean.class)
        .one();
  }

  /**
   * The one that a workflow of a project means: by id, else by name, its own before those shared
   * with it. Others are not there for it.
   */
  Optional<StoredCredential> usable(
      Handle handle, String projectId, String type, String id, String name) {
    return handle
        .createQuery(
            SELECT
                + """
                 where c.type = :type
                  and ((:id <> '' and c.id = :id) or (:name <> '' and c.name = :name))
                  and (c.project_id = :project
                    or exists (select 1 from credential_share s
                               where s.credential_id = c.id and s.project_id = :project))
                order by (c.id = :id) desc, (c.project_id = :project) desc, c.created_at, c.id
                limit 1
                """)
        .bind("type", type)
        .bind("id", id)
        .bind("name", name)
        .bind("project", projectId)
        .map((row, context) -> stored(row))
        .findOne();
  }

  void insert(Handle handle, StoredCredential stored) {
    var statement =
        handle.createUpdate(
            """
            insert into credential (id, project_id, name, type, ciphertext, wrapped_key, key_id,
              allowed_hosts, limits, created_at, updated_at, version)
            values (:id, :project, :name, :type, :ciphertext, :wrapped, :key,
              cast(:hosts as text[]), cast(:limits as jsonb), :created, :updated, :version)
            """);
    Credential credential = stored.credential();
    bind(statement, credential)
        .bind("project", credential.projectId())
        .bind("type", credential.type())
        .bind("created", time(credential.createdAt()));
    bind(statement, stored.sealed()).execute();
  }

  /** Writes what of a credential can change. */
  void update(Handle handle, StoredCredential stored) {
    var statement =
        handle.createUpdate(
            """
            update credential set name = :name, ciphertext = :ciphertext, wrapped_key = :wrapped,
              key_id = :key, allowed_hosts = cast(:hosts as text[]),
              limits = cast(:limits as jsonb), updated_at = :updated, version = :version
            where id = :id
            """);
    bind(statement, stored.credential());
    bind(statement, stored.sealed()).execute();
  }

  /** Writes new fields that no user changed, such as tokens. */
  void updateFields(Handle handle, String id, Sealed sealed) {
    var statement =
        handle.createUpdate(
            """
            update credential set ciphertext = :ciphertext, wrapped_key = :wrapped, key_id = :key
            where id = :id
            """);
    bind(statement, sealed).bind("id", id).execute();
  }

  void move(Handle handle, String id, String projectId, Instant now) {
    handle
        .createUpdate(
            """
            update credential set project_id = :project, updated_at = :now, version = version + 1
            where id = :id
            """)
        .bind("id", id)
        .bind("project", projectId)
        .bind("now", time(now))
        .execute();
    handle
        .createUpdate(
            "delete from credential_share where credential_id = :id and project_id = :project")
        .bind("id", id)
        .bind("project", projectId)
        .execute();
  }

  /** Replaces the projects that a credential is shared with. */
  void share(Handle handle, String id, List<String> projects) {
    handle
        .createUpdate("delete from credential_share where credential_id = :id")
        .bind("id", id)
        .execute();
    for (String project : projects) {
      handle
          .createUpdate(
              "insert into credential_share (credential_id, project_id) values (:id, :project)")
          .bind("id", id)
          .bind("project", project)
          .execute();
    }
  }

  /** Those of the ids that are projects. */
  List<String> projects(Handle handle, List<String> ids) {
    return handle
        .createQuery("select id from project where id = any(:ids) order by id")
        .bindArray("ids", String.class, ids)
        .mapTo(String.class)
        .list();
  }

  void delete(Handle handle, String id) {
    handle.createUpdate("delete from credential where id = :id").bind("id", id).execute();
  }

  private static <T extends SqlStatement<T>> T bind(T statement, Credential credential) {
    statement
        .bind("id", credential.id())
        .bind("name", credential.name())
        .bind("limits", Json.text(credential.limits()))
        .bind("updated", time(credential.updatedAt()))
        .bind("version", credential.version());
    Optional<List<String>> hosts = credential.allowedHosts().patterns();
    return hosts.isPresent()
        ? statement.bindArray("hosts", String.class, hosts.get())
        : statement.bindNull("hosts", Types.VARCHAR);
  }

  private static <T extends SqlStatement<T>> T bind(T statement, Sealed sealed) {
    return statement
        .bind("ciphertext", sealed.ciphertext())
        .bind("wrapped", sealed.key().bytes())
        .bind("key", sealed.key().keyId());
  }

  private static StoredCredential stored(ResultSet row) throws SQLException {
    return new StoredCredential(credential(row), sealed(row));
  }

  static Sealed sealed(ResultSet row) throws SQLException {
    return new Sealed(
        row.getBytes("ciphertext"),
        new Wrapped(row.getString("key_id"), row.getBytes("wrapped_key")));
  }

  private static Credential credential(ResultSet row) throws SQLException {
    Map<String, @Nullable Object> limits =
        Json.parseObject(row.getString("limits").getBytes(StandardCharsets.UTF_8));
    List<String> hosts = texts(row.getArray("allowed_hosts"));
    List<String> shared = texts(row.getArray("shared_with"));
    return new Credential(
        row.getString("id"),
        row.getString("project_id"),
        row.getString("name"),
        row.getString("type"),
        hosts == null ? AllowedHosts.ALL : AllowedHosts.only(hosts),
        limits,
        shared == null ? List.of() : shared,
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getObject("updated_at", OffsetDateTime.class).toInstant(),
        row.getLong("version"));
  }

  private static @Nullable List<String> texts(@Nullable Array array) throws SQLException {
    return array == null ? null : List.of((String[]) array.getArray());
  }

  static OffsetDateTime time(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
