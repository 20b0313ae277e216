package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.users.SignInSettings;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class SecondFactorTest {
  private static final Duration STEP = Duration.ofSeconds(30);

  /** The attempts of one test are not to count for another. */
  private final String email = Ids.next() + "@example.com";

  private final String password = "password of " + email;
  private Instant now = Instant.now();

  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @SuppressWarnings("NullAway.Init")
  private Database.Settings settings;

  @SuppressWarnings("NullAway.Init")
  private URI redis;

  @SuppressWarnings("NullAway.Init")
  private String owner;

  @SuppressWarnings("NullAway.Init")
  private String member;

  @BeforeEach
  void start(Database.Settings database, URI redisUri) {
    settings = database;
    redis = redisUri;
    server = new ControlServer(database, redisUri, () -> now);
    owner = server.setUp();
    member = server.join(owner, email, "global:member");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aPasswordAloneIsNotEnoughOnceThereIsASecondFactor() {
    Authenticator phone = enrolled(member);

    Reply first = server.signIn(email, password);
    assertThat(first.status()).isEqualTo(200);
    assertThat(first.json()).containsEntry("next", "code").doesNotContainKey("accessToken");
    assertThat(first.header("set-cookie")).isEmpty();

    Reply second = code(first.text("challenge"), phone.code(later()));
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.header("set-cookie")).startsWith("millrace_refresh=");
    assertThat(server.call("GET", "/api/me", second.text("accessToken"), null).json())
        .containsEntry("email", email);
    assertThat(server.call("GET", "/api/me/second-factor", member, null).json())
        .containsEntry("enabled", true)
        .containsEntry("recoveryCodesLeft", 10.0)
        .containsEntry("required", false);
  }

  @Test
  void aCodeIsGoodOnce() {
    Authenticator phone = enrolled(member);
    String before = phone.code(later());
    String current = phone.code(later());

    assertThat(code(challenge(), current).status()).isEqualTo(200);
    Reply again = code(challenge(), current);
    assertThat(again.status()).isEqualTo(400);
    assertThat(again.json()).containsEntry("code", "MR-5120");
    // One from before a code that was used is as good as used.
    assertThat(code(challenge(), before).status()).isEqualTo(400);
    assertThat(code(challenge(), phone.code(later())).status()).isEqualTo(200);
  }

  @Test
  void theCodeThatConfirmedIsUsedToo() {
    Authenticator phone = new Authenticator(enrol(member).text("uri"));
    String confirming = phone.code(now);
    confirm(member, confirming);

    assertThat(code(challenge(), confirming).status()).isEqualTo(400);
  }

  @Test
  void recoveryCodesAreGoodOnceEach() {
    Authenticator phone = new Authenticator(enrol(member).text("uri"));
    List<String> codes = codes(confirm(member, phone.code(now)));
    assertThat(codes).hasSize(10).doesNotHaveDuplicates().allMatch(one -> one.length() == 19);

    assertThat(recover(challenge(), codes.get(3)).status()).isEqualTo(200);
    assertThat(recover(challenge(), codes.get(3)).status()).isEqualTo(400);
    assertThat(recover(challenge(), codes.get(4).toUpperCase(Locale.ROOT)).status()).isEqualTo(200);
    assertThat(server.call("GET", "/api/me/second-factor", member, null).json())
        .containsEntry("recoveryCodesLeft", 8.0);

    Reply renewed =
        server.call(
            "POST",
            "/api/me/second-factor/recovery-codes",
            member,
            Map.of("code", phone.code(later())));
    assertThat(codes(renewed)).hasSize(10).doesNotContainAnyElementsOf(codes);
    assertThat(recover(challenge(), codes.get(5)).status()).isEqualTo(400);
  }

  @Test
  void somebodyElsesCodesAreNotGood() {
    String other = Ids.next() + "@example.com";
    String token = server.join(owner, other, "global:member");
    Authenticator otherPhone = new Authenticator(enrol(token, "password of " + other).text("uri"));
    List<String> others = codes(confirm(token, otherPhone.code(now)));
    enrolled(member);
    later();

    assertThat(code(challenge(), otherPhone.code(now)).status()).isEqualTo(400);
    assertThat(recover(challenge(), others.getFirst()).status()).isEqualTo(400);
  }

  @Test
  void whoGuessesIsStopped() {
    Authenticator phone = enrolled(member);
    String challenge = challenge();
    later();
    for (int i = 0; i < 10; i++) {
      assertThat(code(challenge, "guess" + i).status()).isEqualTo(400);
    }

    // Whatever he enters now, and however he begins again.
    assertThat(code(challenge, phone.code(now)).status()).isEqualTo(429);
    assertThat(code(challenge(), phone.code(now)).status()).isEqualTo(429);
  }

  @Test
  void anAddressThatFailsTooOftenIsStopped() {
    server.close();
    server = new ControlServer(settings, redis, () -> now, new SignInSettings(Optional.empty(), 5));
    int own = 1 + Math.floorMod(email.hashCode(), 250);
    String address = "127.0.7." + own;
    for (int i = 0; i < 5; i++) {
      Map<String, String> body = Map.of("email", i + email, "password", "guess");
      assertThat(server.callFrom(address, "POST", "/api/auth/sign-in", body).status())
          .isEqualTo(401);
    }

    Map<String, String> right = Map.of("email", email, "password", password);
    assertThat(server.callFrom(address, "POST", "/api/auth/sign-in", right).status())
        .isEqualTo(429);
    assertThat(server.callFrom("127.0.8." + own, "POST", "/api/auth/sign-in", right).status())
        .isEqualTo(200);
  }

  @Test
  void aChallengeIsGoodForOneSessionOfOnePasswordForFiveMinutes() {
    Authenticator phone = enrolled(member);
    String used = challenge();
    assertThat(code(used, phone.code(later())).status()).isEqualTo(200);
    assertThat(code(used, phone.code(later())).status()).isEqualTo(401);

    String overtaken = challenge();
    Map<String, String> change = Map.of("currentPassword", password, "newPassword", "another one");
    assertThat(server.call("POST", "/api/me/password", member, change).status()).isEqualTo(204);
    assertThat(code(overtaken, phone.code(later())).status()).isEqualTo(401);

    String late = server.signIn(email, "another one").text("challenge");
    now = now.plus(Duration.ofMinutes(6));
    assertThat(code(late, phone.code(now)).status()).isEqualTo(401);
  }

  @Test
  void aChallengeIsNoAccessTokenAndTheOtherWayRound() {
    Authenticator phone = enrolled(member);
    String challenge = challenge();
    String code = phone.code(later());

    assertThat(server.call("GET", "/api/me", challenge, null).status()).isEqualTo(401);
    for (String forged : List.of(member, challenge + "x", "..", "none")) {
      assertThat(code(forged, code).status()).describedAs(forged).isEqualTo(401);
    }
    Reply enrol =
        server.call("POST", "/api/auth/second-factor/enrol", null, Map.of("challenge", challenge));
    assertThat(enrol.status()).isEqualTo(401);
    assertThat(code(challenge, code).status()).isEqualTo(200);
  }

  @Test
  void disablingNeedsPasswordAndCode() {
    Authenticator phone = enrolled(member);

    assertThat(disable(Map.of("password", "wrong", "code", phone.code(later()))).status())
        .isEqualTo(400);
    assertThat(disable(Map.of("password", password, "code", "000000")).status()).isEqualTo(400);
    assertThat(server.signIn(email, password).json()).containsEntry("next", "code");

    assertThat(disable(Map.of("password", password, "code", phone.code(later()))).status())
        .isEqualTo(204);
    assertThat(server.signIn(email, password).json()).containsKey("accessToken");
  }

  @Test
  void aSecondOneIsNotBegunAndTheFirstNeedsThePassword() {
    Reply wrong = enrol(member, "not the password");
    assertThat(wrong.status()).isEqualTo(400);
    enrolled(member);

    assertThat(enrol(member).status()).isEqualTo(409);
    String key =
        server.call("POST", "/api/me/api-keys", member, Map.of("label", "key")).text("key");
    assertThat(enrol(key).status()).isEqualTo(403);
  }

  @Test
  void anAdminResetsWhoHasLostHisAndNobodyWhoMayDoMore() {
    enrolled(member);
    String admin = server.join(owner, Ids.next() + "@example.com", "global:admin");
    String path = "/api/users/" + id(member) + "/second-factor";

    assertThat(server.call("DELETE", path, admin, null).status()).isEqualTo(204);
    assertThat(server.call("GET", "/api/me", member, null).status()).isEqualTo(401);
    assertThat(server.signIn(email, password).json()).containsKey("accessToken");
    assertThat(server.call("DELETE", path, admin, null).status()).isEqualTo(404);
    assertThat(
            server
                .call("DELETE", "/api/users/" + id(owner) + "/second-factor", admin, null)
                .status())
        .isEqualTo(403);
  }

  @Test
  void everybodyMayHaveToHaveOne() {
    Reply session = server.signIn(email, password);
    assertThat(require(true).status()).isEqualTo(409);
    Authenticator ownersPhone = new Authenticator(enrol(owner, "owner-password").text("uri"));
    confirm(owner, ownersPhone.code(now));
    assertThat(require(true).status()).isEqualTo(200);

    assertThat(server.call("GET", "/api/me", member, null).status()).isEqualTo(401);
    Reply refreshed =
        server.call("POST", "/api/auth/refresh", null, null, "cookie", session.cookie());
    assertThat(refreshed.status()).isEqualTo(401);
    assertThat(server.call("GET", "/api/me", owner, null).status()).isEqualTo(200);

    Reply first = server.signIn(email, password);
    assertThat(first.json()).containsEntry("next", "enrol").doesNotContainKey("accessToken");
    String challenge = first.text("challenge");
    assertThat(code(challenge, "000000").status()).isEqualTo(401);
    Authenticator phone =
        new Authenticator(
            server
                .call("POST", "/api/auth/second-factor/enrol", null, Map.of("challenge", challenge))
                .text("uri"));
    Reply wrong = confirmSignIn(challenge, "000000");
    assertThat(wrong.status()).isEqualTo(400);
    Reply in = confirmSignIn(challenge, phone.code(now));
    assertThat(in.status()).isEqualTo(200);
    assertThat(codes(in)).hasSize(10);
    String token = in.text("accessToken");
    assertThat(server.call("GET", "/api/me", token, null).status()).isEqualTo(200);
    assertThat(server.call("POST", "/api/auth/refresh", null, null, "cookie", in.cookie()).status())
        .isEqualTo(200);

    Reply disabled =
        server.call(
            "POST",
            "/api/me/second-factor/disable",
            token,
            Map.of("password", password, "code", phone.code(later())));
    assertThat(disabled.status()).isEqualTo(409);
    assertThat(server.signIn(email, password).json()).containsEntry("next", "code");
  }

  @Test
  void aSessionThatWasBegunBeforeEverybodyHadToIsNotRefreshed() {
    Reply session = server.signIn(email, password);
    try (Database database = Database.open(settings)) {
      // As another control plane does that has not ended the session yet.
      database
          .jdbi()
          .useHandle(
              handle -> handle.execute("update sign_in_policy set second_factor_required = true"));
    }

    Reply refreshed =
        server.call("POST", "/api/auth/refresh", null, null, "cookie", session.cookie());

    assertThat(refreshed.status()).isEqualTo(401);
    assertThat(server.call("GET", "/api/me", session.text("accessToken"), null).status())
        .isEqualTo(401);
  }

  @Test
  void nothingOfItIsKeptInClear() {
    Reply enrolment = enrol(member);
    Authenticator phone = new Authenticator(enrolment.text("uri"));
    List<String> codes = codes(confirm(member, phone.code(now)));
    recover(challenge(), codes.getFirst());
    List<String> everything = new ArrayList<>();
    try (Database database = Database.open(settings)) {
      for (String table : List.of("second_factor", "recovery_code", "audit", "app_user")) {
        everything.addAll(
            database
                .jdbi()
                .withHandle(handle ->
                    handle
                        .createQuery("select t::text from " + table + " t")
                        .mapTo(String.class)
                        .list()));
      }
    }

    assertThat(everything.toString())
        .contains("secondFactor.confirm", "user.signIn")
        .doesNotContain(enrolment.text("secret"))
        .doesNotContain(codes)
        .doesNotContain(codes.stream().map(code -> code.replace("-", "")).toList());
  }

  private Instant later() {
    now = now.plus(STEP);
    return now;
  }

  private Authenticator enrolled(String token) {
    Authenticator phone = new Authenticator(enrol(token).text("uri"));
    assertThat(confirm(token, "000000").status()).isEqualTo(400);
    assertThat(server.signIn(email, password).json()).containsKey("accessToken");
    assertThat(confirm(token, phone.code(now)).status()).isEqualTo(200);
    return phone;
  }

  private Reply enrol(String token) {
    return enrol(token, password);
  }

  private Reply enrol(String token, String with) {
    return server.call("POST", "/api/me/second-factor/enrol", token, Map.of("password", with));
  }

  private Reply confirm(String token, String code) {
    return server.call("POST", "/api/me/second-factor/confirm", token, Map.of("code", code));
  }

  private Reply confirmSignIn(String challenge, String code) {
    return server.call(
        "POST",
        "/api/auth/second-factor/confirm",
        null,
        Map.of("challenge", challenge, "code", code));
  }

  private Reply require(boolean required) {
    return server.call(
        "PUT", "/api/settings/sign-in", owner, Map.of("secondFactorRequired", required));
  }

  private String challenge() {
    return server.signIn(email, password).text("challenge");
  }

  private Reply code(String challenge, String code) {
    return server.call(
        "POST", "/api/auth/second-factor", null, Map.of("challenge", challenge, "code", code));
  }

  private Reply recover(String challenge, String code) {
    return server.call(
        "POST",
        "/api/auth/second-factor",
        null,
        Map.of("challenge", challenge, "recoveryCode", code));
  }

  private Reply disable(Map<String, String> body) {
    return server.call("POST", "/api/me/second-factor/disable", member, body);
  }

  private String id(String token) {
    return server.call("GET", "/api/me", token, null).text("id");
  }

  private static List<String> codes(Reply reply) {
    List<String> codes = new ArrayList<>();
    List<?> list = (List<?>) Objects.requireNonNull(reply.json().get("recoveryCodes"));
    list.forEach(code -> codes.add(String.valueOf(code)));
    return codes;
  }
}
