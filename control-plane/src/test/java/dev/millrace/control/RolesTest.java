package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.db.PostgresExtension;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Roles of an installation's own. */
@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class RolesTest {
  private Instant now = Instant.now();

  @SuppressWarnings("NullAway.Init")
  private Database.Settings settings;

  @SuppressWarnings("NullAway.Init")
  private URI redis;

  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @SuppressWarnings("NullAway.Init")
  private String owner;

  @BeforeEach
  void start(Database.Settings database, URI redisUri) {
    settings = database;
    redis = redisUri;
    server = new ControlServer(database, redisUri, () -> now);
    owner = server.setUp();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aRoleInTheInstallationIsWhatItsScopesAre() {
    Reply made = create(owner, "Audit & support", "installation", "user:read", "audit:read");
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.json())
        .containsEntry("slug", "global:audit-support")
        .containsEntry("builtIn", false)
        .containsEntry("scopes", List.of("audit:read", "user:read"));
    String auditor = server.join(owner, email(), "global:audit-support");

    assertThat(server.call("GET", "/api/audit", auditor, null).status()).isEqualTo(200);
    assertThat(server.call("GET", "/api/users", auditor, null).status()).isEqualTo(200);
    assertThat(server.call("GET", "/api/roles", auditor, null).status()).isEqualTo(403);
    assertThat(create(auditor, "More", "installation", "user:read").status()).isEqualTo(403);
    assertThat(server.call("GET", "/api/roles", owner, null).response().body())
        .contains("global:audit-support");
  }

  @Test
  void aRoleInProjectsIsWhatItsScopesAre() {
    create(owner, "Operator", "project", "project:read", "execution:read", "workflow:read");
    String email = email();
    String operator = server.join(owner, email, Role.MEMBER.slug());
    String project = server.call("POST", "/api/projects", owner, Map.of("name", "P")).text("id");
    assertThat(setMember(owner, project, operator, "project:operator").status()).isEqualTo(200);

    assertThat(server.call("GET", "/api/projects/" + project, operator, null).status())
        .isEqualTo(200);
    assertThat(
            server
                .call("PATCH", "/api/projects/" + project, operator, Map.of("name", "Mine"))
                .status())
        .isEqualTo(404);
    assertThat(
            server
                .call(
                    "POST",
                    "/api/workflows?projectId=" + project,
                    operator,
                    WorkflowLifeTest.workflow("Mine", Ids.next()))
                .status())
        .isEqualTo(404);
  }

  @Test
  void aRightThatIsRevokedIsGoneAtOnceHereAndAfterFiveSecondsElsewhere() {
    create(owner, "Reader", "installation", "user:read", "audit:read");
    String email = email();
    String reader = server.join(owner, email, "global:reader");
    // Another control plane has other keys here, but the same API keys.
    String key =
        server.call("POST", "/api/me/api-keys", reader, Map.of("label", "key")).text("key");
    try (ControlServer other = new ControlServer(settings, redis, () -> now)) {
      assertThat(other.call("GET", "/api/audit", key, null).status()).isEqualTo(200);

      Reply updated = update(owner, "global:reader", "Reader", "user:read");
      assertThat(updated.status()).isEqualTo(200);

      assertThat(server.call("GET", "/api/audit", key, null).status()).isEqualTo(403);
      assertThat(server.call("GET", "/api/users", key, null).status()).isEqualTo(200);
      now = now.plusSeconds(5);
      assertThat(other.call("GET", "/api/audit", key, null).status()).isEqualTo(403);
      assertThat(other.call("GET", "/api/users", key, null).status()).isEqualTo(200);
    }
  }

  @Test
  void aRoleThatIsUsedStays() {
    create(owner, "Helper", "installation", "user:read");
    create(owner, "Helper", "project", "project:read", "workflow:read");
    String helper = server.join(owner, email(), "global:helper");
    String project = server.call("POST", "/api/projects", owner, Map.of("name", "P")).text("id");
    setMember(owner, project, helper, "project:helper");

    assertThat(delete("global:helper").status()).isEqualTo(409);
    assertThat(delete("project:helper").status()).isEqualTo(409);

    server.call(
        "PATCH", "/api/users/" + id(helper) + "/role", owner, Map.of("role", "global:member"));
    setMember(owner, project, helper, "project:viewer");
    assertThat(delete("global:helper").status()).isEqualTo(204);
    assertThat(delete("project:helper").status()).isEqualTo(204);
    assertThat(delete("project:helper").status()).isEqualTo(404);
    assertThat(server.call("GET", "/api/roles/project:helper", owner, null).status())
        .isEqualTo(404);
    Reply given = setMember(owner, project, helper, "project:helper");
    assertThat(given.status()).isEqualTo(400);
  }

  @Test
  void whatIsBuiltInStaysAsItIs() {
    for (Role role : Role.BUILT_IN) {
      assertThat(update(owner, role.slug(), "Mine", "user:read").status()).isEqualTo(409);
      assertThat(delete(role.slug()).status()).isEqualTo(409);
    }
    assertThat(create(owner, "Admin", "project", "workflow:read").status()).isEqualTo(409);
    assertThat(create(owner, "Owner", "installation", "user:read").status()).isEqualTo(409);
  }

  @Test
  void whatARoleCannotHaveIsRefused() {
    assertThat(create(owner, "Wrong", "project", "user:read").status()).isEqualTo(400);
    assertThat(create(owner, "Wrong", "project", "nothing:read").status()).isEqualTo(400);
    assertThat(create(owner, "Wrong", "everywhere", "workflow:read").status()).isEqualTo(400);
    assertThat(create(owner, "***", "project", "workflow:read").status()).isEqualTo(400);
    assertThat(create(owner, "Twice", "project", "workflow:read").status()).isEqualTo(201);
    assertThat(create(owner, "twice", "project", "workflow:read").status()).isEqualTo(409);
  }

  @Test
  void nobodyGivesWhatHeDoesNotHave() {
    create(
        owner,
        "Manager",
        "installation",
        "role:manage",
        "role:read",
        "user:invite",
        "user:changeRole",
        "user:delete",
        "user:read",
        "workflow:read");
    create(owner, "Strong", "installation", "audit:read");
    String manager = server.join(owner, email(), "global:manager");
    String admin = server.join(owner, email(), "global:admin");
    String member = server.join(owner, email(), "global:member");

    assertThat(create(manager, "Peer", "project", "workflow:read").status()).isEqualTo(201);
    assertThat(create(manager, "More", "project", "workflow:delete").status()).isEqualTo(403);
    assertThat(create(manager, "More", "installation", "audit:read").status()).isEqualTo(403);
    assertThat(update(manager, "project:peer", "Peer", "workflow:update").status()).isEqualTo(403);
    // Nor takes it from others.
    assertThat(update(manager, "global:strong", "Strong", "user:read").status()).isEqualTo(403);
    assertThat(server.call("DELETE", "/api/roles/global:strong", manager, null).status())
        .isEqualTo(403);
    assertThat(
            server
                .call(
                    "POST", "/api/users", manager, Map.of("email", email(), "role", "global:admin"))
                .status())
        .isEqualTo(403);
    assertThat(changeRole(manager, admin, "global:manager").status()).isEqualTo(403);
    assertThat(changeRole(manager, member, "global:admin").status()).isEqualTo(403);
    assertThat(server.call("DELETE", "/api/users/" + id(admin), manager, null).status())
        .isEqualTo(403);
    // What the owner alone may do, no admin gives.
    assertThat(create(admin, "Gate", "installation", "signIn:manage").status()).isEqualTo(403);
    assertThat(create(owner, "Gate", "installation", "signIn:manage").status()).isEqualTo(201);
  }

  @Test
  void aKeyGivesNoMoreThanItHas() {
    String key =
        server
            .call(
                "POST",
                "/api/me/api-keys",
                owner,
                Map.of("label", "roles", "scopes", List.of("role:manage", "user:invite")))
            .text("key");

    assertThat(create(key, "More", "installation", "audit:read").status()).isEqualTo(403);
    assertThat(create(key, "Same", "installation", "role:manage").status()).isEqualTo(201);
    assertThat(
            server
                .call("POST", "/api/users", key, Map.of("email", email(), "role", "global:admin"))
                .status())
        .isEqualTo(403);
  }

  @Test
  void inAProjectNobodyGivesWhatHeDoesNotHaveThere() {
    create(owner, "Gatekeeper", "project", "project:read", "project:update", "workflow:read");
    String project = server.call("POST", "/api/projects", owner, Map.of("name", "P")).text("id");
    String gatekeeper = server.join(owner, email(), Role.MEMBER.slug());
    String editor = server.join(owner, email(), Role.MEMBER.slug());
    setMember(owner, project, gatekeeper, "project:gatekeeper");
    setMember(owner, project, editor, "project:editor");

    assertThat(setMember(gatekeeper, project, gatekeeper, "project:admin").status()).isEqualTo(403);
    assertThat(setMember(gatekeeper, project, editor, "project:gatekeeper").status())
        .isEqualTo(403);
    String member = "/api/projects/" + project + "/members/" + id(editor);
    assertThat(server.call("DELETE", member, gatekeeper, null).status()).isEqualTo(403);
    String other = server.join(owner, email(), Role.MEMBER.slug());
    assertThat(setMember(gatekeeper, project, other, "project:gatekeeper").status()).isEqualTo(200);
  }

  @Test
  void whatIsDoneToRolesIsNoted() {
    create(owner, "Noted", "project", "workflow:read");
    update(owner, "project:noted", "Noted", "workflow:read", "workflow:update");
    delete("project:noted");

    String audit =
        server.call("GET", "/api/audit?object=project:noted", owner, null).response().body();
    assertThat(audit)
        .contains("role.create", "role.update", "role.delete", Scope.WORKFLOW_UPDATE.text());
  }

  private static String email() {
    return Ids.next() + "@example.com";
  }

  private Reply create(String who, String name, String kind, String... scopes) {
    return server.call(
        "POST", "/api/roles", who, Map.of("name", name, "kind", kind, "scopes", List.of(scopes)));
  }

  private Reply update(String who, String slug, String name, String... scopes) {
    return server.call(
        "PUT", "/api/roles/" + slug, who, Map.of("name", name, "scopes", List.of(scopes)));
  }

  private Reply delete(String slug) {
    return server.call("DELETE", "/api/roles/" + slug, owner, null);
  }

  private Reply setMember(String who, String project, String user, String role) {
    return server.call(
        "PUT", "/api/projects/" + project + "/members/" + id(user), who, Map.of("role", role));
  }

  private Reply changeRole(String who, String user, String role) {
    return server.call("PATCH", "/api/users/" + id(user) + "/role", who, Map.of("role", role));
  }

  private String id(String token) {
    return server.call("GET", "/api/me", token, null).text("id");
  }
}
