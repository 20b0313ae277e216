package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.value.Json;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class DataTablesTest {
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
  void aTableIsMadeFilledAndAsked() {
    String path = people();

    Reply inserted =
        server.call(
            "POST",
            path + "/rows",
            owner,
            Map.of(
                "data",
                List.of(
                    Map.of("name", "Ada", "age", 36.0, "born", "1815-12-10"),
                    Map.of("name", "Grace", "age", "85", "active", true),
                    Map.of("name", "Alan")),
                "returnType",
                "all"));
    assertThat(inserted.status()).isEqualTo(201);
    assertThat(inserted.json()).containsEntry("count", 3.0);
    assertThat(inserted.data().get(0).get("born")).isEqualTo("1815-12-10T00:00:00.000Z");
    assertThat(inserted.data().get(1).get("age")).isEqualTo(85.0);
    assertThat(inserted.data().get(2).get("age")).isNull();
    assertThat(inserted.data())
        .extracting(row -> (Object) row.get("id"))
        .containsExactly(1.0, 2.0, 3.0);

    assertThat(names(path, "?filter=" + filter("age", "gt", 40.0))).containsExactly("Grace");
    assertThat(names(path, "?filter=" + filter("name", "like", "a")))
        .containsExactly("Ada", "Grace", "Alan");
    assertThat(names(path, "?filter=" + filter("age", "eq", null))).containsExactly("Alan");
    assertThat(names(path, "?sortBy=name:desc")).containsExactly("Grace", "Alan", "Ada");
    assertThat(names(path, "?search=RAC")).containsExactly("Grace");
    Object created = inserted.data().getFirst().get("createdAt");
    assertThat(names(path, "?filter=" + filter("createdAt", "lte", created))).hasSize(3);

    Reply page = server.call("GET", path + "/rows?limit=2&sortBy=age", owner, null);
    Reply next =
        server.call(
            "GET",
            path + "/rows?limit=2&sortBy=age&cursor=" + page.text("nextCursor"),
            owner,
            null);
    assertThat(next.data()).extracting(row -> (Object) row.get("name")).containsExactly("Alan");
    assertThat(next.json()).containsEntry("nextCursor", null);
  }

  @Test
  void rowsAreChangedByFilter() {
    String path = people();
    insert(path, Map.of("name", "Ada", "age", 36.0), Map.of("name", "Alan", "age", 41.0));

    Reply updated =
        server.call(
            "PATCH",
            path + "/rows/update",
            owner,
            Map.of(
                "filter",
                condition("age", "gt", 40.0),
                "data",
                Map.of("age", 42.0, "active", true),
                "returnData",
                true));
    assertThat(updated.json()).containsEntry("count", 1.0);
    assertThat(updated.data().getFirst().get("name")).isEqualTo("Alan");
    assertThat(updated.data().getFirst().get("age")).isEqualTo(42.0);

    Map<String, Object> grace =
        Map.of(
            "filter",
            condition("name", "eq", "Grace"),
            "data",
            Map.of("name", "Grace", "age", 1.0));
    assertThat(server.call("POST", path + "/rows/upsert", owner, grace).json())
        .containsEntry("inserted", true)
        .containsEntry("count", 1.0);
    assertThat(server.call("POST", path + "/rows/upsert", owner, grace).json())
        .containsEntry("inserted", false)
        .containsEntry("count", 1.0);
    assertThat(names(path, "")).containsExactly("Ada", "Alan", "Grace");

    assertThat(
            server
                .call(
                    "DELETE",
                    path + "/rows/delete?returnData=true&filter=" + filter("name", "ilike", "a%"),
                    owner,
                    null)
                .data())
        .hasSize(2);
    assertThat(server.call("DELETE", path + "/rows/clear", owner, null).json())
        .containsEntry("count", 1.0);
    assertThat(names(path, "")).isEmpty();
    assertThat(server.call("GET", path, owner, null).json()).containsEntry("sizeBytes", 0.0);
  }

  @Test
  void aDryRunChangesNothing() {
    String path = people();
    insert(path, Map.of("name", "Ada", "age", 36.0));
    Object before = server.call("GET", path, owner, null).json().get("sizeBytes");

    Reply dry =
        server.call(
            "PATCH",
            path + "/rows/update",
            owner,
            Map.of(
                "filter",
                condition("age", "gt", 1.0),
                "data",
                Map.of("name", "Nobody at all"),
                "dryRun",
                true));
    assertThat(dry.data())
        .extracting(row -> row.get("dryRunState") + " " + row.get("name"))
        .containsExactly("before Ada", "after Nobody at all");
    assertThat(
            server
                .call(
                    "DELETE",
                    path + "/rows/delete?dryRun=true&filter=" + filter("age", "gt", 1.0),
                    owner,
                    null)
                .json())
        .containsEntry("count", 1.0);
    assertThat(
            server
                .call(
                    "POST",
                    path + "/rows/upsert",
                    owner,
                    Map.of(
                        "filter",
                        condition("name", "eq", "new"),
                        "data",
                        Map.of("name", "new"),
                        "dryRun",
                        true))
                .json())
        .containsEntry("inserted", true);

    assertThat(names(path, "")).containsExactly("Ada");
    assertThat(server.call("GET", path, owner, null).json()).containsEntry("sizeBytes", before);
    insert(path, Map.of("name", "Alan"));
    assertThat(names(path, "?filter=" + filter("id", "eq", 2.0))).containsExactly("Alan");
  }

  @Test
  void inputThatDoesNotFitIsRefused() {
    String path = people();
    for (Map<String, Object> row :
        List.<Map<String, Object>>of(
            Map.of("age", "old"),
            Map.of("active", 1.0),
            Map.of("born", "yesterday"),
            Map.of("unknown", 1.0),
            Map.of("id", 1.0),
            Map.of("name", List.of()),
            Map.of("name", "a\u0000"))) {
      assertThat(server.call("POST", path + "/rows", owner, Map.of("data", List.of(row))).status())
          .as(row.toString())
          .isEqualTo(400);
    }
    for (String query :
        List.of(
            "?filter=" + filter("unknown", "eq", 1.0),
            "?filter=" + filter("age", "like", "1"),
            "?filter=" + filter("age", "gt", null),
            "?filter=" + filter("active", "gt", true),
            "?filter=" + filter("age", "eq", "x"),
            "?filter=" + url("{\"filters\":[{\"columnName\":\"age\",\"condition\":\"drop\"}]}"),
            "?filter=" + url("[]"),
            "?filter=" + url("{"),
            "?sortBy=unknown:asc",
            "?sortBy=age:sideways",
            "?sortBy=age&cursor=" + url("WzEsIngiXQ"),
            "?cursor=x",
            "?limit=0")) {
      assertThat(server.call("GET", path + "/rows" + query, owner, null).status())
          .as(query)
          .isEqualTo(400);
    }
    Map<String, Object> all = Map.of("filter", Map.of("filters", List.of()), "data", Map.of());
    assertThat(server.call("PATCH", path + "/rows/update", owner, all).status()).isEqualTo(400);
    assertThat(server.call("DELETE", path + "/rows/delete", owner, null).status()).isEqualTo(400);
    assertThat(names(path, "")).isEmpty();
  }

  @Test
  void namesAreThereOnce() {
    String path = people();
    assertThat(server.call("POST", "/api/data-tables", owner, Map.of("name", "People")).status())
        .isEqualTo(409);
    assertThat(server.call("POST", "/api/data-tables", owner, Map.of("name", "Other")).status())
        .isEqualTo(201);
    assertThat(server.call("PATCH", path, owner, Map.of("name", "Other")).status()).isEqualTo(409);
    assertThat(server.call("PATCH", path, owner, Map.of("name", "Humans")).json())
        .containsEntry("name", "Humans");
    assertThat(
            server
                .call("GET", "/api/data-tables?limit=1", owner, null)
                .data()
                .getFirst()
                .get("name"))
        .isEqualTo("Humans");

    Reply added =
        server.call(
            "POST", path + "/columns", owner, Map.of("name", "x", "type", "string", "index", 0.0));
    assertThat(added.status()).isEqualTo(201);
    assertThat(added.data())
        .extracting(column -> (Object) column.get("name"))
        .containsExactly("x", "name", "age", "active", "born");
    Object id = added.data().getFirst().get("id");
    for (Map<String, Object> column :
        List.<Map<String, Object>>of(
            Map.of("name", "age", "type", "string"),
            Map.of("name", "1st", "type", "string"),
            Map.of("name", "updatedAt", "type", "date"),
            Map.of("name", "y", "type", "text"))) {
      assertThat(server.call("POST", path + "/columns", owner, column).status())
          .as(column.toString())
          .isBetween(400, 409);
    }
    assertThat(server.call("PATCH", path + "/columns/" + id, owner, Map.of("name", "z")).data())
        .extracting(column -> (Object) column.get("name"))
        .startsWith("z");
    assertThat(server.call("DELETE", path + "/columns/" + id, owner, null).status()).isEqualTo(204);
    assertThat(server.call("DELETE", path + "/columns/" + id, owner, null).status()).isEqualTo(404);
    assertThat(server.call("DELETE", path, owner, null).status()).isEqualTo(204);
    assertThat(server.call("GET", path, owner, null).status()).isEqualTo(404);
  }

  @Test
  void thoseWhoUpsertAtTheSameTimeMakeOneRow() {
    String path = people();
    List<Future<Integer>> replies = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 24; i++) {
        double age = i;
        replies.add(
            threads.submit(() ->
                server
                    .call(
                        "POST",
                        path + "/rows/upsert",
                        owner,
                        Map.of(
                            "filter",
                            condition("name", "eq", "one"),
                            "data",
                            Map.of("name", "one", "age", age)))
                    .status()));
      }
    }
    assertThat(replies).allMatch(reply -> reply.resultNow() == 200);
    assertThat(names(path, "")).containsExactly("one");
  }

  @Test
  void aTableLeavesAndComesBackAsCsv() {
    String path = people();
    insert(
        path,
        Map.of("name", "Ada, \"the first\"", "age", 36.5, "active", true),
        Map.of("name", "line\nbreak", "born", "1912-06-23"),
        Map.of());
    String csv = server.call("GET", path + "/csv", owner, null).response().body();
    assertThat(csv).startsWith("id,createdAt,updatedAt,name,age,active,born\r\n");
    List<Map<?, ?>> before = server.call("GET", path + "/rows", owner, null).data();

    server.call("DELETE", path + "/rows/clear", owner, null);
    assertThat(server.call("POST", path + "/csv", owner, Map.of("csv", csv)).json())
        .containsEntry("count", 3.0);

    List<Map<?, ?>> after = server.call("GET", path + "/rows", owner, null).data();
    for (String column : List.of("name", "age", "active", "born")) {
      assertThat(after.stream().map(row -> (Object) row.get(column)))
          .containsExactlyElementsOf(before.stream().map(row -> (Object) row.get(column)).toList());
    }
    for (String broken :
        List.of("unknown\nx", "name,age\nx", "name\n\"x", "name\n\"x\"y", "age\nold")) {
      assertThat(server.call("POST", path + "/csv", owner, Map.of("csv", broken)).status())
          .as(broken)
          .isEqualTo(400);
    }
    assertThat(server.call("GET", path + "/rows", owner, null).data()).hasSize(3);
  }

  @Test
  void aProjectWithATableIsNotRemoved() {
    String project = server.call("POST", "/api/projects", owner, Map.of("name", "Data")).text("id");
    String id =
        server
            .call("POST", "/api/data-tables", owner, Map.of("name", "Kept", "projectId", project))
            .text("id");
    assertThat(server.call("DELETE", "/api/projects/" + project, owner, null).status())
        .isEqualTo(409);
    server.call("DELETE", "/api/data-tables/" + id, owner, null);
    assertThat(server.call("DELETE", "/api/projects/" + project, owner, null).status())
        .isEqualTo(204);
  }

  /** The path of a table. */
  private String people() {
    Reply made =
        server.call(
            "POST",
            "/api/data-tables",
            owner,
            Map.of(
                "name",
                "People",
                "columns",
                List.of(
                    Map.of("name", "name", "type", "string"),
                    Map.of("name", "age", "type", "number"),
                    Map.of("name", "active", "type", "boolean"),
                    Map.of("name", "born", "type", "date"))));
    assertThat(made.status()).isEqualTo(201);
    return "/api/data-tables/" + made.text("id");
  }

  private void insert(String path, Map<?, ?>... rows) {
    assertThat(server.call("POST", path + "/rows", owner, Map.of("data", List.of(rows))).status())
        .isEqualTo(201);
  }

  private static Map<String, @Nullable Object> condition(
      String column, String condition, @Nullable Object value) {
    Map<String, @Nullable Object> one = new LinkedHashMap<>();
    one.put("columnName", column);
    one.put("condition", condition);
    one.put("value", value);
    return Map.of("type", "and", "filters", List.of(one));
  }

  private static String filter(String column, String condition, @Nullable Object value) {
    return url(Json.text(condition(column, condition, value)));
  }

  private static String url(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private List<String> names(String path, String query) {
    return server.call("GET", path + "/rows" + query, owner, null).data().stream()
        .map(row -> String.valueOf(Objects.requireNonNull(row.get("name"))))
        .toList();
  }
}
