package dev.millrace.control.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.vault.LocalKeys;
import dev.millrace.control.vault.LocalService;
import dev.millrace.control.vault.Secret;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A secret that is put in comes out to nodes alone: in no table, log, answer or message. */
@ExtendWith(PostgresExtension.class)
final class CanaryTest {
  private static final String CANARY = "canary-7f3a9c";

  private final List<String> logged = new CopyOnWriteArrayList<>();
  private final Logger root = Logger.getLogger("");
  private final Level level = root.getLevel();
  private final Handler capture =
      new Handler() {
        private final SimpleFormatter formatter = new SimpleFormatter();

        @Override
        public void publish(LogRecord event) {
          logged.add(formatter.format(event));
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
      };
  // At their finest these two print every byte that passes, which is what they are for. An
  // installation must not turn that on, and the documentation says so.
  private final List<Logger> wires =
      List.of(Logger.getLogger("org.apache.hc"), Logger.getLogger("io.helidon"));
  private VaultRig rig;

  @BeforeEach
  void start(Database database) {
    wires.forEach(wire -> wire.setLevel(Level.INFO));
    capture.setLevel(Level.ALL);
    root.addHandler(capture);
    root.setLevel(Level.ALL);
    rig = new VaultRig(database);
  }

  @AfterEach
  void stop() {
    rig.close();
    root.removeHandler(capture);
    root.setLevel(level);
    wires.forEach(wire -> wire.setLevel(null));
  }

  /** The secret in the forms in which it could leave. */
  private static List<String> forms() {
    return List.of(
        CANARY, Base64.getEncoder().encodeToString(CANARY.getBytes(StandardCharsets.UTF_8)));
  }

  private void assertNowhere() {
    for (String form : forms()) {
      assertThat(rig.dump()).doesNotContain(form);
      assertThat(rig.answers).noneMatch(answer -> answer.contains(form));
      assertThat(logged).noneMatch(line -> line.contains(form));
    }
  }

  @Test
  void noSecretComesOutInClear() {
    String id =
        rig.created("httpBasicAuth", "Shop", "{\"user\": \"u\", \"password\": \"" + CANARY + "\"}");
    String one = "/api/credentials/" + id;
    rig.call("ann", "GET", one);
    rig.call("ann", "GET", "/api/credentials");
    rig.call(
        "ann", "PATCH", one, "{\"data\": {\"user\": \"v\", \"password\": \"" + CANARY + "2\"}}");
    rig.call("ann", "PATCH", one, "{\"data\": {\"password\": " + CANARY + "}}");
    rig.call("ann", "PATCH", one, "{\"data\": \"" + CANARY + "\"}");
    rig.call("ann", "POST", one + "/test");
    rig.call("ann", "POST", one + "/oauth2/authorize");
    try (LocalService closed = new LocalService(request -> LocalService.Reply.json(500, CANARY))) {
      String failing =
          rig.created(
              "n8nApi",
              "f",
              "{\"apiKey\": \"%s\", \"baseUrl\": \"%s\"}".formatted(CANARY, closed.url("")));
      rig.call("ann", "POST", "/api/credentials/" + failing + "/test");
      String broken =
          rig.created(
              "n8nApi",
              "g",
              "{\"apiKey\": \"%s\\n\", \"baseUrl\": \"%s\"}".formatted(CANARY, closed.url("")));
      rig.call("ann", "POST", "/api/credentials/" + broken + "/test");
    }
    Lease lease = rig.lease("w-p1", "httpBasicAuth", id, "").orElseThrow();
    assertThat(lease.fields()).containsEntry("password", CANARY + "2");
    assertThat(lease.toString()).doesNotContain(CANARY);
    HttpLeases remote = new HttpLeases(rig.url(), rig.tokens, "worker-1");
    assertThat(
            remote.lease(
                new LeaseRequest(
                    "w-p1", "httpBasicAuth", id, "", LeaseRequest.Want.FIELDS, CANARY)))
        .isPresent();

    assertThat(rig.call("root", "POST", "/api/credentials/rotate-keys").json())
        .containsEntry("left", 0.0);
    assertNowhere();

    rig.keys.current = new LocalKeys(List.of(Secret.random(32)));
    assertThat(rig.call("ann", "GET", one).code()).isEqualTo("MR-5041");
    rig.call("root", "POST", "/api/credentials/rotate-keys");
    assertThatThrownBy(() -> rig.lease("w-p1", "httpBasicAuth", id, ""))
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining(CANARY);
    rig.call("ann", "DELETE", one);
    assertNowhere();
  }

  @Test
  void aRowThatPassesForAnotherIsRefused() {
    String mine = rig.created("httpBasicAuth", "Mine", "{\"password\": \"" + CANARY + "\"}");
    rig.call(
        "bob",
        "POST",
        "/api/credentials",
        "{\"name\": \"Theirs\", \"type\": \"httpBasicAuth\", \"data\": {\"password\": \"x\"}}");
    rig.database
        .jdbi()
        .useHandle(handle ->
            handle.execute(
                """
                update credential t set ciphertext = m.ciphertext, wrapped_key = m.wrapped_key,
                  key_id = m.key_id
                from credential m where t.name = 'Theirs' and m.name = 'Mine'
                """));
    assertThatThrownBy(() -> rig.lease("w-p2", "httpBasicAuth", "", "Theirs"))
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining(CANARY);
    rig.database
        .jdbi()
        .useHandle(
            handle -> handle.execute("update credential set type = 'acmeApi' where id = ?", mine));
    assertThat(rig.call("ann", "GET", "/api/credentials/" + mine).code()).isEqualTo("MR-5041");
    assertNowhere();
  }

  @Test
  void whatIsThereIsToBeFoundByThisTest() {
    rig.created("httpBasicAuth", CANARY, "{\"password\": \"x\"}");
    Logger.getLogger("test").log(Level.FINEST, CANARY);
    assertThat(rig.dump()).contains(CANARY);
    assertThat(rig.answers).anyMatch(answer -> answer.contains(CANARY));
    assertThat(logged).anyMatch(line -> line.contains(CANARY));
  }
}
