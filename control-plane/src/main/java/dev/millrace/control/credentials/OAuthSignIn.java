package dev.millrace.control.credentials;

import dev.millrace.control.db.Database;
import dev.millrace.control.http.Call;
import dev.millrace.control.vault.Envelope;
import dev.millrace.control.vault.Envelope.Sealed;
import dev.millrace.control.vault.Envelope.Subject;
import dev.millrace.control.vault.Secret;
import dev.millrace.control.vault.Secrets;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.http.HttpUrl;
import dev.millrace.http.OutgoingHttp;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Connects a credential by a user's sign-in at the service: the authorization code grant with PKCE.
 * A state is good once, for ten minutes, for the user and the credential that it was made for. The
 * user is known by his session or, because browsers that come from elsewhere may not show it, by
 * what only the browser that began the sign-in was given. Thread-safe.
 */
final class OAuthSignIn {
  /** Where services send users back, below the installation's own URL. */
  static final String CALLBACK = "/rest/oauth2-credential/callback";

  private static final Duration VALID = Duration.ofMinutes(10);
  private static final int RANDOM_BYTES = 32;
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

  /** What a user's own parameters must not replace. */
  private static final Set<String> OWN =
      Set.of(
          "response_type",
          "client_id",
          "redirect_uri",
          "state",
          "code_challenge",
          "code_challenge_method");

  private final Database database;
  private final CredentialRepository repository = new CredentialRepository();
  private final Envelope envelope;
  private final CredentialCipher cipher;
  private final OAuthTokenRequest requests;
  private final OAuthTokens tokens;
  private final Secrets secrets;
  private final Supplier<String> publicUrl;
  private final InstantSource clock;

  record State(
      String credentialId, String userId, byte[] browserHash, Sealed verifier, Instant expiresAt) {}

  /**
   * A sign-in that has begun.
   *
   * @param url where the user's browser has to go
   * @param browser what the browser has to show when it comes back
   */
  record Begun(String url, String browser) {
    /** Both are secrets of one browser. */
    @Override
    public String toString() {
      return "Begun";
    }
  }

  /**
   * Who comes back.
   *
   * @param userId of whoever is signed in here
   * @param browser what {@link Begun} gave it
   */
  record Returning(Optional<String> userId, Optional<String> browser) {
    boolean is(State begun) {
      return userId.isPresent()
          ? userId.get().equals(begun.userId())
          : browser
              .map(shown -> MessageDigest.isEqual(sha256(shown), begun.browserHash()))
              .orElse(false);
    }

    @Override
    public String toString() {
      return "Returning";
    }
  }

  /**
   * @param publicUrl of this installation, as browsers reach it
   */
  OAuthSignIn(
      Database database,
      Envelope envelope,
      OutgoingHttp http,
      OAuthTokens tokens,
      Secrets secrets,
      Supplier<String> publicUrl,
      InstantSource clock) {
    this.database = database;
    this.envelope = envelope;
    this.cipher = new CredentialCipher(envelope);
    this.requests = new OAuthTokenRequest(http, clock);
    this.tokens = tokens;
    this.secrets = secrets;
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  String redirectUri() {
    return publicUrl.get().replaceAll("/+$", "") + CALLBACK;
  }

  /**
   * Begins a sign-in.
   *
   * @throws MillraceException {@code NOT_FOUND} when the credential is not the caller's; {@code
   *     INVALID_INPUT} when it is not connected in this way; {@code OAUTH_FAILED}
   */
  Begun begin(Call call, String credentialId) {
    return database
        .jdbi()
        .inTransaction(handle -> {
          StoredCredential stored =
              repository
                  .lockOwned(handle, call.grant(), credentialId)
                  .orElseThrow(() -> CredentialService.missing(credentialId));
          Map<String, @Nullable Object> fields =
              secrets.resolve(stored.credential().projectId(), cipher.open(stored));
          if (!CredentialType.isOAuth2(stored.credential().type())
              || "clientCredentials".equals(fields.get("grantType"))) {
            throw CredentialDraft.invalid("The credential is not connected by a sign-in");
          }
          String state = random();
          String verifier = random();
          String browser = random();
          try (Secret secret = Secret.of(verifier)) {
            Sealed sealed = envelope.seal(subject(state, credentialId), secret);
            handle
                .createUpdate("delete from credential_oauth_state where expires_at < :now")
                .bind("now", CredentialRepository.time(clock.instant()))
                .execute();
            handle
                .createUpdate(
                    """
                    insert into credential_oauth_state
                      (state_hash, credential_id, user_id, browser_hash, ciphertext, wrapped_key,
                       key_id, expires_at)
                    values (:hash, :credential, :user, :browser, :ciphertext, :wrapped, :key,
                       :expires)
                    """)
                .bind("hash", sha256(state))
                .bind("credential", credentialId)
                .bind("user", call.principal().userId())
                .bind("browser", sha256(browser))
                .bind("ciphertext", sealed.ciphertext())
                .bind("wrapped", sealed.key().bytes())
                .bind("key", sealed.key().keyId())
                .bind("expires", CredentialRepository.time(clock.instant().plus(VALID)))
                .execute();
          }
          CredentialService.note(
              handle, call, "credential.authorize", stored.credential(), Map.of());
          return new Begun(authorizationUrl(fields, state, verifier), browser);
        });
  }

  /**
   * Ends a sign-in with what the service sent along. The state is used up by it, whatever comes
   * out.
   *
   * @return the credential that is connected now
   * @throws MillraceException {@code OAUTH_STATE_INVALID} when the state is unknown, used, over, or
   *     of another user; {@code OAUTH_FAILED} when the service gives no token
   */
  Credential complete(Call call, Returning user, String state, Optional<String> code) {
    State begun = take(state).orElseThrow(OAuthSignIn::invalidState);
    if (!user.is(begun) || !clock.instant().isBefore(begun.expiresAt())) {
      throw invalidState();
    }
    String granted =
        code.filter(text -> !text.isEmpty())
            .orElseThrow(() -> OAuthTokenRequest.failed("The service did not let the user in"));
    StoredCredential before =
        database
            .jdbi()
            .withHandle(handle -> repository.lock(handle, begun.credentialId()))
            .orElseThrow(OAuthSignIn::invalidState);
    Map<String, @Nullable Object> answer;
    try (Secret verifier = envelope.open(subject(state, begun.credentialId()), begun.verifier())) {
      Map<String, @Nullable Object> fields =
          secrets.resolve(before.credential().projectId(), cipher.open(before));
      answer = requests.byCode(fields, granted, redirectUri(), verifier.reveal());
    }
    return database
        .jdbi()
        .inTransaction(handle -> {
          StoredCredential stored =
              repository.lock(handle, begun.credentialId()).orElseThrow(OAuthSignIn::invalidState);
          Map<String, @Nullable Object> fields = new LinkedHashMap<>(cipher.open(stored));
          // Another sign-in may be another account's: nothing of its tokens stays.
          fields.remove(CredentialType.TOKEN_DATA);
          tokens.store(handle, stored.credential(), OAuthTokens.withTokens(fields, answer));
          CredentialService.note(
              handle,
              call,
              "credential.connect",
              stored.credential(),
              Map.of("begunBy", begun.userId()));
          return stored.credential();
        });
  }

  private Optional<State> take(String state) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "delete from credential_oauth_state where state_hash = :hash returning *")
                .bind("hash", sha256(state))
                .map((row, context) ->
                    new State(
                        row.getString("credential_id"),
                        row.getString("user_id"),
                        row.getBytes("browser_hash"),
                        CredentialRepository.sealed(row),
                        row.getObject("expires_at", OffsetDateTime.class).toInstant()))
                .findOne());
  }

  private String authorizationUrl(
      Map<String, @Nullable Object> fields, String state, String verifier) {
    HttpUrl url = OAuthTokenRequest.url(OAuthTokenRequest.text(fields, "authUrl"));
    Map<String, String> query = new LinkedHashMap<>();
    for (String pair : OAuthTokenRequest.text(fields, "authQueryParameters").split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0 && !OWN.contains(pair.substring(0, equals))) {
        query.put(pair.substring(0, equals), pair.substring(equals + 1));
      }
    }
    query.put("response_type", "code");
    query.put("client_id", OAuthTokenRequest.text(fields, "clientId"));
    query.put("redirect_uri", redirectUri());
    String scope = OAuthTokenRequest.text(fields, "scope");
    if (!scope.isEmpty()) {
      query.put("scope", scope);
    }
    query.put("state", state);
    query.put("code_challenge", BASE64.encodeToString(sha256(verifier)));
    query.put("code_challenge_method", "S256");
    return url.withoutUser()
        .withQuery(
            query.entrySet().stream()
                .map(each ->
                    OAuthTokenRequest.encoded(each.getKey())
                        + "="
                        + OAuthTokenRequest.encoded(each.getValue()))
                .collect(Collectors.joining("&")))
        .toString();
  }

  private static Subject subject(String state, String credentialId) {
    return new Subject("oauth state", HexFormat.of().formatHex(sha256(state)), credentialId);
  }

  private static String random() {
    try (Secret random = Secret.random(RANDOM_BYTES)) {
      return random.use(BASE64::encodeToString);
    }
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static MillraceException invalidState() {
    return new MillraceException(
        ErrorCode.OAUTH_STATE_INVALID,
        "This sign-in was not begun here by the same user, took too long, or is used already");
  }
}
