package dev.millrace.control.credentials;

import dev.millrace.control.db.Database;
import dev.millrace.control.vault.Envelope;
import dev.millrace.control.vault.Secrets;
import dev.millrace.error.MillraceException;
import dev.millrace.http.OutgoingHttp;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the tokens of OAuth2 credentials fresh. However many ask at once, in whatever processes,
 * one of them asks the authorization server, with the credential's row locked; the others get what
 * it got. Thread-safe; blocks.
 */
final class OAuthTokens {
  /** A token that ends within this is as good as over for who is about to use it. */
  private static final long MARGIN_SECONDS = 90;

  /** So long nobody asks a server again that refused. */
  private static final long PAUSE_SECONDS = 5;

  private static final int STRIPES = 64;
  private static final int MOST_FAILURES = 1000;

  private final Database database;
  private final CredentialRepository repository = new CredentialRepository();
  private final CredentialCipher cipher;
  private final OAuthTokenRequest requests;
  private final Secrets secrets;
  private final InstantSource clock;
  // Whoever waits for another in this process waits here, without a connection to the database.
  private final ReentrantLock[] stripes = new ReentrantLock[STRIPES];
  private final Map<String, Failure> failures = new ConcurrentHashMap<>();

  private record Failure(Instant until, MillraceException reason) {}

  OAuthTokens(
      Database database,
      Envelope envelope,
      OutgoingHttp http,
      Secrets secrets,
      InstantSource clock) {
    this.database = database;
    this.cipher = new CredentialCipher(envelope);
    this.requests = new OAuthTokenRequest(http, clock);
    this.secrets = secrets;
    this.clock = clock;
    Arrays.setAll(stripes, i -> new ReentrantLock());
  }

  /**
   * The fields of a credential, with a token that is good for a while where there is a way to one.
   *
   * @param fields as they are stored
   * @throws MillraceException {@code OAUTH_FAILED} when there is no token that could be used
   */
  Map<String, @Nullable Object> usable(
      Credential credential, Map<String, @Nullable Object> fields) {
    if (!due(fields) || !renewable(fields)) {
      return fields;
    }
    try {
      return renewed(credential.id(), null);
    } catch (MillraceException failed) {
      if (over(fields)) {
        throw failed;
      }
      return fields;
    }
  }

  /**
   * The fields of a credential with another token than the one that a service refused.
   *
   * @param refused the access token; null to renew one that is due by its time
   * @throws MillraceException {@code OAUTH_FAILED}; {@code NOT_FOUND} when the credential is gone
   */
  Map<String, @Nullable Object> renewed(String id, @Nullable String refused) {
    ReentrantLock stripe = stripes[Math.floorMod(id.hashCode(), STRIPES)];
    stripe.lock();
    try {
      return database.jdbi().inTransaction(handle -> renewed(handle, id, refused));
    } finally {
      stripe.unlock();
    }
  }

  private Map<String, @Nullable Object> renewed(
      Handle handle, String id, @Nullable String refused) {
    StoredCredential stored =
        repository.lock(handle, id).orElseThrow(() -> CredentialService.missing(id));
    Map<String, @Nullable Object> fields = cipher.open(stored);
    boolean another =
        refused == null ? !due(fields) : !refused.equals(accessToken(fields)) && !over(fields);
    if (another) {
      return fields;
    }
    Failure before = failures.get(id);
    if (before != null && clock.instant().isBefore(before.until())) {
      throw before.reason();
    }
    try {
      Map<String, @Nullable Object> answer =
          requested(secrets.resolve(stored.credential().projectId(), fields));
      Map<String, @Nullable Object> changed = withTokens(fields, answer);
      store(handle, stored.credential(), changed);
      failures.remove(id);
      return changed;
    } catch (MillraceException failed) {
      if (failures.size() >= MOST_FAILURES) {
        failures.clear();
      }
      failures.put(id, new Failure(clock.instant().plusSeconds(PAUSE_SECONDS), failed));
      throw failed;
    }
  }

  private Map<String, @Nullable Object> requested(Map<String, @Nullable Object> fields) {
    String refreshToken = OAuthTokenRequest.text(tokens(fields), "refresh_token");
    if (byClient(fields)) {
      return requests.byClient(fields);
    }
    if (refreshToken.isEmpty()) {
      throw OAuthTokenRequest.failed("The credential has no refresh token");
    }
    return requests.byRefresh(fields, refreshToken);
  }

  /** Writes tokens that a sign-in brought. The row must be locked by the transaction. */
  void store(Handle handle, Credential credential, Map<String, @Nullable Object> fields) {
    repository.updateFields(
        handle, credential.id(), cipher.seal(credential.id(), credential.type(), fields));
    failures.remove(credential.id());
  }

  static Map<String, @Nullable Object> withTokens(
      Map<String, @Nullable Object> fields, Map<String, @Nullable Object> answer) {
    Map<String, @Nullable Object> tokens = new LinkedHashMap<>();
    tokens(fields).forEach((name, value) -> tokens.put(String.valueOf(name), value));
    tokens.remove(OAuthTokenRequest.EXPIRES_AT);
    tokens.putAll(answer);
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(fields);
    changed.put(CredentialType.TOKEN_DATA, tokens);
    return changed;
  }

  /** Without what only a renewal needs: it is made here. */
  static Map<String, @Nullable Object> forNodes(Map<String, @Nullable Object> fields) {
    if (!renewable(fields)) {
      return fields;
    }
    Map<String, @Nullable Object> less = new LinkedHashMap<>(fields);
    less.remove("clientSecret");
    less.remove("additionalBodyProperties");
    Map<String, @Nullable Object> tokens = new LinkedHashMap<>();
    tokens(fields).forEach((name, value) -> tokens.put(String.valueOf(name), value));
    tokens.remove("refresh_token");
    less.put(CredentialType.TOKEN_DATA, tokens);
    return less;
  }

  private static boolean renewable(Map<String, @Nullable Object> fields) {
    return !OAuthTokenRequest.text(fields, "accessTokenUrl").isEmpty()
        && (byClient(fields) || !OAuthTokenRequest.text(tokens(fields), "refresh_token").isEmpty());
  }

  private static boolean byClient(Map<String, @Nullable Object> fields) {
    return "clientCredentials".equals(fields.get("grantType"));
  }

  private boolean due(Map<String, @Nullable Object> fields) {
    return endsWithin(fields, MARGIN_SECONDS);
  }

  private boolean over(Map<String, @Nullable Object> fields) {
    return endsWithin(fields, 0);
  }

  private boolean endsWithin(Map<String, @Nullable Object> fields, long seconds) {
    return accessToken(fields).isEmpty()
        || (tokens(fields).get(OAuthTokenRequest.EXPIRES_AT) instanceof Double end
            && end - seconds <= clock.instant().getEpochSecond());
  }

  private static String accessToken(Map<String, @Nullable Object> fields) {
    return OAuthTokenRequest.text(tokens(fields), "access_token");
  }

  private static Map<?, ?> tokens(Map<String, @Nullable Object> fields) {
    return fields.get(CredentialType.TOKEN_DATA) instanceof Map<?, ?> data ? data : Map.of();
  }
}
