package dev.millrace.control.users;

import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.oidc.IdentityProvider;
import dev.millrace.control.oidc.OidcUser;
import dev.millrace.control.oidc.SignInAttempt;
import dev.millrace.control.vault.Secret;
import dev.millrace.control.vault.SecretBox;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Signing in by an identity provider. What a sign-in needs to end is in a cookie of the browser
 * that began it, encrypted: nothing is kept for who begins and never comes back. It is good once,
 * and for ten minutes.
 */
final class ProviderEndpoints {
  static final String CALLBACK = "/api/auth/oidc/callback";

  private static final BrowserCookie COOKIE =
      new BrowserCookie("millrace_sign_in", "/api/auth/oidc", BrowserCookie.SameSite.LAX);

  private static final String KIND = "sign-in attempt";
  private static final Duration LIFE = Duration.ofMinutes(10);

  /** Some providers put all that they know into it. */
  private static final int LONGEST_CODE = 4000;

  private final Database database;
  private final ProviderStore providers;
  private final Providers open;
  private final ProvidedUsers users;
  private final SessionAnswers answers;
  private final AccountMail mail;
  private final Attempts attempts;
  private final RedisStore store;
  private final SecretBox box;
  private final Supplier<String> publicUrl;
  private final InstantSource clock;

  ProviderEndpoints(
      Database database,
      ProviderStore providers,
      Providers open,
      ProvidedUsers users,
      SessionAnswers answers,
      AccountMail mail,
      Attempts attempts,
      RedisStore store,
      SecretBox box,
      Supplier<String> publicUrl,
      InstantSource clock) {
    this.database = database;
    this.providers = providers;
    this.open = open;
    this.users = users;
    this.answers = answers;
    this.mail = mail;
    this.attempts = attempts;
    this.store = store;
    this.box = box;
    this.publicUrl = publicUrl;
    this.clock = clock;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/auth/methods",
                "auth.methods",
                "How one can sign in here",
                new Access.Open(),
                call -> Answer.ok(methods()))
            .gives(
                Schema.object()
                    .must("password", Schema.flag())
                    .must("passwordReset", Schema.flag())
                    .must("provider", Schema.text().orNull())),
        new Endpoint(
                "GET",
                "/api/auth/oidc",
                "auth.beginOidc",
                "Sends the browser to the identity provider",
                new Access.Open(),
                this::begin)
            .redirects()
            .fails(ErrorCode.NOT_FOUND, ErrorCode.SIGN_IN_PROVIDER_FAILED),
        new Endpoint(
                "GET",
                CALLBACK,
                "auth.endOidc",
                "Where the identity provider sends the browser back; begins a session",
                new Access.Open(),
                this::end)
            .queryAndOthers(
                Parameter.text("state", "What the sign-in began with"),
                new Parameter("code", Schema.text(LONGEST_CODE), "Good for an ID token"),
                Parameter.text("error", "Why there is no code"),
                Parameter.text("iss", "Which provider answers"))
            .redirects()
            .fails(
                ErrorCode.NOT_FOUND,
                ErrorCode.SIGN_IN_REFUSED,
                ErrorCode.SIGN_IN_PROVIDER_FAILED,
                ErrorCode.CONFLICT));
  }

  private Map<String, @Nullable Object> methods() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("password", true);
    json.put("passwordReset", mail.available());
    json.put(
        "provider",
        providers
            .find()
            .filter(ProviderSettings::enabled)
            .map(ProviderSettings::label)
            .orElse(null));
    return json;
  }

  private Answer begin(Call call) {
    attempts.ask("oidc begin", call.address());
    SignInAttempt attempt = SignInAttempt.begin();
    URI to = open.of(enabled()).authorizationUrl(attempt);
    return Answer.redirect(to).with("set-cookie", COOKIE.set(sealed(attempt), LIFE, call));
  }

  private Answer end(Call call) {
    ProviderSettings enabled = enabled();
    Attempts.Attempt counted =
        attempts.begin("oidc end", call.query("state").orElse(""), call.address());
    try {
      SignInAttempt attempt = begun(call);
      if (call.query("iss").filter(issuer -> !issuer.equals(enabled.issuer())).isPresent()) {
        throw refused("Another identity provider answers than the one that was asked");
      }
      String code =
          call.query("code").orElseThrow(() -> refused("The identity provider did not let you in"));
      IdentityProvider provider = open.of(enabled);
      OidcUser provided = provider.user(code, attempt);
      User user =
          database
              .jdbi()
              .inTransaction(handle -> {
                User found = users.of(handle, call, enabled, provided);
                Audit.note(
                    handle,
                    call,
                    "user.signIn",
                    found.id(),
                    "",
                    Map.of("issuer", enabled.issuer()));
                return found;
              });
      attempts.succeeded(counted);
      return answers.openAndSend(
          user, Sessions.Means.PROVIDER, call, URI.create(publicUrl.get() + "/"));
    } catch (MillraceException failed) {
      database
          .jdbi()
          .useTransaction(handle ->
              Audit.note(
                  handle,
                  call,
                  "user.signInFailed",
                  "",
                  "",
                  Map.of("issuer", enabled.issuer(), "code", failed.code().code())));
      throw failed;
    }
  }

  private ProviderSettings enabled() {
    return providers
        .find()
        .filter(ProviderSettings::enabled)
        .orElseThrow(() ->
            new MillraceException(ErrorCode.NOT_FOUND, "No identity provider is set up here"));
  }

  private String sealed(SignInAttempt attempt) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("state", attempt.state());
    json.put("nonce", attempt.nonce());
    json.put("verifier", attempt.verifier());
    json.put("until", clock.instant().plus(LIFE).toString());
    try (Secret plain = Secret.taking(Json.write(json))) {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(box.seal(plain, KIND));
    }
  }

  /** What this browser began, whose state comes back with it for the first time. */
  private SignInAttempt begun(Call call) {
    String state = call.query("state").orElseThrow(ProviderEndpoints::notBegun);
    Map<String, @Nullable Object> json =
        call.cookie(COOKIE.name()).flatMap(this::opened).orElseThrow(ProviderEndpoints::notBegun);
    if (json.get("state") instanceof String begun
        && json.get("nonce") instanceof String nonce
        && json.get("verifier") instanceof String verifier
        && json.get("until") instanceof String until
        && MessageDigest.isEqual(
            state.getBytes(StandardCharsets.UTF_8), begun.getBytes(StandardCharsets.UTF_8))
        && clock.instant().isBefore(Instant.parse(until))
        && store.first("millrace:oidc:" + Sessions.hash(state), LIFE.toMillis())) {
      return new SignInAttempt(begun, nonce, verifier);
    }
    throw notBegun();
  }

  private Optional<Map<String, @Nullable Object>> opened(String cookie) {
    try (Secret plain = box.open(Base64.getUrlDecoder().decode(cookie), KIND)) {
      return Optional.of(plain.use(Json::parseObject));
    } catch (IllegalArgumentException | MillraceException notOurs) {
      return Optional.empty();
    }
  }

  private static MillraceException notBegun() {
    return refused("This sign-in was not begun by this browser, took too long, or is over already");
  }

  private static MillraceException refused(String why) {
    return new MillraceException(ErrorCode.SIGN_IN_REFUSED, why);
  }
}
