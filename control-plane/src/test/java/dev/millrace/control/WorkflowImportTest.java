package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.ControlServer.Reply;
import dev.millrace.control.access.Role;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class WorkflowImportTest {
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

  private static Map<String, @Nullable Object> from(String instance) {
    Map<String, @Nullable Object> workflow = WorkflowLifeTest.workflow("Orders", "orders");
    workflow.put("meta", Map.of("instanceId", instance));
    return workflow;
  }

  private Reply bring(String token, @Nullable String id, @Nullable Object workflow) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    if (id != null) {
      body.put("id", id);
    }
    body.put("workflow", workflow);
    return server.call("POST", "/api/workflows/import", token, body);
  }

  @Test
  void anIdIsKeptAndFoundAgain() {
    Reply first = bring(owner, "17", from("a"));
    assertThat(first.json())
        .containsEntry("outcome", "CREATED")
        .containsEntry("id", "17")
        .containsEntry("from", "17");
    assertThat(server.call("GET", "/api/workflows/17", owner, null).json())
        .containsEntry("name", "Orders")
        .containsEntry("revision", 1.0);

    Reply again = bring(owner, "17", from("a"));
    assertThat(again.json()).containsEntry("outcome", "PRESENT").containsEntry("id", "17");
    assertThat(server.call("GET", "/api/workflows/17", owner, null).json())
        .containsEntry("revision", 1.0);
  }

  @Test
  void anIdThatIsTakenIsReplacedByTheSameOneEachTime() {
    bring(owner, "17", from("a"));
    Reply other = bring(owner, "17", from("b"));
    Reply again = bring(owner, "17", from("b"));

    assertThat(other.json()).containsEntry("outcome", "RENUMBERED");
    assertThat(other.text("id")).isNotEqualTo("17").matches("[A-Za-z0-9]{16}");
    assertThat(again.json())
        .containsEntry("outcome", "PRESENT")
        .containsEntry("id", other.text("id"));
  }

  @Test
  void whatBelongsToSomebodyElseIsLeftAlone() {
    String bo = server.join(owner, "bo@example.com", Role.MEMBER.slug());
    bring(owner, "17", from("a"));

    Reply his = bring(bo, "17", from("a"));

    assertThat(his.json()).containsEntry("outcome", "RENUMBERED");
    assertThat(server.call("GET", "/api/workflows/17", bo, null).status()).isEqualTo(404);
    assertThat(bring(bo, "17", from("a")).json())
        .containsEntry("outcome", "PRESENT")
        .containsEntry("id", his.text("id"));
    String project = server.call("GET", "/api/workflows/17", owner, null).text("projectId");
    Map<String, @Nullable Object> foreign = new LinkedHashMap<>();
    foreign.put("projectId", project);
    foreign.put("workflow", from("a"));
    assertThat(server.call("POST", "/api/workflows/import", bo, foreign).status()).isEqualTo(404);
  }

  @Test
  void whatHasNoIdGetsANewOne() {
    Reply first = bring(owner, null, from("a"));
    assertThat(first.json()).containsEntry("outcome", "CREATED").containsEntry("from", null);
    assertThat(bring(owner, null, from("a")).text("id")).isNotEqualTo(first.text("id"));
    assertThat(bring(owner, "../me", from("a")).json()).containsEntry("outcome", "RENUMBERED");
    assertThat(bring(owner, "1", Map.of("name", "no nodes")).status()).isEqualTo(400);
    assertThat(bring(owner, "1", "text").status()).isEqualTo(400);
  }

  private static Map<String, Object> node(
      String name, String type, double version, Map<String, Object> parameters) {
    return Map.of(
        "id", name, "name", name, "type", type, "typeVersion", version, "parameters", parameters);
  }

  private List<String> problems(Object... nodes) {
    Map<String, Object> workflow =
        Map.of("name", "W", "nodes", List.of(nodes), "connections", Map.of());
    Reply reply = server.call("POST", "/api/workflows/check", owner, workflow);
    assertThat(reply.status()).isEqualTo(200);
    List<String> problems = new ArrayList<>();
    for (Object each : (List<?>) Objects.requireNonNull(reply.json().get("problems"))) {
      Map<?, ?> problem = (Map<?, ?>) each;
      problems.add(
          problem.get("code")
              + (Boolean.TRUE.equals(problem.get("blocks")) ? " blocks " : " ")
              + problem.get("node"));
    }
    return problems;
  }

  @Test
  void everythingThatStandsAgainstAWorkflowIsSaidAtOnce() {
    Map<String, Object> hook =
        node("Hook", "n8n-nodes-base.webhook", 2.0, Map.of("path", "p", "httpMethod", "POST"));
    assertThat(problems(hook)).isEmpty();
    assertThat(problems()).containsExactly("MR-1103 blocks null");
    assertThat(
            problems(
                node("A", "x.unknown", 1.0, Map.of()),
                node("B", "n8n-nodes-base.set", 99.0, Map.of()),
                node(
                    "C",
                    "n8n-nodes-base.httpRequest",
                    4.2,
                    Map.of("url", "={{ 1 + }}", "method", "GET")),
                node(
                    "D",
                    "n8n-nodes-base.executeWorkflow",
                    1.2,
                    Map.of("source", "localFile", "workflowPath", "/x"))))
        .containsExactly("MR-1102 blocks A", "MR-1102 blocks B", "MR-1201 C", "MR-1401 D");
    assertThat(problems(hook, node("E", "n8n-nodes-base.httpRequest", 4.2, Map.of())))
        .containsExactly("MR-1105 E");
    assertThat(
            problems(
                hook,
                node(
                    "Other",
                    "n8n-nodes-base.webhook",
                    2.0,
                    Map.of("path", "p", "httpMethod", "POST"))))
        .containsExactly("MR-1106 blocks null");
  }
}
