package dev.millrace.control.users;

import dev.millrace.control.db.Database;
import dev.millrace.control.vault.Secret;
import dev.millrace.control.vault.SecretBox;
import dev.millrace.value.Json;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The identity provider of the installation, and whom it vouches for. Thread-safe. */
final class ProviderStore {
  private static final String KIND = "identity_provider";

  private final Database database;
  private final SecretBox box;

  /**
   * @param box that the client's secret is kept in
   */
  ProviderStore(Database database, SecretBox box) {
    this.database = database;
    this.box = box;
  }

  Optional<ProviderSettings> find() {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery("select * from identity_provider")
                .map((row, context) -> settings(row))
                .findOne());
  }

  /** Encrypts a client's secret, for this issuer and client alone. */
  byte[] seal(Secret secret, String issuer, String clientId) {
    return box.seal(secret, KIND, issuer, clientId);
  }

  /**
   * The client's secret, empty where it has none.
   *
   * @throws dev.millrace.error.MillraceException {@code STORED_SECRET_UNREADABLE}
   */
  Optional<Secret> secret(ProviderSettings settings) {
    return Optional.ofNullable(settings.sealedSecret())
        .map(sealed -> box.open(sealed, KIND, settings.issuer(), settings.clientId()));
  }

  /** Keeps settings in place of those that there are. */
  void put(Handle handle, ProviderSettings settings) {
    // Of two at once the second waits, and replaces the first.
    handle.execute("lock table identity_provider in share row exclusive mode");
    handle.execute("delete from identity_provider");
    handle
        .createUpdate(
            """
            insert into identity_provider
              (revision, enabled, label, issuer, client_id, client_secret, scopes, link_by_email,
               trust_email, provision, default_role, role_claim, role_mapping)
            values (:revision, :enabled, :label, :issuer, :client, :secret, :scopes, :link, :trust,
               :provision, :role, :claim, cast(:mapping as jsonb))
            """)
        .bind("revision", settings.revision())
        .bind("enabled", settings.enabled())
        .bind("label", settings.label())
        .bind("issuer", settings.issuer())
        .bind("client", settings.clientId())
        .bind("secret", settings.sealedSecret())
        .bindArray("scopes", String.class, settings.scopes().toArray())
        .bind("link", settings.linkByEmail())
        .bind("trust", settings.trustEmail())
        .bind("provision", settings.provision())
        .bind("role", settings.defaultRole())
        .bind("claim", settings.roleClaim().orElse(null))
        .bind(
            "mapping",
            Json.text(settings.roleMapping().stream().map(ProviderSettings.RoleOf::json).toList()))
        .execute();
  }

  boolean delete(Handle handle) {
    return handle.execute("delete from identity_provider") > 0;
  }

  /** The account that a provider means by a subject. */
  Optional<String> userOf(Handle handle, String issuer, String subject) {
    return handle
        .createQuery(
            "select user_id from provided_identity where issuer = :issuer and subject = :subject")
        .bind("issuer", issuer)
        .bind("subject", subject)
        .mapTo(String.class)
        .findOne();
  }

  /**
   * Lets a provider mean an account by a subject.
   *
   * @return false when it means that account by another subject already
   */
  boolean link(Handle handle, String issuer, String subject, String userId) {
    return handle.execute(
            "insert into provided_identity (issuer, subject, user_id) values (?, ?, ?) on conflict"
                + " do nothing",
            issuer,
            subject,
            userId)
        > 0;
  }

  private static ProviderSettings settings(ResultSet row) throws SQLException {
    return new ProviderSettings(
        row.getString("revision"),
        row.getBoolean("enabled"),
        row.getString("label"),
        row.getString("issuer"),
        row.getString("client_id"),
        row.getBytes("client_secret"),
        List.of((String[]) row.getArray("scopes").getArray()),
        row.getBoolean("link_by_email"),
        row.getBoolean("trust_email"),
        row.getBoolean("provision"),
        row.getString("default_role"),
        Optional.ofNullable(row.getString("role_claim")),
        mapping(Json.parse(row.getString("role_mapping"))));
  }

  private static List<ProviderSettings.RoleOf> mapping(@Nullable Object json) {
    List<ProviderSettings.RoleOf> mapping = new ArrayList<>();
    if (json instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof Map<?, ?> one
            && one.get("value") instanceof String value
            && one.get("role") instanceof String role) {
          mapping.add(new ProviderSettings.RoleOf(value, role));
        }
      }
    }
    return mapping;
  }
}
