package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.cli.Session.Done;
import dev.millrace.cli.api.FakeServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SignInTest {
  @TempDir private Path home;
  private final FakeServer server = new FakeServer();

  @SuppressWarnings("NullAway.Init")
  private Session session;

  @BeforeEach
  void begin() {
    session = new Session(home);
    server
        .answers("GET /api/setup", 200, Map.of("done", true))
        .answers(
            "POST /api/auth/sign-in",
            200,
            Map.of("accessToken", "token", "user", Map.of("email", "ada@example.com")))
        .answers("POST /api/me/api-keys", 201, Map.of("id", "k1", "key", "mr_first"))
        .answers("POST /api/me/api-keys", 201, Map.of("id", "k2", "key", "mr_second"))
        .answers("POST /api/auth/sign-out", 204, null)
        .answers("GET /api/me", 200, Map.of("email", "ada@example.com", "role", "global:owner"));
  }

  @AfterEach
  void close() {
    server.close();
  }

  private Path file() {
    return home.resolve(".config/millrace/credentials.json");
  }

  private Done login(String... more) {
    String[] all = new String[more.length + 3];
    all[0] = "login";
    all[1] = "--url";
    all[2] = server.url().toString();
    System.arraycopy(more, 0, all, 3, more.length);
    return session.type("ada@example.com\nsecret words\n", all);
  }

  @Test
  void aPasswordIsTakenForAKeyThatEnds() throws IOException {
    Done done = login();

    assertThat(done.err()).isEmpty();
    assertThat(done.exit()).isZero();
    assertThat(done.out())
        .isEqualTo(
            "Signed in at " + server.url() + " as ada@example.com until 2026-05-30T10:00:00Z.\n");
    assertThat(server.requests())
        .containsExactly(
            "GET /api/setup",
            "POST /api/auth/sign-in {\"email\":\"ada@example.com\",\"password\":\"secret words\"}",
            "POST /api/me/api-keys {\"label\":\"Command line on"
                + " workstation\",\"expiresAt\":\"2026-05-30T10:00:00Z\"}",
            "POST /api/auth/sign-out");
    assertThat(server.proofs()).containsExactly("", "", "Bearer token", "Bearer token");
    assertThat(Files.readString(file())).contains("mr_first").doesNotContain("secret words");
  }

  @Test
  void nobodyElseMayReadTheKeys() throws IOException {
    assumeTrue(
        home.getFileSystem().supportedFileAttributeViews().contains("posix"),
        "only where files have owners");
    login();
    assertThat(Files.getPosixFilePermissions(file()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));

    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));

    Done refused = session.run("whoami");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).startsWith("MR-5142 ").contains("chmod 600");
    assertThat(server.proofs()).doesNotContain("Bearer mr_first");
  }

  @Test
  void theKeyIsUsedUntilItIsGivenBack() {
    server.answers("DELETE /api/me/api-keys/k1", 204, null);
    login();

    Done who = session.run("whoami", "--json");
    assertThat(who.out()).contains("\"email\": \"ada@example.com\"", server.url().toString());
    assertThat(server.proofs().getLast()).isEqualTo("Bearer mr_first");

    assertThat(session.run("logout").exit()).isZero();
    assertThat(server.requests().getLast()).isEqualTo("DELETE /api/me/api-keys/k1");
    Done after = session.run("whoami");
    assertThat(after.exit()).isEqualTo(3);
    assertThat(after.err()).startsWith("MR-5001 ").contains("millrace login");
  }

  @Test
  void signingInAgainTakesTheKeyBeforeBack() {
    server.answers("DELETE /api/me/api-keys/k1", 204, null);
    login();
    assertThat(login().exit()).isZero();

    assertThat(server.requests().getLast()).isEqualTo("DELETE /api/me/api-keys/k1");
    assertThat(server.proofs().getLast()).isEqualTo("Bearer mr_second");
  }

  @Test
  void aSecondFactorIsAskedFor() {
    FakeServer careful =
        new FakeServer()
            .answers("GET /api/setup", 200, Map.of("done", true))
            .answers("POST /api/auth/sign-in", 200, Map.of("next", "code", "challenge", "half"))
            .answers(
                "POST /api/auth/second-factor",
                200,
                Map.of("accessToken", "token", "user", Map.of("email", "ada@example.com")))
            .answers("POST /api/me/api-keys", 201, Map.of("id", "k1", "key", "mr_first"))
            .answers("POST /api/auth/sign-out", 204, null);
    try (careful) {
      Done done =
          session.type(
              "secret\n123456\n",
              "login",
              "--url",
              careful.url().toString(),
              "--email",
              "ada@example.com");
      assertThat(done.err()).isEmpty();
      assertThat(careful.requests())
          .contains("POST /api/auth/second-factor {\"challenge\":\"half\",\"code\":\"123456\"}");
    }
  }

  @Test
  void thereAreSeveralProfiles() {
    login("--profile", "staging");

    assertThat(session.run("whoami").exit()).isEqualTo(3);
    assertThat(session.run("whoami", "--profile", "staging").exit()).isZero();
    assertThat(session.with("MILLRACE_PROFILE", "staging").run("whoami").exit()).isZero();
  }

  @Test
  void theEnvironmentWins() {
    login();
    session.with("MILLRACE_API_KEY", "mr_pipeline");

    assertThat(session.run("whoami").exit()).isZero();
    assertThat(server.proofs().getLast()).isEqualTo("Bearer mr_pipeline");
  }

  @Test
  void aKeyGoesToNoOtherServer() {
    login();
    int before = server.requests().size();
    session.with("MILLRACE_URL", "http://127.0.0.1:1");

    Done refused = session.run("whoami");

    assertThat(refused.exit()).isEqualTo(3);
    assertThat(refused.err()).contains("not signed in at http://127.0.0.1:1");
    assertThat(server.requests()).hasSize(before);
  }

  @Test
  void aServerThatNobodySetUpSaysSo() {
    FakeServer fresh = new FakeServer().answers("GET /api/setup", 200, Map.of("done", false));
    try (fresh) {
      Done done = session.run("login", "--url", fresh.url().toString());
      assertThat(done.exit()).isEqualTo(3);
      assertThat(done.err()).contains("POST /api/setup");
    }
  }

  @Test
  void aPasswordThatIsMissingIsWrongUse() {
    Done done =
        session.type("", "login", "--url", server.url().toString(), "--email", "a@example.com");
    assertThat(done.exit()).isEqualTo(2);
    assertThat(done.err()).contains("Password");
  }
}
