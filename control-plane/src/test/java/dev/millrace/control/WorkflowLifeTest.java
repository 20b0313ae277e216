package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class WorkflowLifeTest {
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

  static Map<String, @Nullable Object> workflow(String name, String path) {
    Map<String, @Nullable Object> document = new LinkedHashMap<>();
    document.put("name", name);
    document.put(
        "nodes",
        List.of(
            Map.of(
                "id",
                "1",
                "name",
                "Webhook",
                "type",
                "n8n-nodes-base.webhook",
                "typeVersion",
                2.0,
                "position",
                List.of(0.0, 0.0),
                "parameters",
                Map.of("path", path, "httpMethod", "POST"))));
    document.put("connections", Map.of());
    document.put("settings", Map.of());
    document.put("meta", Map.of("unknown", "stays"));
    return document;
  }

  @Test
  void aDraftIsSavedPublishedAndWithdrawn() {
    Reply made = server.call("POST", "/api/workflows", owner, workflow("First", "first"));
    String path = "/api/workflows/" + made.text("id");
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.json()).containsEntry("active", false).containsEntry("revision", 1.0);
    assertThat(made.json().get("meta")).isEqualTo(Map.of("unknown", "stays"));

    Reply published = server.call("POST", path + "/publish", owner, null);
    assertThat(published.json())
        .containsEntry("active", true)
        .containsEntry("publishedVersion", 1.0);
    Reply same = server.call("POST", path + "/publish", owner, null);
    assertThat(same.json()).containsEntry("publishedVersion", 1.0);

    Reply saved =
        server.call(
            "PUT", path, owner, workflow("Second", "first"), "if-match", made.header("etag"));
    assertThat(saved.json())
        .containsEntry("name", "Second")
        .containsEntry("revision", 2.0)
        .containsEntry("publishedVersion", 1.0);
    Reply late =
        server.call(
            "PUT", path, owner, workflow("Third", "first"), "if-match", made.header("etag"));
    assertThat(late.status()).isEqualTo(409);

    assertThat(server.call("POST", path + "/publish", owner, null).json())
        .containsEntry("publishedVersion", 2.0);
    assertThat(server.call("GET", path + "/versions/1", owner, null).json())
        .containsEntry("name", "First");
    assertThat(server.call("POST", path + "/withdraw", owner, null).json())
        .containsEntry("active", false);
    assertThat(server.call("DELETE", path, owner, null).status()).isEqualTo(204);
    assertThat(server.call("GET", path, owner, null).status()).isEqualTo(404);

    try (Database database = Database.open(settings)) {
      List<String> outbox =
          database
              .jdbi()
              .withHandle(handle ->
                  handle
                      .createQuery("select coalesce(version::text, 'none') from outbox order by id")
                      .mapTo(String.class)
                      .list());
      assertThat(outbox).containsExactly("1", "2", "none");
      List<String> noted =
          database
              .jdbi()
              .withHandle(handle ->
                  handle
                      .createQuery(
                          "select action from audit where action like 'workflow.%' order by id")
                      .mapTo(String.class)
                      .list());
      assertThat(noted)
          .containsExactly(
              "workflow.create",
              "workflow.publish",
              "workflow.publish",
              "workflow.update",
              "workflow.publish",
              "workflow.withdraw",
              "workflow.delete");
    }
  }

  @Test
  void aWebhookBelongsToOneWorkflow() {
    String first =
        server.call("POST", "/api/workflows", owner, workflow("First", "taken")).text("id");
    String second =
        server.call("POST", "/api/workflows", owner, workflow("Second", "taken")).text("id");
    server.call("POST", "/api/workflows/" + first + "/publish", owner, null);

    Reply refused = server.call("POST", "/api/workflows/" + second + "/publish", owner, null);
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.text("code")).isEqualTo("MR-1106");
    assertThat(server.call("GET", "/api/workflows/" + second, owner, null).json())
        .containsEntry("active", false);

    server.call("POST", "/api/workflows/" + first + "/withdraw", owner, null);
    assertThat(server.call("POST", "/api/workflows/" + second + "/publish", owner, null).status())
        .isEqualTo(200);
  }

  @Test
  void whatCannotRunIsNotPublished() {
    Map<String, @Nullable Object> unknown = workflow("Unknown", "unknown");
    unknown.put(
        "nodes",
        List.of(
            Map.of("name", "X", "type", "none.such", "typeVersion", 1.0, "parameters", Map.of())));
    String id = server.call("POST", "/api/workflows", owner, unknown).text("id");

    Reply refused = server.call("POST", "/api/workflows/" + id + "/publish", owner, null);

    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text("code")).isEqualTo("MR-1102");
    assertThat(refused.text("detail")).contains("none.such");
  }

  @Test
  void listsArePagedInTheOrderOfChanges() {
    for (int i = 0; i < 7; i++) {
      server.call("POST", "/api/workflows", owner, workflow("Listed " + i, "p" + i));
    }
    List<String> names = new ArrayList<>();
    String cursor = "";
    int pages = 0;
    do {
      Reply page = server.call("GET", "/api/workflows?limit=3" + cursor, owner, null);
      page.data().forEach(row -> names.add(String.valueOf(row.get("name"))));
      Object next = page.json().get("nextCursor");
      cursor = next == null ? "" : "&cursor=" + next;
      pages++;
    } while (!cursor.isEmpty());

    assertThat(pages).isEqualTo(3);
    assertThat(names)
        .containsExactly(
            "Listed 6", "Listed 5", "Listed 4", "Listed 3", "Listed 2", "Listed 1", "Listed 0");
    assertThat(server.call("GET", "/api/workflows?name=ED%205", owner, null).response().body())
        .contains("Listed 5")
        .doesNotContain("Listed 4");
  }

  @Test
  void whatIsSharedCanBeUsedButNotTakenAway() {
    String member = server.join(owner, "friend@example.com", "global:member");
    String other = server.join(owner, "other@example.com", "global:member");
    String friends = projectOf(member);
    String id = server.call("POST", "/api/workflows", owner, workflow("Shared", "s")).text("id");
    String path = "/api/workflows/" + id;
    assertThat(server.call("GET", path, member, null).status()).isEqualTo(404);

    assertThat(server.call("PUT", path + "/shares/" + friends, owner, null).status())
        .isEqualTo(204);

    assertThat(server.call("GET", path, member, null).status()).isEqualTo(200);
    assertThat(server.call("GET", "/api/workflows", member, null).response().body()).contains(id);
    assertThat(server.call("PUT", path, member, workflow("Changed", "s")).status()).isEqualTo(200);
    assertThat(server.call("DELETE", path, member, null).status()).isEqualTo(404);
    assertThat(server.call("POST", path + "/move", member, Map.of("projectId", friends)).status())
        .isEqualTo(404);
    assertThat(server.call("PUT", path + "/shares/" + projectOf(other), member, null).status())
        .isEqualTo(404);
    assertThat(server.call("GET", path, other, null).status()).isEqualTo(404);

    server.call("DELETE", path + "/shares/" + friends, owner, null);
    assertThat(server.call("GET", path, member, null).status()).isEqualTo(404);
  }

  @Test
  void fieldsThatAreNotOfTheDocumentCannotBeSetThroughIt() {
    Map<String, @Nullable Object> greedy = workflow("Greedy", "g");
    greedy.put("id", "chosen");
    greedy.put("active", true);
    greedy.put("projectId", "foreign");
    greedy.put("publishedVersion", 7.0);
    greedy.put("isArchived", true);

    Reply made = server.call("POST", "/api/workflows", owner, greedy);

    assertThat(made.json())
        .containsEntry("active", false)
        .containsEntry("publishedVersion", null)
        .containsEntry("isArchived", false);
    assertThat(made.text("id")).isNotEqualTo("chosen");
    assertThat(made.text("projectId")).isNotEqualTo("foreign");
  }

  private String projectOf(String token) {
    return String.valueOf(
        server.call("GET", "/api/projects", token, null).data().getFirst().get("id"));
  }
}
