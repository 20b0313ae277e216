package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class VariablesTest {
  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @SuppressWarnings("NullAway.Init")
  private Database.Settings settings;

  @SuppressWarnings("NullAway.Init")
  private String owner;

  @BeforeEach
  void start(Database.Settings database, URI redis) {
    settings = database;
    server = new ControlServer(database, redis, InstantSource.system());
    owner = server.setUp();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void keysAndValuesAreAsLongAsN8nsAre() {
    assertThat(create("k".repeat(50), "v".repeat(1000), null).status()).isEqualTo(201);
    assertThat(create("A_9", "", null).status()).isEqualTo(201);
    for (String key : List.of("", "k".repeat(51), "a-b", "a b", "ä", "a.b", "a\u0000")) {
      assertThat(create(key, "x", null).status()).as(key).isEqualTo(400);
    }
    assertThat(create("long", "v".repeat(1001), null).status()).isEqualTo(400);
    assertThat(create("zero", "a\u0000", null).status()).isEqualTo(400);
    assertThat(
            server
                .call("POST", "/api/variables", owner, Map.of("key", "number", "value", 1.0))
                .status())
        .isEqualTo(400);
  }

  @Test
  void aKeyIsThereOnceInAProjectAndOnceForAll() {
    String project = project(owner);
    assertThat(create("key", "of all", null).status()).isEqualTo(201);
    Reply own = create("key", "own", project);
    assertThat(own.status()).isEqualTo(201);
    assertThat(create("key", "again", null).status()).isEqualTo(409);
    assertThat(create("key", "again", project).status()).isEqualTo(409);
    String other = create("other", "x", project).text("id");

    assertThat(
            server.call("PATCH", "/api/variables/" + other, owner, Map.of("key", "key")).status())
        .isEqualTo(409);
    Map<String, @Nullable Object> toAll = new HashMap<>();
    toAll.put("projectId", null);
    assertThat(server.call("PATCH", "/api/variables/" + own.text("id"), owner, toAll).status())
        .isEqualTo(409);
    assertThat(server.call("PATCH", "/api/variables/" + other, owner, toAll).json())
        .containsEntry("projectId", null)
        .containsEntry("value", "x");
    assertThat(keys("?projectId=null", owner)).containsExactly("key", "other");
    assertThat(keys("?projectId=" + project, owner)).containsExactly("key");
    assertThat(keys("?key=OTH", owner)).containsExactly("other");
  }

  @Test
  void membersSeeThoseOfAllAndChangeTheirOwn() {
    String owners = project(owner);
    String member = server.join(owner, "member@example.com", "global:member");
    String mine = project(member);
    String shared = create("shared", "1", null).text("id");
    String foreign = create("foreign", "1", owners).text("id");
    Reply own =
        server.call(
            "POST",
            "/api/variables",
            member,
            Map.of("key", "own", "value", "1", "projectId", mine));

    assertThat(own.status()).isEqualTo(201);
    assertThat(keys("", member)).containsExactly("own", "shared");
    assertThat(server.call("GET", "/api/variables/" + foreign, member, null).status())
        .isEqualTo(404);
    assertThat(server.call("GET", "/api/variables/" + shared, member, null).status())
        .isEqualTo(200);
    for (String method : List.of("PATCH", "DELETE")) {
      Object body = method.equals("PATCH") ? Map.of("value", "2") : null;
      assertThat(server.call(method, "/api/variables/" + shared, member, body).status())
          .isEqualTo(403);
      assertThat(server.call(method, "/api/variables/" + foreign, member, body).status())
          .isEqualTo(404);
      assertThat(server.call(method, "/api/variables/" + own.text("id"), member, body).status())
          .isEqualTo(method.equals("PATCH") ? 200 : 204);
    }
    assertThat(
            server
                .call("POST", "/api/variables", member, Map.of("key", "all", "value", "1"))
                .status())
        .isEqualTo(403);
    assertThat(
            server
                .call(
                    "POST",
                    "/api/variables",
                    member,
                    Map.of("key", "x", "value", "1", "projectId", owners))
                .status())
        .isEqualTo(404);
  }

  @Test
  void theListIsPagedByKey() {
    for (int i = 0; i < 7; i++) {
      create("k" + (i * 5 % 7), "x", null);
    }
    List<String> keys = new ArrayList<>();
    String cursor = "";
    do {
      Reply page = server.call("GET", "/api/variables?limit=3" + cursor, owner, null);
      page.data().forEach(row -> keys.add(String.valueOf(row.get("key"))));
      Object next = page.json().get("nextCursor");
      cursor = next == null ? "" : "&cursor=" + next;
    } while (!cursor.isEmpty());
    assertThat(keys).containsExactly("k0", "k1", "k2", "k3", "k4", "k5", "k6");
    assertThat(server.call("GET", "/api/variables?cursor=x", owner, null).status()).isEqualTo(400);
  }

  @Test
  void eachChangeGoesToTheEngine() {
    String project = project(owner);
    String own = create("own", "1", project).text("id");
    create("all", "1", null);
    server.call("PATCH", "/api/variables/" + own, owner, Map.of("value", "2"));
    Map<String, @Nullable Object> toAll = new HashMap<>();
    toAll.put("projectId", null);
    server.call("PATCH", "/api/variables/" + own, owner, toAll);
    server.call("DELETE", "/api/variables/" + own, owner, null);
    create("all", "refused", null);

    try (Database database = Database.open(settings)) {
      assertThat(
              column(
                  database,
                  "select coalesce(project_id, 'all') from outbox where kind = 'variables' order"
                      + " by id"))
          .containsExactly(project, "all", project, "all", project, "all");
      assertThat(
              column(
                  database,
                  "select details ->> 'key' from audit where action like 'variable.%' order by id"))
          .containsExactly("own", "all", "own", "own", "own");
    }
  }

  private static List<String> column(Database database, String sql) {
    return database.jdbi().withHandle(handle -> handle.createQuery(sql).mapTo(String.class).list());
  }

  private Reply create(String key, String value, @Nullable String project) {
    Map<String, @Nullable Object> body = new HashMap<>();
    body.put("key", key);
    body.put("value", value);
    body.put("projectId", project);
    return server.call("POST", "/api/variables", owner, body);
  }

  private String project(String token) {
    return String.valueOf(
        server.call("GET", "/api/projects", token, null).data().stream()
            .filter(row -> "personal".equals(row.get("type")))
            .findFirst()
            .orElseThrow()
            .get("id"));
  }

  private List<String> keys(String query, String token) {
    return server.call("GET", "/api/variables" + query, token, null).data().stream()
        .map(row -> String.valueOf(Objects.requireNonNull(row.get("key"))))
        .toList();
  }
}
