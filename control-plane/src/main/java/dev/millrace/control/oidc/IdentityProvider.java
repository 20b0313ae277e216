package dev.millrace.control.oidc;

import com.nimbusds.jwt.JWTClaimsSet;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An identity provider, as one client of it sees it. What it says of itself is read when it is
 * first needed, and again after an hour. Thread-safe; blocks while it asks the provider.
 */
public final class IdentityProvider implements AutoCloseable {
  private static final Duration KNOWN = Duration.ofHours(1);
  private static final Pattern ERROR_CODE = Pattern.compile("[a-z_]{1,40}");

  private final OidcClient client;
  private final InstantSource clock;
  private final ProviderHttp http = new ProviderHttp();
  private volatile @Nullable Known known;

  /** What was read of the provider, and when. */
  private record Known(ProviderMetadata metadata, IdTokens tokens, Instant at) {}

  public IdentityProvider(OidcClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * Asks the provider what it says of itself.
   *
   * @throws MillraceException {@code SIGN_IN_PROVIDER_FAILED} when it cannot be used
   */
  public void check() {
    known();
  }

  private Known known() {
    Known before = known;
    Instant now = clock.instant();
    if (before != null && !now.isBefore(before.at()) && now.isBefore(before.at().plus(KNOWN))) {
      return before;
    }
    ProviderMetadata metadata = ProviderMetadata.of(client.issuer(), http);
    // The keys that are known go on, unless they are elsewhere now.
    IdTokens tokens =
        before != null && before.metadata().keys().equals(metadata.keys())
            ? before.tokens()
            : new IdTokens(client.issuer(), client.id(), metadata.keys(), http, clock);
    Known read = new Known(metadata, tokens, now);
    known = read;
    return read;
  }

  /**
   * Where the browser of who signs in has to go.
   *
   * @throws MillraceException {@code SIGN_IN_PROVIDER_FAILED}
   */
  public URI authorizationUrl(SignInAttempt attempt) {
    Map<String, String> query = new LinkedHashMap<>();
    query.put("response_type", "code");
    query.put("client_id", client.id());
    query.put("redirect_uri", client.redirectUri().toString());
    query.put("scope", String.join(" ", client.scopes()));
    query.put("state", attempt.state());
    query.put("nonce", attempt.nonce());
    query.put("code_challenge", attempt.codeChallenge());
    query.put("code_challenge_method", "S256");
    URI endpoint = known().metadata().authorizationEndpoint();
    return URI.create(endpoint + (endpoint.getRawQuery() == null ? "?" : "&") + form(query));
  }

  /**
   * Takes the code that a browser came back with for who it is.
   *
   * @throws MillraceException {@code SIGN_IN_REFUSED} when the code or what it is good for is not
   *     right; {@code SIGN_IN_PROVIDER_FAILED}
   */
  public OidcUser user(String code, SignInAttempt attempt) {
    Known now = known();
    Map<String, @Nullable Object> answer = tokens(now.metadata(), code, attempt);
    if (!(answer.get("id_token") instanceof String token)) {
      throw ProviderHttp.failed("The provider answers without an ID token");
    }
    JWTClaimsSet claims = now.tokens().verified(token, attempt.nonce());
    Map<String, @Nullable Object> all = new LinkedHashMap<>();
    if (claims.getClaim("email") == null && answer.get("access_token") instanceof String access) {
      all.putAll(more(now.metadata(), access, claims.getSubject()));
    }
    all.putAll(claims.getClaims());
    return user(claims.getSubject(), all);
  }

  private Map<String, @Nullable Object> tokens(
      ProviderMetadata metadata, String code, SignInAttempt attempt) {
    Map<String, String> form = new LinkedHashMap<>();
    form.put("grant_type", "authorization_code");
    form.put("code", code);
    form.put("redirect_uri", client.redirectUri().toString());
    form.put("code_verifier", attempt.verifier());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(metadata.tokenEndpoint())
            .header("accept", "application/json")
            .header("content-type", "application/x-www-form-urlencoded");
    if (client.secret().isEmpty() || metadata.secretInBody()) {
      form.put("client_id", client.id());
      client.secret().ifPresent(secret -> form.put("client_secret", secret.reveal()));
    } else {
      String both = encoded(client.id()) + ":" + encoded(client.secret().get().reveal());
      request.header(
          "authorization",
          "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
    }
    ProviderHttp.Reply reply = http.send(request.POST(BodyPublishers.ofString(form(form))).build());
    if (reply.ok()) {
      return reply.json();
    }
    String error =
        reply.json().get("error") instanceof String text && ERROR_CODE.matcher(text).matches()
            ? text
            : "";
    if (error.equals("invalid_grant")) {
      throw new MillraceException(
          ErrorCode.SIGN_IN_REFUSED,
          "The identity provider does not know the code, or not any more");
    }
    throw ProviderHttp.failed(
        metadata.tokenEndpoint()
            + " gives no token: it answers with "
            + reply.status()
            + (error.isEmpty() ? "" : " and " + error));
  }

  /** What a provider tells apart from the ID token; nothing when that is about somebody else. */
  private Map<String, @Nullable Object> more(
      ProviderMetadata metadata, String accessToken, String subject) {
    if (metadata.userInfoEndpoint().isEmpty()) {
      return Map.of();
    }
    ProviderHttp.Reply reply =
        http.send(
            HttpRequest.newBuilder(metadata.userInfoEndpoint().get())
                .header("accept", "application/json")
                .header("authorization", "Bearer " + accessToken)
                .build());
    Map<String, @Nullable Object> json = reply.ok() ? reply.json() : Map.of();
    return subject.equals(json.get("sub")) ? json : Map.of();
  }

  private OidcUser user(String subject, Map<String, @Nullable Object> claims) {
    return new OidcUser(
        client.issuer(),
        subject,
        Optional.of(text(claims, "email")).filter(email -> !email.isBlank()),
        Boolean.TRUE.equals(claims.get("email_verified"))
            || "true".equals(claims.get("email_verified")),
        text(claims, "given_name"),
        text(claims, "family_name"),
        claims);
  }

  private static String text(Map<String, @Nullable Object> claims, String name) {
    return claims.get(name) instanceof String text ? text : "";
  }

  private static String form(Map<String, String> fields) {
    return fields.entrySet().stream()
        .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public void close() {
    http.close();
  }
}
