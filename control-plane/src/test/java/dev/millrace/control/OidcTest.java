package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.db.PostgresExtension;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Signing in by an identity provider, one that is honest and one that is not. */
@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class OidcTest {
  private static final String CALLBACK = ControlServer.PUBLIC_URL + "/api/auth/oidc/callback";

  private final String email = Ids.next().toLowerCase(Locale.ROOT) + "@example.com";
  private Instant now = Instant.now();
  private final TestProvider provider = new TestProvider(() -> now);

  @SuppressWarnings("NullAway.Init")
  private Database.Settings settings;

  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @SuppressWarnings("NullAway.Init")
  private String owner;

  @BeforeEach
  void start(Database.Settings database, URI redis) {
    settings = database;
    server = new ControlServer(database, redis, () -> now);
    owner = server.setUp();
    provider.person =
        Map.of(
            "sub", "ada",
            "email", email,
            "email_verified", true,
            "given_name", "Ada",
            "family_name", "Lovelace");
  }

  @AfterEach
  void stop() {
    server.close();
    provider.close();
  }

  @Test
  void whoIsNewGetsAnAccountAndASession() {
    put(Map.of("provision", true));

    Reply in = signIn();

    assertThat(in.status()).isEqualTo(303);
    assertThat(in.header("location")).isEqualTo(ControlServer.PUBLIC_URL + "/");
    assertThat(in.header("set-cookie")).startsWith("millrace_refresh=").contains("HttpOnly");
    Map<String, @Nullable Object> me = me(in);
    assertThat(me)
        .containsEntry("email", email)
        .containsEntry("firstName", "Ada")
        .containsEntry("lastName", "Lovelace")
        .containsEntry("role", "global:member")
        .containsEntry("isPending", false);
    assertThat(me(signIn())).containsEntry("id", me.get("id"));
    assertThat(server.call("GET", "/api/auth/methods", null, null).json())
        .containsEntry("provider", "Single sign-on");
  }

  @Test
  void whoIsNotKnownIsRefusedWhereNobodyIsToBeMade() {
    put(Map.of());

    assertRefused(signIn());
    assertThat(server.call("GET", "/api/users", owner, null).response().body())
        .doesNotContain(email);
  }

  @Test
  void anAccountIsTakenOverByItsVerifiedAddressWhereThatIsAllowed() {
    String member = server.join(owner, email, "global:member");
    Object id = server.call("GET", "/api/me", member, null).text("id");

    put(Map.of("provision", true));
    assertRefused(signIn());

    put(Map.of("linkByEmail", true));
    provider.person = Map.of("sub", "ada", "email", email, "email_verified", false);
    assertRefused(signIn());
    provider.person = Map.of("sub", "ada", "email", email);
    assertRefused(signIn());

    provider.person = Map.of("sub", "ada", "email", email, "email_verified", true);
    assertThat(me(signIn())).containsEntry("id", id);
    // From now on it is the subject that counts.
    provider.person = Map.of("sub", "ada");
    assertThat(me(signIn())).containsEntry("id", id);
    // And whoever has the address then is somebody else.
    provider.person = Map.of("sub", "eve", "email", email, "email_verified", true);
    assertRefused(signIn());
  }

  @Test
  void whoWasInvitedNeedsNoPassword() {
    server.call("POST", "/api/users", owner, Map.of("email", email, "role", "global:admin"));
    put(Map.of("linkByEmail", true, "trustEmail", true));
    provider.person = Map.of("sub", "ada", "email", email.toUpperCase(Locale.ROOT));

    assertThat(me(signIn()))
        .containsEntry("role", "global:admin")
        .containsEntry("email", email)
        .containsEntry("isPending", false);
  }

  @Test
  void whatTheIdTokenDoesNotSayIsAsked() {
    put(Map.of("provision", true));
    provider.person = Map.of("sub", "ada");
    provider.userInfo = Map.of("sub", "eve", "email", email, "email_verified", true);
    assertRefused(signIn());

    provider.userInfo = Map.of("sub", "ada", "email", email, "email_verified", true);
    assertThat(me(signIn())).containsEntry("email", email);
  }

  @Test
  void groupsOfTheProviderMayBeRolesHere() {
    put(
        Map.of(
            "provision",
            true,
            "roleClaim",
            "groups",
            "roleMapping",
            List.of(Map.of("value", "ops", "role", "global:admin"))));
    Map<String, Object> person = new LinkedHashMap<>(provider.person);
    person.put("groups", List.of("staff", "ops"));
    provider.person = person;
    assertThat(me(signIn())).containsEntry("role", "global:admin");

    Map<String, Object> later = new LinkedHashMap<>(person);
    later.put("groups", List.of("staff"));
    provider.person = later;
    assertThat(me(signIn())).containsEntry("role", "global:member");
  }

  @Test
  void theOwnerIsMadeByNobodyAndStaysTheOwner() {
    Reply wrong = putting(Map.of("defaultRole", "global:owner"));
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(putting(Map.of("defaultRole", "project:admin")).status()).isEqualTo(400);

    put(Map.of("linkByEmail", true, "roleClaim", "groups"));
    provider.person = Map.of("sub", "o", "email", "owner@example.com", "email_verified", true);
    assertThat(me(signIn())).containsEntry("role", "global:owner");
  }

  @Test
  void tokensThatAreNotForThisSignInAreRefused() {
    put(Map.of("provision", true));
    Map<String, UnaryOperator<JWTClaimsSet.Builder>> bent = new LinkedHashMap<>();
    bent.put("another nonce", claims -> claims.claim("nonce", "other"));
    bent.put("no nonce", claims -> claims.claim("nonce", null));
    bent.put("another issuer", claims -> claims.issuer("https://other.example.com"));
    bent.put("another audience", claims -> claims.audience("other client"));
    bent.put("no audience", claims -> claims.claim("aud", null));
    bent.put(
        "for another of several",
        claims ->
            claims
                .audience(Arrays.asList(TestProvider.CLIENT, "other client"))
                .claim("azp", "other client"));
    bent.put(
        "for several and for whom",
        claims -> claims.audience(Arrays.asList(TestProvider.CLIENT, "other client")));
    bent.put(
        "expired", claims -> claims.expirationTime(Date.from(now.minus(Duration.ofMinutes(2)))));
    bent.put("without an end", claims -> claims.expirationTime(null));
    bent.put("about nobody", claims -> claims.subject(null));
    bent.put(
        "not good yet", claims -> claims.notBeforeTime(Date.from(now.plus(Duration.ofHours(1)))));
    bent.forEach((what, how) -> {
      provider.bend = how;
      Reply reply = signIn();
      assertThat(reply.status()).describedAs(what).isEqualTo(400);
      assertRefused(reply);
    });
    provider.bend = claims -> claims;
    assertThat(signIn().status()).isEqualTo(303);
  }

  @Test
  void tokensThatTheProviderDidNotSignAreRefused() {
    put(Map.of("provision", true));
    assertThat(signIn().status()).isEqualTo(303);

    provider.sign = claims -> new PlainJWT(claims).serialize();
    assertRefused(signIn());
    provider.sign =
        claims -> {
          String good = provider.signed(claims);
          return good.substring(0, good.lastIndexOf('.') + 1);
        };
    assertRefused(signIn());
    // By what everybody knows of the provider, and by what the client knows.
    provider.sign = claims -> macSigned(claims, provider.publicKey().toJSONString());
    assertRefused(signIn());
    provider.sign = claims -> macSigned(claims, TestProvider.SECRET.repeat(2));
    assertRefused(signIn());
    provider.sign = claims -> "not a token";
    assertRefused(signIn());
    // A key of a stranger, who says that it is the provider's.
    provider.sign =
        claims ->
            TestProvider.signedWith(TestProvider.newKey(provider.publicKey().getKeyID()), claims);
    assertRefused(signIn());
  }

  @Test
  void newKeysOfTheProviderAreFound() {
    put(Map.of("provision", true));
    assertThat(signIn().status()).isEqualTo(303);

    provider.rotate();

    assertThat(signIn().status()).isEqualTo(303);
  }

  @Test
  void aSignInEndsInTheBrowserThatBeganIt() {
    put(Map.of("provision", true));
    Reply begun = begin();
    Reply other = begin();
    URI back = provider.authorize(to(begun));

    assertRefused(end(back, null));
    assertRefused(end(back, other.cookie()));
    assertRefused(end(back, "millrace_sign_in=forged"));
    assertRefused(end(URI.create(back + "x"), begun.cookie()));
    assertRefused(end(URI.create(CALLBACK + "?code=x"), begun.cookie()));
    assertRefused(end(URI.create(CALLBACK), begun.cookie()));
    assertRefused(end(URI.create(back + "&iss=https://other.example.com"), begin().cookie()));
    assertThat(end(back, begun.cookie()).status()).isEqualTo(303);
  }

  @Test
  void aStateAndACodeAreGoodOnce() {
    put(Map.of("provision", true));
    Reply begun = begin();
    URI back = provider.authorize(to(begun));
    assertThat(end(back, begun.cookie()).status()).isEqualTo(303);
    assertRefused(end(back, begun.cookie()));

    // The same code in a sign-in of another browser.
    Reply second = begin();
    URI secondBack = provider.authorize(to(second));
    String used = query(back, "code");
    URI mixed = URI.create(CALLBACK + "?code=" + used + "&state=" + query(secondBack, "state"));
    assertRefused(end(mixed, second.cookie()));
  }

  @Test
  void aCodeOfAnotherSignInDoesNotHaveItsVerifier() {
    put(Map.of("provision", true));
    Reply mine = begin();
    Reply stolen = begin();
    String code = query(provider.authorize(to(stolen)), "code");

    URI mixed =
        URI.create(
            CALLBACK + "?code=" + code + "&state=" + query(provider.authorize(to(mine)), "state"));
    assertRefused(end(mixed, mine.cookie()));
  }

  @Test
  void aSignInThatTakesTooLongIsOver() {
    put(Map.of("provision", true));
    Reply begun = begin();
    now = now.plus(Duration.ofMinutes(11));

    assertRefused(end(provider.authorize(to(begun)), begun.cookie()));
  }

  @Test
  void whatTheProviderDoesNotAllowIsNotAllowed() {
    put(Map.of("provision", true));
    Reply begun = begin();

    assertRefused(
        end(
            URI.create(CALLBACK + "?error=access_denied&state=" + query(to(begun), "state")),
            begun.cookie()));
  }

  @Test
  void theSettingsNeverTellTheSecretAndKeepIt() {
    put(Map.of("provision", true));
    Reply shown = server.call("GET", "/api/settings/oidc", owner, null);
    assertThat(shown.json())
        .containsEntry("hasClientSecret", true)
        .containsEntry("redirectUri", CALLBACK);
    assertThat(shown.response().body()).doesNotContain(TestProvider.SECRET, "canary");

    Map<String, Object> again = new LinkedHashMap<>();
    again.put("issuer", provider.issuer());
    again.put("clientId", TestProvider.CLIENT);
    again.put("provision", true);
    Reply kept = server.call("PUT", "/api/settings/oidc", owner, again);
    assertThat(kept.json()).containsEntry("hasClientSecret", true);
    assertThat(signIn().status()).isEqualTo(303);

    // It is not sent to somebody else.
    again.put("clientId", "other");
    assertThat(server.call("PUT", "/api/settings/oidc", owner, again).json())
        .containsEntry("hasClientSecret", false);

    String stored;
    try (Database database = Database.open(settings)) {
      stored =
          database
              .jdbi()
              .withHandle(handle ->
                  handle
                      .createQuery(
                          "select p::text from identity_provider p union all select a::text from"
                              + " audit a")
                      .mapTo(String.class)
                      .list())
              .toString();
    }
    assertThat(stored).contains("settings.oidc").doesNotContain("canary");
  }

  @Test
  void onlyTheOwnerSaysWhoVouches() {
    put(Map.of());
    String admin = server.join(owner, email, "global:admin");

    for (String method : List.of("GET", "DELETE")) {
      assertThat(server.call(method, "/api/settings/oidc", admin, null).status()).isEqualTo(403);
    }
    assertThat(server.call("DELETE", "/api/settings/oidc", owner, null).status()).isEqualTo(204);
    assertThat(server.call("GET", "/api/settings/oidc", owner, null).status()).isEqualTo(404);
    assertThat(begin().status()).isEqualTo(404);
  }

  @Test
  void aProviderThatCannotBeUsedIsNotSet() {
    assertThat(putting(Map.of("issuer", "http://127.0.0.1:1")).status()).isEqualTo(503);
    assertThat(putting(Map.of("issuer", "http://example.com")).status()).isEqualTo(400);
    assertThat(putting(Map.of("issuer", "ftp://x")).status()).isEqualTo(400);
    provider.calledItself = Optional.of("https://other.example.com");
    assertThat(putting(Map.of()).status()).isEqualTo(503);
    assertThat(server.call("GET", "/api/settings/oidc", owner, null).status()).isEqualTo(404);
  }

  private static String macSigned(JWTClaimsSet claims, String secret) {
    try {
      SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
      token.sign(new MACSigner(secret.getBytes(StandardCharsets.UTF_8)));
      return token.serialize();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private void put(Map<String, Object> changes) {
    Reply put = putting(changes);
    assertThat(put.status()).describedAs(put.response().body()).isEqualTo(200);
  }

  private Reply putting(Map<String, Object> changes) {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("issuer", provider.issuer());
    body.put("clientId", TestProvider.CLIENT);
    body.put("clientSecret", TestProvider.SECRET);
    body.putAll(changes);
    return server.call("PUT", "/api/settings/oidc", owner, body);
  }

  private Reply begin() {
    return server.call("GET", "/api/auth/oidc", null, null);
  }

  private static URI to(Reply begun) {
    assertThat(begun.status()).isEqualTo(303);
    assertThat(begun.header("set-cookie"))
        .startsWith("millrace_sign_in=")
        .contains("HttpOnly", "SameSite=Lax", "Path=/api/auth/oidc");
    return URI.create(begun.header("location"));
  }

  private Reply end(URI back, @Nullable String cookie) {
    String path = back.toString().substring(ControlServer.PUBLIC_URL.length());
    return cookie == null
        ? server.call("GET", path, null, null)
        : server.call("GET", path, null, null, "cookie", cookie);
  }

  private Reply signIn() {
    Reply begun = begin();
    return end(provider.authorize(to(begun)), begun.cookie());
  }

  private Map<String, @Nullable Object> me(Reply in) {
    assertThat(in.status()).describedAs(in.response().body()).isEqualTo(303);
    String token =
        server
            .call("POST", "/api/auth/refresh", null, null, "cookie", in.cookie())
            .text("accessToken");
    return server.call("GET", "/api/me", token, null).json();
  }

  private static void assertRefused(Reply reply) {
    assertThat(reply.status()).describedAs(reply.response().body()).isEqualTo(400);
    assertThat(reply.json()).containsEntry("code", "MR-5121");
    assertThat(reply.header("set-cookie")).isEmpty();
  }

  private static String query(URI uri, String name) {
    return Arrays.stream(uri.getRawQuery().split("&"))
        .filter(pair -> pair.startsWith(name + "="))
        .map(pair -> pair.substring(name.length() + 1))
        .findFirst()
        .orElseThrow();
  }
}
