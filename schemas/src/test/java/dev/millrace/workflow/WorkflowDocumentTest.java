package dev.millrace.workflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WorkflowDocumentTest {
  /** Every file of the shared test data that is one workflow. */
  @Test
  void everySharedWorkflowComesBackWithoutLoss() throws IOException {
    Path shared = Path.of(System.getProperty("millrace.shared", ""));
    Assumptions.assumeTrue(
        Files.isDirectory(shared.resolve("n8n/conformance")),
        "SKIPPED: the shared workflows are not here (system property millrace.shared)");
    int workflows = 0;
    List<String> lost = new ArrayList<>();
    for (Path file : jsonFiles(shared.resolve("n8n/conformance"), shared.resolve("bench"))) {
      Object json = Json.parse(Files.readAllBytes(file));
      if (json instanceof Map<?, ?> object && object.get("nodes") instanceof List<?> nodes) {
        WorkflowDocument document = WorkflowDocument.parse(Files.readAllBytes(file));
        WorkflowDocument again = WorkflowDocument.parse(document.toBytes());
        if (!again.raw().equals(json) || !sameOrder(again.raw(), json)) {
          lost.add(file.toString());
        }
        assertThat(again.nodes()).as("%s", file).hasSameSizeAs(nodes).isEqualTo(document.nodes());
        assertThat(again.connections()).isEqualTo(document.connections());
        assertThat(again.pinData()).isEqualTo(document.pinData());
        workflows++;
      }
    }
    assertThat(lost).isEmpty();
    assertThat(workflows).as("workflows found below %s", shared).isGreaterThan(100);
  }

  @Test
  void whatIsUnknownIsKeptAtItsPlace() {
    String text =
        """
        {"zeta":[1,{"b":null,"a":1e+21}],"nodes":[{"later":{"x":true},"name":"A","type":"t",\
        "parameters":{"v":"={{ $json }}"},"position":[0,-20.5]}],"connections":{"A":{"ai_tool":\
        [[{"node":"B","type":"ai_tool","index":0}]]}},"meta":{"instanceId":"i"},"nothing":null}\
        """;

    assertThat(new String(parse(text).toBytes(), StandardCharsets.UTF_8)).isEqualTo(text);
  }

  @Test
  void theTypedViewHasTheDefaultsOfTheFormat() {
    WorkflowNode node = parse(workflow("{\"name\":\"A\",\"type\":\"t\"}")).nodes().getFirst();

    assertThat(node.id()).isEqualTo("A");
    assertThat(node.typeVersion()).isEqualTo(1);
    assertThat(node.parameters()).isEmpty();
    assertThat(node.disabled()).isFalse();
    assertThat(node.maxTries()).isEqualTo(3);
    assertThat(node.waitBetweenTries()).isEqualTo(1000);
    assertThat(node.onError()).isEqualTo(WorkflowNode.OnError.STOP_WORKFLOW);
    assertThat(node.webhookId()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"0,3", "1,2", "2,2", "4,4", "9,5", "-3,2"})
  void triesStayWithinTheirLimits(int given, int used) {
    assertThat(
            parse(workflow("{\"name\":\"A\",\"type\":\"t\",\"maxTries\":" + given + "}"))
                .nodes()
                .getFirst()
                .maxTries())
        .isEqualTo(used);
  }

  @Test
  void theOldFlagAndTheNewSettingForErrorsAreRead() {
    assertThat(onError("\"continueOnFail\":true"))
        .isEqualTo(WorkflowNode.OnError.CONTINUE_REGULAR_OUTPUT);
    assertThat(onError("\"onError\":\"continueErrorOutput\",\"continueOnFail\":true"))
        .isEqualTo(WorkflowNode.OnError.CONTINUE_ERROR_OUTPUT);
    assertThat(onError("\"onError\":\"stopWorkflow\",\"continueOnFail\":true"))
        .isEqualTo(WorkflowNode.OnError.STOP_WORKFLOW);
  }

  @Test
  void edgesAreReadInOrderAndThoseToNowhereAreKeptButNotUsed() {
    WorkflowDocument document =
        parse(
            """
            {"nodes":[{"name":"A","type":"t"},{"name":"B","type":"t"}],"connections":{
              "A":{"main":[null,[{"node":"B","type":"main","index":1},
                                 {"node":"Gone","type":"main","index":0},
                                 {"node":"A","type":"main"}]]},
              "Gone":{"main":[[{"node":"A","type":"main","index":0}]]}}}\
            """);

    assertThat(document.connections())
        .containsExactly(new Connection("A", 1, "B", 1, 0), new Connection("A", 1, "A", 0, 2));
    assertThat(Json.text(document.raw())).contains("Gone");
  }

  @Test
  void pinnedItemsAreReadInBothForms() {
    WorkflowDocument document =
        parse(
            """
            {"nodes":[],"pinData":{"A":[{"json":{"a":1},"pairedItem":2},{"b":2}]}}\
            """);

    assertThat(document.pinData().get("A"))
        .containsExactly(
            Item.of(Map.of("a", 1.0)).withPairing(dev.millrace.item.Pairing.to(2)),
            Item.of(Map.of("b", 2.0)));
  }

  @Test
  void anArrayAroundOneWorkflowIsTakenOff() {
    assertThat(parse("[{\"id\":7,\"name\":\"n\",\"nodes\":[]}]").id()).isEqualTo(Optional.of("7"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nodes: []",
        "{\"nodes\":[}",
        "{\"nodes\":[]",
        "{\"nodes\":[]} {}",
        "{\"nodes\":[],\"a\":NaN}",
        "\uFEFF",
        "{\"a\":\"\u0001\"}"
      })
  void whatIsNoJsonSaysWhere(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_JSON));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | no JSON object",
        "[1,2] | no JSON object",
        "\"text\" | no JSON object",
        "null | no JSON object",
        "{} | \"nodes\" is missing",
        "{\"openapi\":\"3.1.0\",\"paths\":{}} | \"nodes\" is missing",
        "{\"nodes\":{}} | \"nodes\" is missing or is not an array",
        "{\"nodes\":[3]} | nodes[0] is not an object",
        "{\"nodes\":[{\"type\":\"t\"}]} | nodes[0] has no name",
        "{\"nodes\":[{\"name\":\"A\"}]} | node \"A\" has no type"
      })
  void whatIsNoWorkflowSaysWhatIsMissing(String text, String reason) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_WORKFLOW))
        .hasMessageContaining(reason);
  }

  @Test
  void deepNestingIsALimitAndNoStackOverflow() {
    String deep = "{\"nodes\":[],\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";

    assertThatThrownBy(() -> parse(deep))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.JSON_LIMIT));
  }

  private static WorkflowNode.OnError onError(String setting) {
    return parse(workflow("{\"name\":\"A\",\"type\":\"t\"," + setting + "}"))
        .nodes()
        .getFirst()
        .onError();
  }

  private static String workflow(String node) {
    return "{\"nodes\":[" + node + "]}";
  }

  private static WorkflowDocument parse(String text) {
    return WorkflowDocument.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean sameOrder(Object one, Object other) {
    return Json.text(one).equals(Json.text(other));
  }

  private static List<Path> jsonFiles(Path... roots) throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path root : roots) {
      try (Stream<Path> below = Files.walk(root)) {
        below.filter(file -> file.toString().endsWith(".json")).forEach(files::add);
      }
    }
    return files;
  }
}
