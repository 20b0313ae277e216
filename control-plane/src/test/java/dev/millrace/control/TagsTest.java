package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class TagsTest {
  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @SuppressWarnings("NullAway.Init")
  private String owner;

  @BeforeEach
  void start(Database.Settings database, URI redis) {
    server = new ControlServer(database, redis, InstantSource.system());
    owner = server.setUp();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aNameIsThereOnce() {
    Reply made = server.call("POST", "/api/tags", owner, Map.of("name", " blue "));
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.text("name")).isEqualTo("blue");
    String red = tag("red");

    assertThat(server.call("POST", "/api/tags", owner, Map.of("name", "blue")).status())
        .isEqualTo(409);
    assertThat(server.call("PATCH", "/api/tags/" + red, owner, Map.of("name", "blue")).status())
        .isEqualTo(409);
    assertThat(server.call("PATCH", "/api/tags/" + red, owner, Map.of("name", "red")).status())
        .isEqualTo(200);
    assertThat(server.call("PATCH", "/api/tags/" + red, owner, Map.of("name", "green")).json())
        .containsEntry("name", "green");
    assertThat(names("/api/tags")).containsExactly("blue", "green");

    assertThat(server.call("DELETE", "/api/tags/" + red, owner, null).status()).isEqualTo(204);
    assertThat(server.call("GET", "/api/tags/" + red, owner, null).status()).isEqualTo(404);
    assertThat(server.call("DELETE", "/api/tags/" + red, owner, null).status()).isEqualTo(404);
  }

  @Test
  void namesThatCannotBeKeptAreRefused() {
    for (String name : List.of("", "  ", "x".repeat(25), "a\u0000b", "\ud800")) {
      assertThat(server.call("POST", "/api/tags", owner, Map.of("name", name)).status())
          .as(name)
          .isEqualTo(400);
    }
    assertThat(server.call("POST", "/api/tags", owner, Map.of("name", "x", "id", "y")).status())
        .isEqualTo(400);
  }

  @Test
  void theListIsPagedByName() {
    for (int i = 0; i < 7; i++) {
      tag("t" + (i * 5 % 7));
    }
    List<String> names = new ArrayList<>();
    String cursor = "";
    do {
      Reply page = server.call("GET", "/api/tags?limit=3" + cursor, owner, null);
      page.data().forEach(row -> names.add(String.valueOf(row.get("name"))));
      Object next = page.json().get("nextCursor");
      cursor = next == null ? "" : "&cursor=" + next;
    } while (!cursor.isEmpty());

    assertThat(names).containsExactly("t0", "t1", "t2", "t3", "t4", "t5", "t6");
    assertThat(server.call("GET", "/api/tags?cursor=%25%25", owner, null).status()).isEqualTo(400);
    assertThat(server.call("GET", "/api/tags?unknown=1", owner, null).status()).isEqualTo(400);
  }

  @Test
  void workflowsAreFoundByAllOfSomeTags() {
    String blue = tag("blue");
    String red = tag("red, too");
    String both = workflow("Both");
    String one = workflow("One");
    workflow("None");
    Reply set =
        server.call(
            "PUT",
            "/api/workflows/" + both + "/tags",
            owner,
            Map.of("tagIds", List.of(red, blue, red)));
    assertThat(set.data())
        .extracting(row -> (Object) row.get("name"))
        .containsExactly("blue", "red, too");
    server.call("PUT", "/api/workflows/" + one + "/tags", owner, Map.of("tagIds", List.of(blue)));

    assertThat(names("/api/workflows?tag=blue")).containsExactlyInAnyOrder("Both", "One");
    assertThat(names("/api/workflows?tags=blue&tag=" + url("red, too"))).containsExactly("Both");
    assertThat(names("/api/workflows?tags=blue,none")).isEmpty();
    assertThat(server.call("GET", "/api/workflows/" + both, owner, null).json())
        .containsEntry("tags", List.of("blue", "red, too"));
    assertThat(server.call("GET", "/api/tags?withUsageCount=true", owner, null).data())
        .extracting(row -> (Object) row.get("usageCount"))
        .containsExactly(2.0, 1.0);

    server.call("DELETE", "/api/tags/" + blue, owner, null);
    assertThat(names("/api/workflows/" + both + "/tags")).containsExactly("red, too");
    assertThat(names("/api/workflows/" + one + "/tags")).isEmpty();
  }

  @Test
  void tagsThatAreNotThereChangeNothing() {
    String blue = tag("blue");
    String id = workflow("Tagged");
    String path = "/api/workflows/" + id + "/tags";
    server.call("PUT", path, owner, Map.of("tagIds", List.of(blue)));

    assertThat(
            server
                .call("PUT", path, owner, Map.of("tagIds", List.of(blue, "no such tag")))
                .status())
        .isEqualTo(400);
    assertThat(names(path)).containsExactly("blue");

    assertThat(server.call("PUT", path, owner, Map.of("tagIds", List.of())).data()).isEmpty();
    assertThat(names(path)).isEmpty();
  }

  @Test
  void membersMakeTagsButRemoveNone() {
    String member = server.join(owner, "member@example.com", "global:member");
    Reply made = server.call("POST", "/api/tags", member, Map.of("name", "mine"));
    assertThat(made.status()).isEqualTo(201);
    assertThat(server.call("DELETE", "/api/tags/" + made.text("id"), member, null).status())
        .isEqualTo(403);
    String foreign = workflow("Foreign");
    assertThat(
            server
                .call(
                    "PUT",
                    "/api/workflows/" + foreign + "/tags",
                    member,
                    Map.of("tagIds", List.of(made.text("id"))))
                .status())
        .isEqualTo(404);
  }

  private String tag(String name) {
    return server.call("POST", "/api/tags", owner, Map.of("name", name)).text("id");
  }

  private String workflow(String name) {
    return server
        .call("POST", "/api/workflows", owner, WorkflowLifeTest.workflow(name, name))
        .text("id");
  }

  private List<String> names(String path) {
    return server.call("GET", path, owner, null).data().stream()
        .map(row -> String.valueOf(Objects.requireNonNull(row.get("name"))))
        .toList();
  }

  private static String url(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
