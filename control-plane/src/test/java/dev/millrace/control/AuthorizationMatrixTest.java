package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.Ids;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.history.postgres.PostgresHistory;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Endpoint;
import dev.millrace.value.Json;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Calls every endpoint that there is in every role, on what is one's own and on what is not, and
 * holds the answer against what the endpoint declares. An endpoint that is new is in here by
 * itself.
 */
@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class AuthorizationMatrixTest {
  private static final String TARGET = "target";
  private static final String FOREIGN = "foreign";

  /** A role of the installation's own, beside those that are built in. */
  private static final Role OPERATOR =
      new Role(
          "project:operator",
          "Operator",
          Role.Kind.PROJECT,
          Set.of(Scope.WORKFLOW_READ, Scope.EXECUTION_READ, Scope.EXECUTION_RETRY),
          false);

  /** The same for the installation. */
  private static final Role AUDITOR =
      new Role(
          "global:auditor",
          "Auditor",
          Role.Kind.INSTALLATION,
          Set.of(Scope.AUDIT_READ, Scope.USER_READ, Scope.WORKFLOW_READ),
          false);

  private static final List<Role> IN_PROJECT =
      List.of(Role.PROJECT_ADMIN, Role.PROJECT_EDITOR, Role.PROJECT_VIEWER, OPERATOR);

  /** An id that says when its execution began, as all that are made at the edge. */
  private final String execution =
      new UUID((Instant.now().toEpochMilli() << 16) | 0x7000, 0x8000_0000_0000_0001L).toString();

  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @SuppressWarnings("NullAway.Init")
  private Database database;

  /**
   * Somebody who calls.
   *
   * @param token null for nobody
   * @param installation the role there
   * @param project the role in the project that everything is tried on; empty when he is not in it
   */
  private record Caller(
      String name, @Nullable String token, Optional<Role> installation, Optional<Role> project) {}

  @BeforeEach
  void start(Database.Settings settings, URI redis) {
    server = new ControlServer(settings, redis, InstantSource.system());
    database = Database.open(settings);
    new PostgresHistory(database).prepare(Instant.now());
  }

  @AfterEach
  void stop() {
    database.close();
    server.close();
  }

  @Test
  void everyEndpointIsForThoseWhomItDeclares() {
    List<Caller> callers = callers();
    List<String> broken = new ArrayList<>();
    int tried = 0;
    for (Endpoint endpoint : server.control().api().endpoints()) {
      for (Caller caller : callers) {
        // Neither ends the caller's session for those that come after.
        if (endpoint.id().equals("auth.signOut")) {
          continue;
        }
        tried++;
        renew();
        if (endpoint.path().matches("/api/(v1/)?credentials.*")) {
          makeCredential(Objects.requireNonNull(callers.get(1).token()));
        }
        int status = call(endpoint, caller).status();
        Optional<String> wrong = wrong(endpoint.access(), caller, status, endpoint.path());
        wrong.ifPresent(
            why -> broken.add(endpoint.id() + " by " + caller.name() + ": " + status + ", " + why));
      }
    }
    assertThat(broken).isEmpty();
    assertThat(tried).isGreaterThan(400);
  }

  @Test
  void whatIsForeignIsNotFoundWhateverItsIdIs() {
    String owner = server.setUp();
    String outsider = server.join(owner, "outsider@example.com", Role.MEMBER.slug());
    renew();
    makeCredential(owner);
    List<String> guesses =
        new ArrayList<>(List.of(TARGET, FOREIGN, "files", "%", "'", "../me", "0"));
    while (guesses.size() < 80) {
      guesses.add(Ids.next());
    }
    List<Future<String>> replies = new ArrayList<>();
    // Some at a time: they do not hang on each other.
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (Endpoint endpoint : server.control().api().endpoints()) {
        if (endpoint.access() instanceof Access.Project && endpoint.path().contains("{")) {
          guesses.forEach(
              guess -> replies.add(threads.submit(() -> seen(endpoint, guess, outsider))));
        }
      }
    }
    List<String> found =
        replies.stream().map(Future::resultNow).filter(reply -> !reply.isEmpty()).toList();
    assertThat(replies).hasSizeGreaterThan(1_500);
    assertThat(found).isEmpty();
  }

  /** What somebody sees by an id that he guessed; empty when it is nothing. */
  private String seen(Endpoint endpoint, String guess, String token) {
    String id = URLEncoder.encode(guess, StandardCharsets.UTF_8);
    int status =
        server
            .call(
                endpoint.method(),
                endpoint.path().replaceAll("\\{[^}]*}", id),
                token,
                body(endpoint))
            .status();
    return status >= 400 && status < 500 ? "" : endpoint.id() + " " + guess + ": " + status;
  }

  private List<Caller> callers() {
    String owner = server.setUp();
    renew();
    List<Caller> callers = new ArrayList<>();
    callers.add(new Caller("nobody", null, Optional.empty(), Optional.empty()));
    callers.add(new Caller("owner", owner, Optional.of(Role.OWNER), Optional.empty()));
    callers.add(
        new Caller(
            "admin",
            server.join(owner, "admin@example.com", Role.ADMIN.slug()),
            Optional.of(Role.ADMIN),
            Optional.empty()));
    callers.add(
        new Caller(
            "outsider",
            server.join(owner, "outsider@example.com", Role.MEMBER.slug()),
            Optional.of(Role.MEMBER),
            Optional.empty()));
    for (Role role : List.of(OPERATOR, AUDITOR)) {
      Reply made =
          server.call(
              "POST",
              "/api/roles",
              owner,
              Map.of(
                  "name",
                  role.name(),
                  "kind",
                  role.kind() == Role.Kind.PROJECT ? "project" : "installation",
                  "scopes",
                  role.scopes().stream().map(Scope::text).toList()));
      assertThat(made.text("slug")).isEqualTo(role.slug());
    }
    callers.add(
        new Caller(
            "auditor",
            server.join(owner, "auditor@example.com", AUDITOR.slug()),
            Optional.of(AUDITOR),
            Optional.empty()));
    for (Role role : IN_PROJECT) {
      String email = role.slug().replace(':', '.') + "@example.com";
      String token = server.join(owner, email, Role.MEMBER.slug());
      callers.add(new Caller(role.slug(), token, Optional.of(Role.MEMBER), Optional.of(role)));
    }
    return callers;
  }

  /** Puts everything that a call may have changed back to how it was. */
  private void renew() {
    database
        .jdbi()
        .useTransaction(handle -> {
          handle.execute("delete from workflow where project_id = ?", TARGET);
          handle.execute("delete from workflow_version where workflow_id = ?", TARGET);
          handle.execute("delete from credential where project_id = ?", TARGET);
          handle.execute("delete from variable where project_id = ?", TARGET);
          handle.execute("delete from data_table where project_id = ?", TARGET);
          handle.execute("delete from project where id = ? and type = 'team'", TARGET);
          handle.execute(
              "insert into project (id, name, type) values (?, 'Target', 'team')", TARGET);
          for (Role role : IN_PROJECT) {
            handle.execute(
                "insert into project_member (project_id, user_id, role) select ?, id, ? from"
                    + " app_user where email = ?",
                TARGET,
                role.slug(),
                role.slug().replace(':', '.') + "@example.com");
          }
          String document = Json.text(WorkflowLifeTest.workflow("Target", "target"));
          handle.execute(
              "insert into workflow (id, project_id, name, document, revision, last_version,"
                  + " published_version) values (?, ?, 'Target', ?, 1, 1, 1)",
              TARGET,
              TARGET,
              document);
          handle.execute(
              "insert into workflow_version (workflow_id, version, document) values (?, 1, ?)",
              TARGET,
              document);
          handle.execute(
              "insert into workflow_revision (workflow_id, revision, document) values (?, 1, ?)",
              TARGET,
              document);
          handle.execute(
              "insert into folder (id, project_id, name) values (?, ?, 'Target')", TARGET, TARGET);
          handle.execute(
              "insert into tag (id, name) values (?, 'Target') on conflict do nothing", TARGET);
          handle.execute(
              "insert into variable (id, project_id, key, value) values (?, ?, 'target', 'x')",
              TARGET,
              TARGET);
          handle.execute(
              "insert into data_table (id, project_id, name) values (?, ?, 'Target')",
              TARGET,
              TARGET);
          handle.execute(
              "insert into data_table_column (id, table_id, name, type, position) values (?, ?,"
                  + " 'a', 'string', 0)",
              TARGET,
              TARGET);
          handle.execute("delete from execution where id = ?", execution);
          handle.execute(
              "insert into execution (id, started_at, workflow_id, version, project_id, mode,"
                  + " status, stopped_at, custom_data, warnings, marks, runs, bytes,"
                  + " keeps_success, keeps_failure, sequence, source_partition, source_offset)"
                  + " values (?, to_timestamp(?), ?, 1, ?, 'webhook', 'error', now(), '{}', '{}',"
                  + " '{}', 0, 0, true, true, 1, 0, 0)",
              execution,
              (UUID.fromString(execution).getMostSignificantBits() >>> 16) / 1000.0,
              TARGET,
              TARGET);
          handle.execute("delete from role where slug in (?, 'project:new')", TARGET);
          handle.execute(
              "insert into role (slug, name, kind, scopes) values (?, 'Target', 'PROJECT',"
                  + " '{workflow:read}')",
              TARGET);
          handle.execute("delete from app_user where id = ?", TARGET);
          handle.execute(
              "insert into app_user (id, email, role) values (?, 'target@example.com',"
                  + " 'global:member')",
              TARGET);
          handle.execute(
              "insert into project_member (project_id, user_id, role) values (?, ?, ?)",
              TARGET,
              TARGET,
              Role.PROJECT_VIEWER.slug());
          handle.execute(
              "delete from project where owner_id in (select id from app_user where email ="
                  + " 'new@example.com')");
          handle.execute("delete from app_user where email = 'new@example.com'");
        });
  }

  /** By the API, since a row that nobody encrypted could not be read. */
  private void makeCredential(String owner) {
    Map<String, Object> credential =
        Map.of(
            "id",
            TARGET,
            "name",
            "Target",
            "type",
            "httpHeaderAuth",
            "data",
            Map.of("name", "x-key", "value", "secret"));
    Reply made =
        server.call(
            "POST",
            "/api/credentials/import",
            owner,
            Map.of("projectId", TARGET, "credentials", List.of(credential)));
    assertThat(made.status()).as(made.response().body()).isEqualTo(200);
  }

  private Reply call(Endpoint endpoint, Caller caller) {
    String path =
        endpoint
            .path()
            .replaceAll("\\{version(Id)?}", "1")
            .replaceAll(
                "\\{[^}]*}",
                endpoint.path().matches("/api/(v1/)?executions/.*") ? execution : TARGET);
    if (endpoint.id().endsWith("projects.delete")) {
      database
          .jdbi()
          .useHandle(handle -> {
            handle.execute("delete from workflow where id = ?", TARGET);
            handle.execute("delete from variable where id = ?", TARGET);
            handle.execute("delete from data_table where id = ?", TARGET);
          });
    }
    if (endpoint.method().equals("POST") && endpoint.path().equals("/api/workflows")) {
      path += "?projectId=" + TARGET;
    }
    return server.call(endpoint.method(), path, caller.token(), body(endpoint));
  }

  /** A body that the endpoint takes, so that what it says is about who calls. */
  private @Nullable Object body(Endpoint endpoint) {
    Map<String, @Nullable Object> bodies = new LinkedHashMap<>();
    bodies.put("workflows.create", WorkflowLifeTest.workflow("New", Ids.next()));
    bodies.put("workflows.update", WorkflowLifeTest.workflow("Changed", "target"));
    bodies.put("workflows.check", WorkflowLifeTest.workflow("New", "new"));
    bodies.put(
        "workflows.import",
        Map.of("projectId", TARGET, "workflow", WorkflowLifeTest.workflow("New", "new")));
    bodies.put("workflows.move", Map.of("projectId", TARGET));
    bodies.put("projects.create", Map.of("name", "New"));
    bodies.put("projects.update", Map.of("name", "Changed"));
    bodies.put("projects.setMember", Map.of("role", Role.PROJECT_VIEWER.slug()));
    bodies.put("users.invite", Map.of("email", "new@example.com"));
    bodies.put("users.changeRole", Map.of("role", Role.MEMBER.slug()));
    bodies.put("executions.replay", Map.of("node", "Webhook"));
    bodies.put("executions.deleteMany", Map.of("ids", List.of(execution)));
    bodies.put("apiKeys.create", Map.of("label", "new"));
    bodies.put(
        "roles.create",
        Map.of("name", "New", "kind", "project", "scopes", List.of("workflow:read")));
    bodies.put("roles.update", Map.of("name", "Changed", "scopes", List.of("workflow:read")));
    bodies.put("settings.setSignIn", Map.of("secondFactorRequired", false));
    bodies.put("auth.requestReset", Map.of("email", "target@example.com"));
    bodies.put(
        "credentials.create", Map.of("name", "New", "type", "httpHeaderAuth", "projectId", TARGET));
    bodies.put("credentials.import", Map.of("projectId", TARGET, "credentials", List.of()));
    bodies.put("credentials.share", Map.of("projects", List.of()));
    bodies.put("credentials.move", Map.of("projectId", TARGET));
    bodies.put("credentials.update", Map.of());
    bodies.put("tags.create", Map.of("name", "New"));
    bodies.put("tags.update", Map.of("name", "Changed"));
    bodies.put("workflows.setTags", Map.of("tagIds", List.of(TARGET)));
    bodies.put("executions.setTags", Map.of("tagIds", List.of(TARGET)));
    bodies.put("folders.create", Map.of("name", "New"));
    bodies.put("folders.update", Map.of("name", "Changed"));
    bodies.put("workflows.setFolder", Map.of("folderId", TARGET));
    bodies.put("variables.create", Map.of("key", "new", "value", "x", "projectId", TARGET));
    bodies.put("variables.update", Map.of("value", "y"));
    bodies.put("dataTables.create", Map.of("name", "New", "projectId", TARGET));
    bodies.put("dataTables.update", Map.of("name", "Changed"));
    bodies.put("dataTables.addColumn", Map.of("name", "b", "type", "number"));
    bodies.put("dataTables.updateColumn", Map.of("name", "b"));
    bodies.put("dataTables.importCsv", Map.of("csv", "a\nx\n"));
    bodies.put("dataTables.insertRows", Map.of("data", List.of(Map.of("a", "x"))));
    Map<String, Object> change =
        Map.of(
            "filter",
            Map.of("filters", List.of(Map.of("columnName", "a", "condition", "eq", "value", "x"))),
            "data",
            Map.of("a", "y"));
    bodies.put("dataTables.updateRows", change);
    bodies.put("dataTables.upsertRows", change);
    // What is served in the same shape takes the same body.
    Map.copyOf(bodies).forEach((id, body) -> bodies.put("v1." + id, body));
    bodies.putAll(PublicApiBodies.of(TARGET));
    return bodies.containsKey(endpoint.id())
        ? bodies.get(endpoint.id())
        : endpoint.method().equals("POST") ? Map.of() : null;
  }

  /** What is wrong with a status, if anything. */
  private static Optional<String> wrong(Access access, Caller caller, int status, String path) {
    boolean object = path.contains("{");
    return switch (access) {
      case Access.Open() ->
          expect(status != 403 && status < 500, "an open endpoint refuses or fails");
      case Access.SignedIn() ->
          caller.token() == null
              ? expect(status == 401, "nobody is signed in")
              : expect(allowed(status), "he is signed in");
      case Access.Installation(Scope scope) ->
          caller.token() == null
              ? expect(status == 401, "nobody is signed in")
              : caller.installation().orElseThrow().scopes().contains(scope)
                  ? expect(allowed(status), "his role has " + scope.text())
                  : expect(status == 403, "his role does not have " + scope.text());
      case Access.Project(Scope scope) -> {
        if (caller.token() == null) {
          yield expect(status == 401, "nobody is signed in");
        }
        boolean may =
            caller.installation().orElseThrow().reachesEverything(scope)
                || caller.project().map(role -> role.scopes().contains(scope)).orElse(false);
        boolean named = object || scope.text().endsWith(":create");
        yield may
            ? expect(allowed(status) && status != 404, "his role has " + scope.text())
            : named
                ? expect(status == 404, "it is foreign to him")
                : expect(allowed(status) && status / 100 != 4, "a list of what is his own");
      }
    };
  }

  private static boolean allowed(int status) {
    // 503: what is behind it, such as the broker, is not there in this test.
    return status != 401 && status != 403 && (status < 500 || status == 503);
  }

  private static Optional<String> expect(boolean met, String otherwise) {
    return met ? Optional.empty() : Optional.of(otherwise);
  }
}
