package dev.millrace.control;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.millrace.control.db.Ids;
import dev.millrace.control.vault.LocalService;
import dev.millrace.control.vault.LocalService.Reply;
import dev.millrace.control.vault.LocalService.Request;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A small identity provider that speaks OpenID Connect over real HTTP, strict as one should be, and
 * forges what a test wants it to.
 */
final class TestProvider implements AutoCloseable {
  static final String CLIENT = "millrace client";
  static final String SECRET = "canary:client/secret";

  private final InstantSource clock;
  private final LocalService service;
  private final Map<String, Grant> codes = new ConcurrentHashMap<>();
  private volatile RSAKey key = newKey(Ids.next());

  /** What an ID token says of who signs in, beside what belongs to the sign-in. */
  volatile Map<String, Object> person = Map.of("sub", "1");

  /** What userinfo says. */
  volatile Map<String, Object> userInfo = Map.of();

  /** Bends an ID token before it is signed. */
  volatile UnaryOperator<JWTClaimsSet.Builder> bend = claims -> claims;

  /** Signs. */
  volatile Function<JWTClaimsSet, String> sign = this::signed;

  /** What it calls itself in its description; empty for the truth. */
  volatile Optional<String> calledItself = Optional.empty();

  /** What a browser was sent with. */
  private record Grant(String redirectUri, String nonce, String challenge) {}

  TestProvider(InstantSource clock) {
    this.clock = clock;
    this.service = new LocalService(this::answer);
  }

  String issuer() {
    return service.url("");
  }

  /**
   * Lets the person sign in, as a browser does that is sent there; answers where it is sent back.
   */
  URI authorize(URI sentTo) {
    Map<String, String> query = LocalService.form(sentTo.getRawQuery());
    if (!"code".equals(query.get("response_type"))
        || !CLIENT.equals(query.get("client_id"))
        || !"S256".equals(query.get("code_challenge_method"))
        || !Objects.requireNonNull(query.get("scope")).startsWith("openid")) {
      throw new IllegalArgumentException("what is asked for is not as it should be: " + query);
    }
    String code = Ids.random(20);
    String redirectUri = Objects.requireNonNull(query.get("redirect_uri"));
    codes.put(
        code,
        new Grant(
            redirectUri,
            Objects.requireNonNull(query.get("nonce")),
            Objects.requireNonNull(query.get("code_challenge"))));
    return URI.create(
        redirectUri + "?code=" + code + "&session_state=x&state=" + query.get("state"));
  }

  /** Signs with other keys from now on. */
  void rotate() {
    key = newKey(Ids.next());
  }

  String signed(JWTClaimsSet claims) {
    return signedWith(key, claims);
  }

  static String signedWith(RSAKey key, JWTClaimsSet claims) {
    try {
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(key.getKeyID()).build(), claims);
      token.sign(new RSASSASigner(key));
      return token.serialize();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * @param id what it says that it is
   */
  static RSAKey newKey(String id) {
    try {
      return new RSAKeyGenerator(2048).keyID(id).generate();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /** The key with which it signs, without its private part. */
  RSAKey publicKey() {
    return key.toPublicJWK();
  }

  private Reply answer(Request request) {
    return switch (request.uri().getPath()) {
      case "/.well-known/openid-configuration" -> Reply.json(200, description());
      case "/keys" -> new Reply(200, new JWKSet(key.toPublicJWK()).toString());
      case "/token" -> token(request);
      case "/userinfo" ->
          request.header().apply("authorization").equals(Optional.of("Bearer access"))
              ? Reply.json(200, userInfo)
              : new Reply(401, "");
      default -> new Reply(404, "");
    };
  }

  private Map<String, @Nullable Object> description() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("issuer", calledItself.orElse(issuer()));
    json.put("authorization_endpoint", issuer() + "/authorize");
    json.put("token_endpoint", issuer() + "/token");
    json.put("jwks_uri", issuer() + "/keys");
    json.put("userinfo_endpoint", issuer() + "/userinfo");
    return json;
  }

  private Reply token(Request request) {
    String client = encoded(CLIENT) + ":" + encoded(SECRET);
    String basic =
        "Basic " + Base64.getEncoder().encodeToString(client.getBytes(StandardCharsets.UTF_8));
    if (!request.header().apply("authorization").equals(Optional.of(basic))) {
      return Reply.json(401, Map.of("error", "invalid_client"));
    }
    Map<String, String> form = LocalService.form(request.body());
    Grant grant = codes.remove(String.valueOf(form.get("code")));
    if (grant == null
        || !grant.redirectUri().equals(form.get("redirect_uri"))
        || !grant.challenge().equals(hash(String.valueOf(form.get("code_verifier"))))) {
      return Reply.json(400, Map.of("error", "invalid_grant"));
    }
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .issuer(issuer())
            .audience(CLIENT)
            .claim("nonce", grant.nonce())
            .issueTime(Date.from(clock.instant()))
            .expirationTime(Date.from(clock.instant().plusSeconds(60)));
    person.forEach(claims::claim);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("access_token", "access");
    json.put("token_type", "Bearer");
    json.put("id_token", sign.apply(bend.apply(claims).build()));
    return Reply.json(200, json);
  }

  private static String hash(String verifier) {
    try {
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(
              MessageDigest.getInstance("SHA-256")
                  .digest(verifier.getBytes(StandardCharsets.US_ASCII)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public void close() {
    service.close();
  }
}
