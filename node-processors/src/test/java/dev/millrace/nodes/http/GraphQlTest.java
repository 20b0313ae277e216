package dev.millrace.nodes.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.http.LocalServer;
import dev.millrace.item.Item;
import dev.millrace.node.NodeException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** GraphQL against a real server on this machine. */
class GraphQlTest {
  private final LocalServer server = new LocalServer();
  private final NodeRig rig = new NodeRig(GraphQl::new);

  @AfterEach
  void stop() {
    rig.close();
    server.close();
  }

  private String parameters(String more) {
    return "{\"endpoint\": \"" + server.url("/") + "\", \"query\": \"query { a }\"" + more + "}";
  }

  @Test
  void sendsQueryVariablesAndOperation() {
    server.on("/", 200, "application/json", "{\"data\":{\"a\":1}}");
    Item answer =
        rig.run(
                1.1,
                parameters(
                    """
                    , "variables": "{\\"x\\": 1}", "operationName": "op",
                    "headerParametersUi": {"parameter": [{"name": "X-H", "value": "h"}]}\
                    """))
            .getFirst();
    assertThat(answer.json()).isEqualTo(Map.of("data", Map.of("a", 1.0)));
    LocalServer.Request request = server.last();
    assertThat(request.body())
        .isEqualTo("{\"query\":\"query { a }\",\"variables\":{\"x\":1},\"operationName\":\"op\"}");
    assertThat(request.header("content-type")).isEqualTo("application/json");
    assertThat(request.header("accept")).isEqualTo("application/json");
    assertThat(request.header("x-h")).isEqualTo("h");
    assertThat(request.header("idempotency-key")).isNotEmpty();
  }

  @Test
  void rawAndByGetAndAsText() {
    server.on("/", 200, "application/json", "{\"data\":null}");
    rig.run(1, parameters(""));
    assertThat(server.last().body()).isEqualTo("query { a }");
    assertThat(server.last().header("content-type")).isEqualTo("application/graphql");
    assertThat(
            rig.run(
                    1.1,
                    parameters(
                        ", \"requestMethod\": \"GET\", \"responseFormat\": \"string\","
                            + " \"dataPropertyName\": \"text\""))
                .getFirst()
                .json())
        .isEqualTo(Map.of("text", "{\"data\":null}"));
    assertThat(server.last().uri()).isEqualTo("/?query=query%20%7B%20a%20%7D");
  }

  @Test
  void errorsOfTheAnswerFailTheItem() {
    server.on(
        "/", 200, "application/json", "{\"errors\":[{\"message\":\"one\"},{\"message\":\"two\"}]}");
    assertThatThrownBy(() -> rig.run(1.1, parameters("")))
        .isInstanceOf(NodeException.class)
        .hasMessage("one, two");
    assertThat(rig.tolerant(1.1, parameters("")).getFirst().json())
        .isEqualTo(Map.of("error", "one, two"));
    assertThat(rig.tolerant(1.1, parameters(", \"variables\": \"={{ 1 }}\"")).getFirst().json())
        .isEqualTo(
            Map.of(
                "error",
                "Using variables failed:\n1\n\n"
                    + "GraphQL variables should be either an object or a string."));
  }

  @Test
  void credentialsAndTheGuard() {
    server.on("/", 200, "application/json", "{}");
    rig.credentials.put("httpHeaderAuth", Map.of("name", "X-Key", "value", "k"));
    rig.run(1.1, parameters(", \"authentication\": \"headerAuth\""));
    assertThat(server.last().header("x-key")).isEqualTo("k");
    assertThatThrownBy(
            () -> rig.run(1.1, "{\"endpoint\": \"http://2852039166/\", \"query\": \"{a}\"}"))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("169.254.169.254");
  }
}
