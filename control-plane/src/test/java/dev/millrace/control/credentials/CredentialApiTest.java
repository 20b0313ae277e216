package dev.millrace.control.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.credentials.VaultRig.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.vault.LocalService;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
final class CredentialApiTest {
  private static final String BASIC = "{\"user\": \"u\", \"password\": \"canary-pw\"}";
  private static final String MARK = CredentialFields.BLANK;

  private VaultRig rig;

  @BeforeEach
  void start(Database database) {
    rig = new VaultRig(database);
  }

  @AfterEach
  void stop() {
    rig.close();
  }

  private Map<?, ?> data(Reply reply) {
    assertThat(reply.status()).as(reply.text()).isBetween(200, 201);
    return reply.data();
  }

  private Map<String, @Nullable Object> stored(String id) {
    return rig.lease("w-p1", "httpBasicAuth", id, "").orElseThrow().fields();
  }

  @Test
  void secretsAreShownAsAMarkThatKeepsThem() {
    String id = rig.created("httpBasicAuth", "Shop", BASIC);
    Reply got = rig.call("ann", "GET", "/api/credentials/" + id);
    assertThat(data(got)).isEqualTo(Map.of("user", "u", "password", MARK));

    Reply changed =
        rig.call(
            "ann",
            "PATCH",
            "/api/credentials/" + id,
            "{\"data\": {\"user\": \"v\", \"password\": \"" + MARK + "\"}}");
    assertThat(data(changed)).isEqualTo(Map.of("user", "v", "password", MARK));
    assertThat(stored(id)).isEqualTo(Map.of("user", "v", "password", "canary-pw"));

    rig.call("ann", "PATCH", "/api/credentials/" + id, "{\"data\": {\"password\": \"new\"}}");
    assertThat(stored(id)).isEqualTo(Map.of("password", "new"));

    rig.call("ann", "PATCH", "/api/credentials/" + id, "{\"name\": \"Renamed\"}");
    assertThat(stored(id)).isEqualTo(Map.of("password", "new"));
  }

  @Test
  void aMarkForNothingIsRefused() {
    Reply refused =
        rig.call(
            "ann",
            "POST",
            "/api/credentials",
            "{\"name\": \"n\", \"type\": \"httpBasicAuth\", \"data\": {\"password\": \""
                + MARK
                + "\"}}");
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.code()).isEqualTo("MR-5003");
  }

  @Test
  void ofAnUnknownTypeEveryFieldIsSecretAndReferencesAreShown() {
    String id =
        rig.created(
            "acmeApi",
            "Acme",
            "{\"host\": \"h\", \"port\": 5, \"on\": true, \"empty\": \"\","
                + " \"ref\": \"={{ $secrets.vault.key }}\", \"code\": \"={{ 'canary' }}\"}");
    assertThat(data(rig.call("ann", "GET", "/api/credentials/" + id)))
        .isEqualTo(
            Map.of(
                "host",
                MARK,
                "port",
                MARK,
                "on",
                MARK,
                "empty",
                "",
                "code",
                MARK,
                "ref",
                "={{ $secrets.vault.key }}"));
  }

  @Test
  void aListShowsNoFields() {
    for (int i = 0; i < 5; i++) {
      rig.now = rig.now.plusSeconds(i % 2);
      rig.created("httpBasicAuth", "c" + i, BASIC);
    }
    rig.created("crypto", "other", "{\"hmacSecret\": \"canary\"}");
    TreeSet<String> names = new TreeSet<>();
    String cursor = "";
    for (int pages = 0; pages < 3; pages++) {
      Reply page = rig.call("ann", "GET", "/api/credentials?type=httpBasicAuth&limit=2" + cursor);
      assertThat(page.text()).doesNotContain("canary", "password", "data\":{");
      page.list().forEach(each -> names.add(String.valueOf(((Map<?, ?>) each).get("name"))));
      cursor = "&cursor=" + page.json().get("nextCursor");
    }
    assertThat(names).containsExactly("c0", "c1", "c2", "c3", "c4");
    assertThat(cursor).isEqualTo("&cursor=null");
    assertThat(rig.call("ann", "GET", "/api/credentials?cursor=abc").status()).isEqualTo(400);
  }

  @Test
  void whatIsForeignIsNotFound() {
    String id = rig.created("httpBasicAuth", "Mine", BASIC);
    String one = "/api/credentials/" + id;
    for (String user : List.of("bob", "cat")) {
      List<Reply> all = new ArrayList<>();
      all.add(rig.call(user, "GET", one));
      all.add(rig.call(user, "PATCH", one, "{\"name\": \"stolen\"}"));
      all.add(rig.call(user, "DELETE", one));
      all.add(rig.call(user, "POST", one + "/test"));
      all.add(rig.call(user, "PUT", one + "/share", "{\"projects\": [\"p2\"]}"));
      all.add(rig.call(user, "PUT", one + "/transfer", "{\"projectId\": \"p2\"}"));
      all.add(rig.call(user, "POST", one + "/oauth2/authorize"));
      all.add(
          rig.call(
              user,
              "POST",
              "/api/credentials",
              "{\"name\": \"n\", \"type\": \"t\", \"projectId\": \"p1\"}"));
      assertThat(all)
          .allSatisfy(reply -> {
            assertThat(reply.status()).as(reply.text()).isEqualTo(404);
            assertThat(reply.code()).isEqualTo("MR-5004");
          });
      assertThat(rig.call(user, "GET", "/api/credentials").list()).isEmpty();
      for (int i = 0; i < 50; i++) {
        assertThat(rig.call(user, "GET", "/api/credentials/" + Ids.next()).status()).isEqualTo(404);
      }
    }
    assertThat(rig.call("", "GET", one).status()).isEqualTo(401);
    assertThat(rig.call("eve", "PATCH", one, "{}").status()).isEqualTo(403);
    assertThat(rig.call("root", "GET", one).status()).isEqualTo(200);
    assertThat(rig.call("ann", "GET", one).json()).containsEntry("name", "Mine");
  }

  @Test
  void sharingLetsWorkflowsUseItAndNobodySee() {
    String id = rig.created("httpBasicAuth", "Shop", BASIC);
    String one = "/api/credentials/" + id;
    assertThat(rig.lease("w-p2", "httpBasicAuth", id, "Shop")).isEmpty();

    Reply shared = rig.call("ann", "PUT", one + "/share", "{\"projects\": [\"p2\", \"p1\"]}");
    assertThat(shared.json()).containsEntry("sharedWith", List.of("p2"));
    assertThat(rig.lease("w-p2", "httpBasicAuth", id, "").orElseThrow().fields())
        .containsEntry("password", "canary-pw");
    assertThat(rig.lease("w-p2", "httpBasicAuth", "", "Shop")).isPresent();
    assertThat(rig.lease("w-p3", "httpBasicAuth", id, "Shop")).isEmpty();

    Reply seen = rig.call("bob", "GET", one);
    assertThat(seen.json()).containsEntry("name", "Shop").containsEntry("data", Map.of());
    assertThat(seen.text()).doesNotContain("\"u\"", "canary");
    assertThat(rig.call("bob", "GET", "/api/credentials").list()).hasSize(1);
    assertThat(rig.call("bob", "PATCH", one, "{\"name\": \"x\"}").status()).isEqualTo(404);
    assertThat(rig.call("bob", "DELETE", one).status()).isEqualTo(404);
    assertThat(rig.call("bob", "PUT", one + "/share", "{\"projects\": []}").status())
        .isEqualTo(404);

    rig.call("ann", "PUT", one + "/share", "{\"projects\": [\"p2\", \"p3\"]}");
    assertThat(rig.call("bob", "GET", one).json()).containsEntry("sharedWith", List.of("p2"));

    rig.call("ann", "PUT", one + "/share", "{\"projects\": []}");
    assertThat(rig.lease("w-p2", "httpBasicAuth", id, "Shop")).isEmpty();
    assertThat(rig.call("bob", "GET", one).status()).isEqualTo(404);
    assertThat(rig.call("ann", "PUT", one + "/share", "{\"projects\": [\"none\"]}").status())
        .isEqualTo(404);
  }

  @Test
  void onlyTheOwnerOfBothProjectsMoves() {
    String id = rig.created("httpBasicAuth", "Shop", BASIC);
    String one = "/api/credentials/" + id;
    rig.call("ann", "PUT", one + "/share", "{\"projects\": [\"p2\"]}");
    assertThat(rig.call("ann", "PUT", one + "/transfer", "{\"projectId\": \"p2\"}").status())
        .isEqualTo(404);
    Reply moved = rig.call("root", "PUT", one + "/transfer", "{\"projectId\": \"p2\"}");
    assertThat(moved.json())
        .containsEntry("projectId", "p2")
        .containsEntry("sharedWith", List.of());
    assertThat(rig.call("ann", "GET", one).status()).isEqualTo(404);
    assertThat(rig.lease("w-p2", "httpBasicAuth", id, "")).isPresent();
    assertThat(rig.lease("w-p1", "httpBasicAuth", id, "")).isEmpty();
  }

  @Test
  void aChangeOfSomethingOlderIsAConflict() {
    String id = rig.created("httpBasicAuth", "Shop", BASIC);
    String one = "/api/credentials/" + id;
    String tag = rig.call("ann", "GET", one).response().headers().firstValue("etag").orElseThrow();
    assertThat(rig.call("ann", "PATCH", one, "{\"name\": \"A\"}", Map.of("if-match", tag)).status())
        .isEqualTo(200);
    Reply late = rig.call("ann", "PATCH", one, "{\"name\": \"B\"}", Map.of("if-match", tag));
    assertThat(late.status()).isEqualTo(409);
    assertThat(rig.call("ann", "DELETE", one, null, Map.of("if-match", "\"x\"")).status())
        .isEqualTo(409);
    assertThat(rig.call("ann", "GET", one).json()).containsEntry("name", "A");
    assertThat(rig.call("ann", "DELETE", one).status()).isEqualTo(204);
    assertThat(rig.call("ann", "GET", one).status()).isEqualTo(404);
  }

  @Test
  void whatCannotBeMeantIsRefused() {
    String id = rig.created("httpBasicAuth", "Shop", BASIC);
    for (String body :
        List.of(
            "{\"id\": \"other\"}",
            "{\"version\": 9}",
            "{\"type\": \"httpHeaderAuth\"}",
            "{\"projectId\": \"p2\"}",
            "{\"name\": \"\"}",
            "{\"name\": 5}",
            "{\"data\": \"canary-text\"}",
            "{\"allowedHosts\": \"a\"}",
            "{\"millrace\": {\"wrong\": 1}}",
            "{\"data\": {\"password\": canary-broken}}")) {
      Reply refused = rig.call("ann", "PATCH", "/api/credentials/" + id, body);
      assertThat(refused.status()).as(body + refused.text()).isEqualTo(400);
      assertThat(refused.text()).doesNotContain("canary");
    }
    assertThat(stored(id)).isEqualTo(Map.of("user", "u", "password", "canary-pw"));
  }

  @Test
  void hostsAndLimitsStandBesideTheFields() {
    Reply made =
        rig.call(
            "ann",
            "POST",
            "/api/credentials",
            """
            {"name": "n", "type": "httpBasicAuth", "millrace": {"concurrency": 2},
             "data": {"user": "u", "allowedHttpRequestDomains": "domains",
                      "allowedDomains": "API.example.com, *.example.org"}}
            """);
    assertThat(made.json())
        .containsEntry("allowedHosts", List.of("api.example.com", "*.example.org"))
        .containsEntry("data", Map.of("user", "u"))
        .containsEntry("millrace", Map.of("concurrency", 2.0));
    assertThat(stored(made.id()))
        .isEqualTo(
            Map.of(
                "user", "u",
                "allowedHttpRequestDomains", "domains",
                "allowedDomains", "api.example.com,*.example.org"));
    rig.call("ann", "PATCH", "/api/credentials/" + made.id(), "{\"allowedHosts\": []}");
    assertThat(stored(made.id()).get("allowedHttpRequestDomains")).isEqualTo("none");
    rig.call("ann", "PATCH", "/api/credentials/" + made.id(), "{\"allowedHosts\": null}");
    assertThat(stored(made.id())).isEqualTo(Map.of("user", "u"));
  }

  @Test
  void anExportIsTakenOverWholeOrNotAtAll() {
    String foreign = rig.created("httpBasicAuth", "Foreign", BASIC);
    String export =
        """
        [{"id": "7", "name": "Shop", "type": "httpBasicAuth", "data": {"user": "u", "password": "canary"},
          "createdAt": "2024-01-01T00:00:00Z", "isManaged": false},
         {"id": "%s", "name": "Clash", "type": "httpHeaderAuth", "data": {"value": "canary"}}]
        """
            .formatted(foreign);
    Reply first =
        rig.call("bob", "POST", "/api/credentials/import", "{\"credentials\": " + export + "}");
    List<?> outcomes = first.list();
    assertThat(outcomes).hasSize(2);
    assertThat(((Map<?, ?>) outcomes.get(0)).get("outcome")).isEqualTo("CREATED");
    assertThat(((Map<?, ?>) outcomes.get(1)).get("outcome")).isEqualTo("RENUMBERED");
    assertThat(((Map<?, ?>) outcomes.get(1)).get("id")).isNotEqualTo(foreign);
    assertThat(rig.lease("w-p2", "httpBasicAuth", "7", "").orElseThrow().fields())
        .containsEntry("password", "canary");
    assertThat(stored(foreign)).containsEntry("password", "canary-pw");

    Reply again =
        rig.call("bob", "POST", "/api/credentials/import", "{\"credentials\": " + export + "}");
    assertThat(again.text()).doesNotContain("canary", "CREATED", "UPDATED", "RENUMBERED");
    assertThat(((Map<?, ?>) again.list().get(1)).get("id"))
        .isEqualTo(((Map<?, ?>) outcomes.get(1)).get("id"));
    Reply changed =
        rig.call(
            "bob",
            "POST",
            "/api/credentials/import",
            "{\"credentials\": " + export.replace("\"u\"", "\"other\"") + "}");
    assertThat(((Map<?, ?>) changed.list().get(0)).get("outcome")).isEqualTo("UPDATED");
    assertThat(((Map<?, ?>) changed.list().get(1)).get("outcome")).isEqualTo("UNCHANGED");
    assertThat(rig.lease("w-p2", "httpBasicAuth", "7", "").orElseThrow().fields())
        .containsEntry("user", "other");

    Reply encrypted =
        rig.call(
            "bob",
            "POST",
            "/api/credentials/import",
            """
            {"credentials": [{"id": "8", "name": "a", "type": "t", "data": {}},
                             {"id": "9", "name": "b", "type": "t", "data": "U2FsdGVk"}]}
            """);
    assertThat(encrypted.status()).isEqualTo(400);
    assertThat(rig.call("bob", "GET", "/api/credentials/8").status()).isEqualTo(404);
  }

  @Test
  void aTestAsksTheServiceAndTellsNothing() {
    try (LocalService service =
        new LocalService(request ->
            LocalService.Reply.json(
                request.header().apply("X-N8N-API-KEY").orElse("").equals("canary-right")
                    ? 200
                    : 401,
                Map.of("echo", "canary-answer")))) {
      String right =
          rig.created(
              "n8nApi",
              "r",
              "{\"apiKey\": \"canary-right\", \"baseUrl\": \"%s/\"}"
                  .formatted(service.url("/api")));
      String wrong =
          rig.created(
              "n8nApi",
              "w",
              "{\"apiKey\": \"canary-wrong\", \"baseUrl\": \"%s\"}".formatted(service.url("/api")));
      String nowhere =
          rig.created("n8nApi", "w", "{\"apiKey\": \"canary\", \"baseUrl\": \"canary url\"}");
      String confined =
          rig.call(
                  "ann",
                  "POST",
                  "/api/credentials",
                  "{\"name\": \"c\", \"type\": \"n8nApi\", \"allowedHosts\": [\"a.example\"],"
                      + " \"data\": {\"apiKey\": \"canary\", \"baseUrl\": \""
                      + service.url("")
                      + "\"}}")
              .id();
      assertThat(tested(right)).isEqualTo("OK");
      assertThat(service.requests().getFirst().uri().toString())
          .isEqualTo("/api/workflows?limit=1");
      assertThat(tested(wrong)).isEqualTo("ERROR");
      int asked = service.requests().size();
      assertThat(tested(nowhere)).isEqualTo("ERROR");
      assertThat(tested(confined)).isEqualTo("ERROR");
      assertThat(service.requests()).hasSize(asked);
      assertThat(tested(rig.created("httpBasicAuth", "b", BASIC))).isEqualTo("NOT_TESTABLE");
      assertThat(
              tested(
                  rig.created(
                      "n8nApi",
                      "private",
                      "{\"apiKey\": \"canary\", \"baseUrl\": \"http://10.0.0.1\"}")))
          .isEqualTo("ERROR");
    }
    assertThat(rig.answers).noneMatch(answer -> answer.contains("canary-"));
  }

  private String tested(String id) {
    Reply reply = rig.call("ann", "POST", "/api/credentials/" + id + "/test");
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.text()).doesNotContain("canary");
    return String.valueOf(reply.json().get("status"));
  }

  @Test
  void whateverChangesIsInTheAuditLogWithoutItsSecrets() {
    String id = rig.created("httpBasicAuth", "Shop", BASIC);
    String one = "/api/credentials/" + id;
    rig.call("ann", "PATCH", one, "{\"data\": {\"password\": \"canary-2\"}}");
    rig.call("ann", "PATCH", one, "{\"name\": 5}");
    rig.call("bob", "DELETE", one);
    rig.call("ann", "POST", one + "/test");
    rig.call("ann", "PUT", one + "/share", "{\"projects\": [\"p2\"]}");
    rig.call("root", "PUT", one + "/transfer", "{\"projectId\": \"p3\"}");
    rig.call("root", "DELETE", one);
    rig.call("root", "POST", "/api/credentials/rotate-keys");
    List<String> noted =
        rig.database
            .jdbi()
            .withHandle(handle ->
                handle
                    .createQuery(
                        "select user_id || ' ' || action || ' ' || object from audit order by id")
                    .mapTo(String.class)
                    .list());
    assertThat(noted)
        .containsExactly(
            "ann credential.create " + id,
            "ann credential.update " + id,
            "ann credential.test " + id,
            "ann credential.share " + id,
            "root credential.move " + id,
            "root credential.delete " + id,
            "root credential.rotateKeys ");
    assertThat(rig.dump()).contains("fields", "password").doesNotContain("canary");
  }

  @Test
  void typesTellWhichFieldsAreSecret() {
    assertThat(rig.call("ann", "GET", "/api/credential-types").list()).hasSizeGreaterThan(10);
    Reply schema = rig.call("ann", "GET", "/api/credential-types/httpBasicAuth/schema");
    assertThat(schema.text())
        .contains("\"name\":\"password\"")
        .contains("\"secret\":true")
        .contains("\"testable\":false");
    assertThat(rig.call("ann", "GET", "/api/credential-types/acmeApi/schema").json())
        .containsEntry("known", false);
    assertThat(rig.call("", "GET", "/api/credential-types").status()).isEqualTo(401);
  }
}
