package dev.millrace.standalone.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.JsExpressionEngine;
import dev.millrace.http.HttpBody;
import dev.millrace.http.HttpCall;
import dev.millrace.http.HttpReply;
import dev.millrace.http.HttpUrl;
import dev.millrace.http.OutgoingHttp;
import dev.millrace.http.OutgoingHttpException;
import dev.millrace.item.Item;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.EffectNode;
import dev.millrace.node.LocalFiles;
import dev.millrace.node.NodeServices;
import dev.millrace.nodes.http.GraphQl;
import dev.millrace.nodes.http.HttpRequest;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The server of recorded exchanges, and the nodes that call it at the level of one run. */
class MockServerTest {
  private final MockServer server = new MockServer();
  private final OutgoingHttp http = server.client();

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  private static HttpMock mock(
      String method, Object path, @Nullable Object query, @Nullable Object body, int times) {
    return new HttpMock(
        method,
        "https://api.example/v1",
        path,
        query,
        body,
        Map.of(),
        200.0,
        Map.of("n", (double) times),
        Map.of(),
        times);
  }

  private String answer(HttpCall call) throws Exception {
    try (HttpReply reply = http.send(call)) {
      return new String(reply.bytes(), StandardCharsets.UTF_8);
    }
  }

  private static HttpCall call(String method, String target) {
    return HttpCall.of(method, HttpUrl.parse("https://api.example" + target));
  }

  @Test
  void anExchangeAnswersAsOftenAsItSays() throws Exception {
    server.play(
        List.of(
            mock("GET", "/a", Undefined.UNDEFINED, Undefined.UNDEFINED, 1),
            mock("GET", "/a", Undefined.UNDEFINED, Undefined.UNDEFINED, 2)));
    assertThat(answer(call("GET", "/v1/a"))).isEqualTo("{\"n\":1}");
    assertThat(answer(call("GET", "/v1/a"))).isEqualTo("{\"n\":2}");
    assertThat(answer(call("GET", "/v1/a"))).isEqualTo("{\"n\":2}");
    assertThatThrownBy(() -> answer(call("GET", "/v1/a")))
        .isInstanceOf(OutgoingHttpException.class);
    assertThat(server.unmatched()).isNotEmpty();
    server.play(List.of());
    assertThat(server.unmatched()).isEmpty();
  }

  @Test
  void methodHostPathQueryAndBodyMustFit() throws Exception {
    server.play(
        List.of(
            mock(
                "POST",
                "/a?x=1",
                Map.of("y", List.of(2.0, 3.0)),
                Map.of("field", "v"),
                Integer.MAX_VALUE),
            mock("GET", Map.of("$regex", "b\\d+", "flags", ""), true, Undefined.UNDEFINED, 5)));
    HttpCall fits =
        call("POST", "/v1/a?y[]=2&x=1&y[]=3")
            .withBody(HttpBody.of("application/json", "{\"field\":\"v\"}"));
    assertThat(answer(fits)).startsWith("{\"n\":");
    assertThat(answer(fits.withBody(HttpBody.of("application/x-www-form-urlencoded", "field=v"))))
        .startsWith("{\"n\":");
    assertThat(answer(call("GET", "/v1/b12?any=1"))).isEqualTo("{\"n\":5}");
    for (HttpCall wrong :
        List.of(
            call("PUT", "/v1/a?y[]=2&x=1&y[]=3"),
            fits.withUrl(HttpUrl.parse("https://other.example/v1/a?x=1&y[]=2&y[]=3")),
            fits.withUrl(HttpUrl.parse("http://api.example/v1/a?x=1&y[]=2&y[]=3")),
            fits.withUrl(HttpUrl.parse("https://api.example/v1/a?x=1&y[]=2")),
            fits.withBody(HttpBody.of("application/json", "{\"field\":\"w\"}")),
            call("GET", "/v1/c"))) {
      assertThatThrownBy(() -> answer(wrong)).isInstanceOf(OutgoingHttpException.class);
    }
  }

  @Test
  void functionsDecideAndAnswer() throws Exception {
    Map<String, Object> predicate =
        Map.of("$function", "(body) => body?.name === 'x' && 'id' in body");
    Map<String, Object> reply =
        Map.of(
            "$function",
            "function (uri, body) { return [201, { uri, name: body.name }, { 'x-h': 'y' }]; }");
    server.play(
        List.of(
            new HttpMock(
                "POST",
                "https://api.example/v1",
                "/f",
                true,
                predicate,
                Map.of("x-must", "be"),
                reply,
                null,
                Map.of(),
                Integer.MAX_VALUE)));
    HttpCall fits =
        call("POST", "/v1/f?a=1")
            .withHeader("X-Must", "be")
            .withBody(HttpBody.of("application/json", "{\"name\":\"x\",\"id\":1}"));
    try (HttpReply answer = http.send(fits)) {
      assertThat(answer.status()).isEqualTo(201);
      assertThat(answer.header("x-h")).isEqualTo("y");
      assertThat(answer.bytes()).asString().isEqualTo("{\"uri\":\"/v1/f?a=1\",\"name\":\"x\"}");
    }
    assertThatThrownBy(() -> answer(fits.withHeader("X-Must", "other")))
        .isInstanceOf(OutgoingHttpException.class);
    assertThatThrownBy(
            () -> answer(fits.withBody(HttpBody.of("application/json", "{\"name\":\"x\"}"))))
        .isInstanceOf(OutgoingHttpException.class);
  }

  @Test
  void answersHaveNoHeadersButTheRecordedOnes() throws Exception {
    server.play(List.of(mock("GET", "/a", true, Undefined.UNDEFINED, 1)));
    try (HttpReply reply = http.send(call("GET", "/v1/a"))) {
      assertThat(reply.headers())
          .singleElement()
          .satisfies(header -> assertThat(header.value()).isEqualTo("application/json"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HttpRequest/encodingQuoted__encodingQuoted.test",
        "HttpRequest/node__workflow.delete",
        "HttpRequest/node__workflow.pagination",
        "HttpRequest/node__workflow.patch",
        "HttpRequest/node__workflow.post",
        "HttpRequest/node__workflow.use_error_output",
        "GraphQL/workflow",
        "GraphQL/workflow.error_invalid_expression",
        "GraphQL/workflow.refresh_token"
      })
  void nodesOfRecordedWorkflowsAnswerAsPinned(String name) throws Exception {
    Path file =
        Path.of(System.getProperty("millrace.shared", ""), "n8n/conformance/n8n", name + ".json");
    assumeTrue(Files.exists(file), "skipped: the behaviour data is not at " + file);
    RecordedExchanges recorded = RecordedExchanges.of(file);
    server.play(recorded.mocks());
    WorkflowDocument workflow = WorkflowDocument.parse(Files.readAllBytes(file));
    int checked = 0;
    try (ExpressionEngine engine = new JsExpressionEngine()) {
      NodeServices services =
          new NodeServices(
              engine,
              (node, type) -> Optional.ofNullable(recorded.credentials().get(type)),
              http,
              BinaryStore.none(),
              LocalFiles.none());
      Map<String, EffectNode> types = new LinkedHashMap<>();
      types.put("n8n-nodes-base.httpRequest", new HttpRequest(services));
      types.put("n8n-nodes-base.graphql", new GraphQl(services));
      for (Map.Entry<String, List<Item>> pinned : workflow.pinData().entrySet()) {
        WorkflowNode node = workflow.node(pinned.getKey()).orElseThrow();
        // What stands behind a failing node holds its error.
        WorkflowNode asked =
            types.containsKey(node.type())
                ? node
                : workflow.connections().stream()
                    .filter(connection -> connection.to().equals(node.name()))
                    .map(connection -> workflow.node(connection.from()).orElseThrow())
                    .findFirst()
                    .orElseThrow();
        List<Item> items =
            OneRun.of(
                workflow, asked, java.util.Objects.requireNonNull(types.get(asked.type())), engine);
        List<Object> actual = new ArrayList<>();
        for (Item item : items) {
          actual.add(
              node.name().equals("Edit Fields")
                  ? Map.of(
                      "Error",
                      java.util.Objects.requireNonNull(
                          Recorded.object(item.json().get("error")).get("name")))
                  : item.json());
        }
        assertThat(
                JsonDifference.first(
                    node.name(), pinned.getValue().stream().map(Item::json).toList(), actual))
            .isEmpty();
        checked++;
      }
    }
    assertThat(checked).isPositive();
    assertThat(server.unmatched()).isEmpty();
  }

  @Test
  void allRecordedExchangesCanBeRead() throws Exception {
    Path folder = Path.of(System.getProperty("millrace.shared", ""), "n8n/conformance/n8n");
    assumeTrue(Files.exists(folder), "skipped: the behaviour data is not at " + folder);
    Map<String, @Nullable Object> tests =
        Recorded.object(Recorded.read(folder.resolve("HARNESS.json")).get("tests"));
    int mocks = 0;
    for (String name : tests.keySet()) {
      mocks += RecordedExchanges.of(folder.resolveSibling(name)).mocks().size();
    }
    assertThat(mocks).isEqualTo(594 + 59);
  }
}
