package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class SignInTest {
  private Instant now = Instant.now();

  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @BeforeEach
  void start(Database.Settings database, URI redis) {
    server = new ControlServer(database, redis, () -> now);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void theFirstAccountIsTheOwnersAndThereIsNoSecond() {
    assertThat(server.call("GET", "/api/setup", null, null).json()).containsEntry("done", false);

    String token = server.setUp();
    Reply again =
        server.call(
            "POST",
            "/api/setup",
            null,
            Map.of("email", "other@example.com", "password", "other-password"));

    assertThat(again.status()).isEqualTo(409);
    assertThat(server.call("GET", "/api/setup", null, null).json()).containsEntry("done", true);
    assertThat(server.call("GET", "/api/me", token, null).json())
        .containsEntry("email", "owner@example.com")
        .containsEntry("role", "global:owner");
  }

  @Test
  void aWrongPasswordAndAnUnknownAddressAreToldAlike() {
    server.setUp();

    Reply wrong = server.signIn("owner@example.com", "not the password");
    Reply unknown = server.signIn("nobody@example.com", "not the password");

    assertThat(wrong.status()).isEqualTo(401);
    assertThat(unknown.response().body()).isEqualTo(wrong.response().body());
    assertThat(wrong.header("content-type")).startsWith("application/problem+json");
  }

  @Test
  void attemptsAreLimited() {
    server.setUp();
    for (int i = 0; i < 10; i++) {
      assertThat(server.signIn("guessed@example.com", "guess " + i).status()).isEqualTo(401);
    }

    assertThat(server.signIn("guessed@example.com", "guess").status()).isEqualTo(429);
    assertThat(server.signIn("owner@example.com", "owner-password").status()).isEqualTo(200);
  }

  @Test
  void aRefreshTokenIsGoodOnceAndItsReuseEndsTheSession() {
    server.setUp();
    Reply first = server.signIn("OWNER@example.com", "owner-password");
    String stolen = cookie(first);
    assertThat(first.header("set-cookie")).contains("HttpOnly", "SameSite=Strict");

    Reply second = refresh(stolen);
    assertThat(second.status()).isEqualTo(200);
    String token = second.text("accessToken");
    assertThat(server.call("GET", "/api/me", token, null).status()).isEqualTo(200);

    assertThat(refresh(stolen).status()).isEqualTo(401);
    // Both of those who had it are out: nobody can tell which of them was the thief.
    assertThat(refresh(cookie(second)).status()).isEqualTo(401);
    assertThat(server.call("GET", "/api/me", token, null).status()).isEqualTo(401);
  }

  @Test
  void aSessionIsRefreshedAlsoByWhoShowsTheTokenThatIsOver() {
    server.setUp();
    Reply opened = server.signIn("owner@example.com", "owner-password");
    now = now.plus(Duration.ofMinutes(16));

    Reply refreshed =
        server.call(
            "POST",
            "/api/auth/refresh",
            opened.text("accessToken"),
            null,
            "cookie",
            cookie(opened));

    assertThat(refreshed.status()).isEqualTo(200);
    assertThat(server.call("GET", "/api/me", refreshed.text("accessToken"), null).status())
        .isEqualTo(200);
  }

  @Test
  void forgedExpiredAndUnsignedTokensAreRefused() {
    String token = server.setUp();
    String[] parts = token.split("\\.", -1);
    String none =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString("{\"alg\":\"none\"}".getBytes(StandardCharsets.UTF_8));
    char flipped = parts[2].charAt(3) == 'A' ? 'B' : 'A';

    for (String forged :
        Arrays.asList(
            none + "." + parts[1] + ".",
            none + "." + parts[1] + "." + parts[2],
            parts[0] + "." + parts[1] + ".",
            parts[0]
                + "."
                + parts[1]
                + "."
                + parts[2].substring(0, 3)
                + flipped
                + parts[2].substring(4),
            parts[0] + "." + none + "." + parts[2],
            "",
            "..",
            "mr_0000000000000000000000000000000000000000")) {
      assertThat(server.call("GET", "/api/me", forged, null).status())
          .describedAs(forged)
          .isEqualTo(401);
    }
    assertThat(server.call("GET", "/api/me", token, null).status()).isEqualTo(200);

    now = now.plus(Duration.ofMinutes(16));
    assertThat(server.call("GET", "/api/me", token, null).status()).isEqualTo(401);
  }

  @Test
  void signingOutAndANewPasswordEndTokensAtOnce() {
    String first = server.setUp();
    String second = server.signIn("owner@example.com", "owner-password").text("accessToken");

    assertThat(server.call("POST", "/api/auth/sign-out", first, null).status()).isEqualTo(204);
    assertThat(server.call("GET", "/api/me", first, null).status()).isEqualTo(401);

    assertThat(
            server
                .call(
                    "POST",
                    "/api/me/password",
                    second,
                    Map.of("currentPassword", "owner-password", "newPassword", "another one"))
                .status())
        .isEqualTo(204);
    assertThat(server.call("GET", "/api/me", second, null).status()).isEqualTo(401);
    assertThat(server.signIn("owner@example.com", "owner-password").status()).isEqualTo(401);
    assertThat(server.signIn("owner@example.com", "another one").status()).isEqualTo(200);
  }

  @Test
  void anApiKeyDoesWhatItsScopesSayUntilItExpires() {
    String token = server.setUp();
    Reply made =
        server.call(
            "POST",
            "/api/me/api-keys",
            token,
            Map.of(
                "label",
                "reads users",
                "scopes",
                List.of("user:read"),
                "expiresAt",
                now.plusSeconds(60).toString()));
    String key = made.text("key");

    assertThat(server.call("GET", "/api/users", key, null).status()).isEqualTo(200);
    assertThat(server.call("GET", "/api/users", null, null, "x-n8n-api-key", key).status())
        .isEqualTo(200);
    assertThat(server.call("GET", "/api/audit", key, null).status()).isEqualTo(403);
    assertThat(server.call("POST", "/api/me/api-keys", key, Map.of("label", "more")).status())
        .isEqualTo(403);
    assertThat(server.call("GET", "/api/me/api-keys", token, null).response().body())
        .contains("reads users")
        .doesNotContain(key);

    now = now.plusSeconds(61);
    assertThat(server.call("GET", "/api/users", key, null).status()).isEqualTo(401);
  }

  @Test
  void nobodyGetsMoreThanHeWasGivenByNamingIt() {
    String owner = server.setUp();

    Reply invited =
        server.call(
            "POST",
            "/api/users",
            owner,
            Map.of("email", "eve@example.com", "role", "global:owner"));
    Reply disabled =
        server.call(
            "POST",
            "/api/users",
            owner,
            Map.of("email", "eve@example.com", "disabled", false, "id", "mine"));
    String member = server.join(owner, "member@example.com", "global:member");
    Reply promoted =
        server.call(
            "POST",
            "/api/users",
            member,
            Map.of("email", "eve@example.com", "role", "global:admin"));

    assertThat(invited.status()).isEqualTo(403);
    assertThat(disabled.status()).isEqualTo(400);
    assertThat(promoted.status()).isEqualTo(403);
  }

  @Test
  void aBodyIsReadFromThoseWhoMaySendIt() {
    String large = "x".repeat(100_000);
    String owner = server.setUp();

    assertThat(server.signIn("owner@example.com", large).status()).isEqualTo(413);
    assertThat(server.call("POST", "/api/projects", null, Map.of("name", large)).status())
        .isEqualTo(401);
    assertThat(server.call("POST", "/api/projects", owner, Map.of("name", large)).status())
        .isEqualTo(400);
  }

  @Test
  void requestsAreCountedForEachUser() {
    String owner = server.setUp();

    Reply first = server.call("GET", "/api/me", owner, null);
    Reply refused = server.call("GET", "/api/nobody-knows", owner, null);
    Reply second = server.call("GET", "/api/users", owner, null);

    assertThat(first.header("ratelimit-limit")).isEqualTo(String.valueOf(ControlServer.REQUESTS));
    assertThat(refused.status()).isEqualTo(404);
    assertThat(Long.parseLong(second.header("ratelimit-remaining")))
        .isEqualTo(Long.parseLong(first.header("ratelimit-remaining")) - 1);
  }

  private Reply refresh(String cookie) {
    return server.call("POST", "/api/auth/refresh", null, null, "cookie", cookie);
  }

  private static String cookie(Reply reply) {
    String header = reply.header("set-cookie");
    return header.substring(0, header.indexOf(';'));
  }
}
