package dev.millrace.control.users;

import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.http.Schema;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keys by which programs act for a user. Thread-safe. */
final class ApiKeys {
  /** Tells what it is where one is found that should not lie there. */
  static final String PREFIX = "mr_";

  private static final int SECRET = 40;

  private final Database database;

  /**
   * A key without its secret.
   *
   * @param scopes empty for all that its owner may do
   */
  record ApiKey(
      String id,
      String userId,
      String label,
      Optional<Set<Scope>> scopes,
      Optional<Instant> expiresAt,
      Instant createdAt) {
    /** The fields of what {@link #json} gives. */
    static Schema.Fields fields() {
      return Schema.object()
          .must("id", Schema.text())
          .must("label", Schema.text())
          .must("scopes", Schema.listOf(Schema.text()).orNull())
          .must("expiresAt", Schema.time().orNull())
          .must("createdAt", Schema.time());
    }

    Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("id", id);
      json.put("label", label);
      json.put(
          "scopes",
          scopes.map(all -> all.stream().map(Scope::text).sorted().toList()).orElse(null));
      json.put("expiresAt", expiresAt.map(Instant::toString).orElse(null));
      json.put("createdAt", createdAt.toString());
      return json;
    }
  }

  /** A new key, and its secret, which nobody can ask for again. */
  record Created(ApiKey key, String secret) {}

  ApiKeys(Database database) {
    this.database = database;
  }

  Created create(
      String userId, String label, Optional<Set<Scope>> scopes, Optional<Instant> expiresAt) {
    String id = Ids.next();
    String secret = PREFIX + Ids.random(SECRET);
    ApiKey key =
        database
            .jdbi()
            .withHandle(handle -> {
              var insert =
                  handle
                      .createQuery(
                          "insert into api_key (id, user_id, label, secret_hash, scopes,"
                              + " expires_at) values (:id, :user, :label, :hash, cast(:scopes as"
                              + " text[]), :expires) returning *")
                      .bind("id", id)
                      .bind("user", userId)
                      .bind("label", label)
                      .bind("hash", Sessions.digest(secret))
                      .bind("expires", expiresAt.map(Timestamp::from).orElse(null));
              if (scopes.isPresent()) {
                insert.bindArray(
                    "scopes", String.class, scopes.get().stream().map(Scope::text).toArray());
              } else {
                insert.bindNull("scopes", Types.VARCHAR);
              }
              return insert.map((row, context) -> key(row)).one();
            });
    return new Created(key, secret);
  }

  List<ApiKey> of(String userId) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery("select * from api_key where user_id = :user order by created_at, id")
                .bind("user", userId)
                .map((row, context) -> key(row))
                .list());
  }

  /** The key that has a secret, whether it is still good or not. */
  Optional<ApiKey> bySecret(String secret) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery("select * from api_key where secret_hash = :hash")
                .bind("hash", Sessions.digest(secret))
                .map((row, context) -> key(row))
                .findOne());
  }

  boolean delete(String userId, String id) {
    return database
            .jdbi()
            .withHandle(handle ->
                handle
                    .createUpdate("delete from api_key where id = :id and user_id = :user")
                    .bind("id", id)
                    .bind("user", userId)
                    .execute())
        > 0;
  }

  private static ApiKey key(ResultSet row) throws SQLException {
    Array scopes = row.getArray("scopes");
    Timestamp expires = row.getTimestamp("expires_at");
    return new ApiKey(
        row.getString("id"),
        row.getString("user_id"),
        row.getString("label"),
        scopes == null ? Optional.empty() : Optional.of(Scope.known((String[]) scopes.getArray())),
        Optional.ofNullable(expires).map(Timestamp::toInstant),
        row.getTimestamp("created_at").toInstant());
  }
}
