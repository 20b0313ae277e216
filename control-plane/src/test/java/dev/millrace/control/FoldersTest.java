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
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class FoldersTest {
  private static final int DEEPEST = 20;

  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  @SuppressWarnings("NullAway.Init")
  private String owner;

  @SuppressWarnings("NullAway.Init")
  private String project;

  @BeforeEach
  void start(Database.Settings database, URI redis) {
    server = new ControlServer(database, redis, InstantSource.system());
    owner = server.setUp();
    project =
        String.valueOf(
            server.call("GET", "/api/projects", owner, null).data().getFirst().get("id"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void foldersLieInEachOther() {
    String outer = folder("outer", null);
    String inner = folder("inner", outer);

    Reply got = server.call("GET", path(inner), owner, null);
    assertThat(got.json()).containsEntry("parentFolderId", outer);
    assertThat(got.json().get("path"))
        .isEqualTo(
            List.of(Map.of("id", outer, "name", "outer"), Map.of("id", inner, "name", "inner")));
    assertThat(server.call("GET", path(outer), owner, null).json())
        .containsEntry("folderCount", 1.0);
    assertThat(names("?parentFolderId=" + outer)).containsExactly("inner");
    assertThat(names("?parentFolderId=0")).containsExactly("outer");
    assertThat(names("?name=NNE")).containsExactly("inner");

    assertThat(server.call("PATCH", path(inner), owner, Map.of("name", "other")).json())
        .containsEntry("name", "other")
        .containsEntry("parentFolderId", outer);
    Map<String, @Nullable Object> out = new HashMap<>();
    out.put("parentFolderId", null);
    assertThat(server.call("PATCH", path(inner), owner, out).json())
        .containsEntry("parentFolderId", null);
  }

  @Test
  void listsArePagedByName() {
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      // Equal names are told apart by their ids.
      folder("f" + (i * 5 % 7 / 2), null);
      expected.add("f" + i / 2);
    }
    List<String> names = new ArrayList<>();
    String cursor = "";
    do {
      Reply page = server.call("GET", folders() + "?limit=2" + cursor, owner, null);
      page.data().forEach(row -> names.add(String.valueOf(row.get("name"))));
      Object next = page.json().get("nextCursor");
      cursor = next == null ? "" : "&cursor=" + next;
    } while (!cursor.isEmpty());
    assertThat(names).isEqualTo(expected);
  }

  @Test
  void noMoveMakesACycleOrAChainThatIsTooLong() {
    Random random = new Random(7);
    List<String> ids = new ArrayList<>();
    Map<String, @Nullable String> parents = new HashMap<>();
    String deepest = null;
    for (int i = 0; i < DEEPEST; i++) {
      deepest = folder("chain" + i, deepest);
      parents.put(deepest, ids.isEmpty() ? null : ids.getLast());
      ids.add(deepest);
    }
    assertThat(create("too deep", deepest).status()).isEqualTo(400);
    for (int i = 0; i < 10; i++) {
      String id = folder("loose" + i, null);
      parents.put(id, null);
      ids.add(id);
    }
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      String moved = ids.get(random.nextInt(ids.size()));
      String target = random.nextInt(5) == 0 ? null : ids.get(random.nextInt(ids.size()));
      Map<String, @Nullable Object> body = new HashMap<>();
      body.put("parentFolderId", target);
      int status = server.call("PATCH", path(moved), owner, body).status();

      boolean may =
          !chain(parents, target).contains(moved)
              && chain(parents, target).size() + height(parents, moved) <= DEEPEST;
      assertThat(status).as("move %s of seed 7", i).isEqualTo(may ? 200 : 400);
      if (may) {
        parents.put(moved, target);
      } else {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(10);
    for (String id : ids) {
      assertThat(server.call("GET", path(id), owner, null).json())
          .containsEntry("parentFolderId", parents.get(id));
    }
  }

  /** A folder and all that it lies in. */
  private static List<String> chain(Map<String, @Nullable String> parents, @Nullable String id) {
    List<String> chain = new ArrayList<>();
    for (String at = id; at != null; at = parents.get(at)) {
      chain.add(at);
    }
    return chain;
  }

  private static int height(Map<String, @Nullable String> parents, String id) {
    return parents.keySet().stream()
        .mapToInt(other -> chain(parents, other).indexOf(id) + 1)
        .max()
        .orElseThrow();
  }

  @Test
  void workflowsLieInFoldersOfTheirProject() {
    String folder = folder("some", null);
    String id = workflow("In it");
    workflow("Outside");

    Reply put =
        server.call("PUT", "/api/workflows/" + id + "/folder", owner, Map.of("folderId", folder));

    assertThat(put.json()).containsEntry("folderId", folder);
    assertThat(workflows("?folderId=" + folder)).containsExactly("In it");
    assertThat(workflows("?folderId=0")).containsExactly("Outside");
    assertThat(server.call("GET", path(folder), owner, null).json())
        .containsEntry("workflowCount", 1.0);

    String elsewhere =
        server.call("POST", "/api/projects", owner, Map.of("name", "Elsewhere")).text("id");
    String foreign =
        server
            .call("POST", "/api/projects/" + elsewhere + "/folders", owner, Map.of("name", "far"))
            .text("id");
    assertThat(
            server
                .call("PUT", "/api/workflows/" + id + "/folder", owner, Map.of("folderId", foreign))
                .status())
        .isEqualTo(404);
    assertThat(create("child", foreign).status()).isEqualTo(404);
    assertThat(
            server.call("PATCH", path(folder), owner, Map.of("parentFolderId", foreign)).status())
        .isEqualTo(404);

    server.call("POST", "/api/workflows/" + id + "/move", owner, Map.of("projectId", elsewhere));
    assertThat(server.call("GET", "/api/workflows/" + id, owner, null).json())
        .containsEntry("folderId", null);
  }

  @Test
  void aFolderIsRemovedWhenItsContentHasAPlace() {
    String folder = folder("full", null);
    String inner = folder("inner", folder);
    String target = folder("target", null);
    String id = workflow("Kept");
    server.call("PUT", "/api/workflows/" + id + "/folder", owner, Map.of("folderId", folder));

    assertThat(server.call("DELETE", path(folder), owner, null).status()).isEqualTo(409);
    assertThat(delete(folder, folder)).isEqualTo(400);
    assertThat(delete(folder, inner)).isEqualTo(400);
    assertThat(delete(folder, "nowhere")).isEqualTo(404);
    assertThat(delete(folder, target)).isEqualTo(204);

    assertThat(server.call("GET", path(folder), owner, null).status()).isEqualTo(404);
    assertThat(names("?parentFolderId=" + target)).containsExactly("inner");
    assertThat(workflows("?folderId=" + target)).containsExactly("Kept");
    assertThat(delete(target, "0")).isEqualTo(204);
    assertThat(workflows("?folderId=0")).containsExactly("Kept");
    assertThat(names("?parentFolderId=0")).containsExactly("inner");
  }

  @Test
  void whatIsForeignIsNotFound() {
    String folder = folder("mine", null);
    String member = server.join(owner, "member@example.com", "global:member");
    assertThat(server.call("GET", folders(), member, null).status()).isEqualTo(404);
    assertThat(server.call("GET", path(folder), member, null).status()).isEqualTo(404);
    String own =
        String.valueOf(
            server.call("GET", "/api/projects", member, null).data().getFirst().get("id"));
    assertThat(
            server
                .call("GET", "/api/projects/" + own + "/folders/" + folder, member, null)
                .status())
        .isEqualTo(404);
  }

  private int delete(String folder, String target) {
    return server
        .call("DELETE", path(folder) + "?transferToFolderId=" + target, owner, null)
        .status();
  }

  private String folders() {
    return "/api/projects/" + project + "/folders";
  }

  private String path(String folder) {
    return folders() + "/" + folder;
  }

  private Reply create(String name, @Nullable String parent) {
    Map<String, @Nullable Object> body = new HashMap<>();
    body.put("name", name);
    body.put("parentFolderId", parent);
    return server.call("POST", folders(), owner, body);
  }

  private String folder(String name, @Nullable String parent) {
    return create(name, parent).text("id");
  }

  private String workflow(String name) {
    return server
        .call("POST", "/api/workflows", owner, WorkflowLifeTest.workflow(name, name))
        .text("id");
  }

  private List<String> names(String query) {
    return listed(folders() + query);
  }

  private List<String> workflows(String query) {
    return listed("/api/workflows" + query);
  }

  private List<String> listed(String path) {
    return server.call("GET", path, owner, null).data().stream()
        .map(row -> String.valueOf(Objects.requireNonNull(row.get("name"))))
        .toList();
  }
}
