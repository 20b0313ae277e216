package dev.millrace.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.access.Role;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.error.ErrorCode;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({PostgresExtension.class, RedisExtension.class})
final class GraphQlTest {
  @SuppressWarnings("NullAway.Init")
  private ControlServer server;

  private String owner = "";
  private String workflow = "";

  @BeforeEach
  void start(Database.Settings settings, URI redis) {
    server = new ControlServer(settings, redis, InstantSource.system());
    owner = server.setUp();
    workflow =
        server
            .call("POST", "/api/workflows", owner, WorkflowLifeTest.workflow("Hello", "hello"))
            .text("id");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void whatBelongsTogetherIsReadInOneRequest() {
    Map<?, ?> data =
        data(
            owner,
            "query($id: String!) { me { email role } workflow(id: $id) { name json"
                + " project { name members { email } } }"
                + " workflows(limit: 5) { data { id tags executions(limit: 1) { nextCursor } }"
                + " nextCursor } }",
            Map.of("id", workflow));

    assertThat(data.get("me"))
        .isEqualTo(Map.of("email", "owner@example.com", "role", "global:owner"));
    Map<?, ?> one = (Map<?, ?>) Objects.requireNonNull(data.get("workflow"));
    assertThat(one.get("name")).isEqualTo("Hello");
    assertThat(((Map<?, ?>) Objects.requireNonNull(one.get("json"))).get("nodes"))
        .isInstanceOf(List.class);
    assertThat(String.valueOf(one.get("project"))).contains("owner@example.com");
    assertThat(String.valueOf(data.get("workflows")))
        .isEqualTo(
            "{data=[{id=%s, tags=[], executions={nextCursor=null}}], nextCursor=null}"
                .formatted(workflow));
  }

  @Test
  void nobodySeesByItWhatIsNotHis() {
    String outsider = server.join(owner, "outsider@example.com", Role.MEMBER.slug());
    String query = "query($id: String!) { workflows { data { id } } workflow(id: $id) { name } }";

    Map<?, ?> answer = query(outsider, query, Map.of("id", workflow));

    assertThat(String.valueOf(answer.get("data")))
        .isEqualTo("{workflows={data=[]}, workflow=null}");
    assertThat(code(answer)).isEqualTo(ErrorCode.NOT_FOUND.code());
    assertThat(code(query(outsider, "{ audit { data { id } } }", Map.of())))
        .isEqualTo(ErrorCode.NOT_ALLOWED.code());
    assertThat(server.call("POST", "/api/graphql", null, Map.of("query", "{ me { id } }")).status())
        .isEqualTo(401);
  }

  @Test
  void aQueryThatWouldCostTooMuchIsNotRun() {
    String deep =
        "{ executions"
            + " { data { workflow { executions".repeat(4)
            + " { nextCursor }"
            + " } } }".repeat(4)
            + " }";
    String wide = "{ workflows(limit: 250) { data { executions { data { workflow { id } } } } } }";

    assertThat(String.valueOf(query(owner, deep, Map.of()).get("errors")))
        .contains("maximum query");
    assertThat(String.valueOf(query(owner, wide, Map.of()).get("errors")))
        .contains("maximum query complexity");
    assertThat(String.valueOf(query(owner, "{ nonsense", Map.of()).get("errors")))
        .contains("InvalidSyntax");
  }

  @Test
  void theSchemaTellsWhatThereIs() {
    Map<?, ?> data =
        data(owner, "{ __schema { queryType { fields { name args { name } } } } }", Map.of());

    assertThat(String.valueOf(data))
        .contains("name=executions,", "name=workflow,", "name=credentials,", "name=audit,");
  }

  private Map<?, ?> data(String proof, String query, Map<String, Object> variables) {
    Map<?, ?> answer = query(proof, query, variables);
    assertThat(answer.get("errors")).as(answer.toString()).isNull();
    return (Map<?, ?>) Objects.requireNonNull(answer.get("data"));
  }

  private Map<?, ?> query(String proof, String query, Map<String, Object> variables) {
    return server
        .call("POST", "/api/graphql", proof, Map.of("query", query, "variables", variables))
        .json();
  }

  private static @Nullable Object code(Map<?, ?> answer) {
    return answer.get("errors") instanceof List<?> errors
            && errors.getFirst() instanceof Map<?, ?> error
            && error.get("extensions") instanceof Map<?, ?> extensions
        ? extensions.get("code")
        : null;
  }
}
