package dev.millrace.standalone.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.binary.FileBinaryStore;
import dev.millrace.binary.FileTypes;
import dev.millrace.binary.StoreLimits;
import dev.millrace.conformance.Case;
import dev.millrace.conformance.CaseResult;
import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeRun;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import dev.millrace.standalone.execution.ExecutionRequest;
import dev.millrace.standalone.execution.FinishedExecution;
import dev.millrace.value.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the readers ask of the engine, and what they say of its answer. */
class RecordedCasesTest {
  private static final String TWO_NODES =
      """
      "nodes": [
        {"name": "Start", "type": "t.trigger", "typeVersion": 1, "position": [0, 0]},
        {"name": "Work", "type": "t.work", "typeVersion": 1, "position": [200, 0]}],
      "connections": {"Start": {"main": [[{"node": "Work", "type": "main", "index": 0}]]}}
      """;

  @TempDir private Path folder;
  private final List<ExecutionRequest> asked = new ArrayList<>();
  private final List<RecordedFiles> opened = new ArrayList<>();

  @Test
  void aPinnedNodeMustHaveRunOnceWithThoseItems() throws IOException {
    Path file =
        file("a.json", "{%s, \"pinData\": {\"Work\": [{\"json\": {\"a\": 1}}]}}", TWO_NODES);
    FinishedExecution once = success(run("Start", 0, "{}"), run("Work", 1, "{\"a\": 1}"));
    FinishedExecution twice =
        success(run("Start", 0, "{}"), run("Work", 1, "{\"a\": 1}"), run("Work", 2, "{\"a\": 1}"));
    FinishedExecution other = success(run("Start", 0, "{}"), run("Work", 1, "{\"a\": 2}"));

    assertThat(workflowTest(file, once)).isEqualTo(passed("a.json"));
    assertThat(workflowTest(file, twice).detail()).isEqualTo("Work.length: expected 1, got 2");
    assertThat(workflowTest(file, other).detail())
        .isEqualTo("Work[0][0].json.a: expected 1, got 2");
    assertThat(asked.get(0).workflow().pinData()).isEmpty();
    assertThat(asked.get(0).workflow().settings()).containsEntry("timezone", "America/New_York");
    assertThat(asked.get(0).items()).containsExactly(Item.empty());
  }

  @Test
  void aFailedExecutionFailsTheTestWithItsMessage() throws IOException {
    Path file = file("a.json", "{%s, \"pinData\": {\"Work\": [{\"a\": 1}]}}", TWO_NODES);
    FinishedExecution failed =
        new FinishedExecution(
            "e", "error", Map.of("message", "boom"), "Work", List.of(), true, false);

    assertThat(workflowTest(file, failed).detail()).isEqualTo("ended with error: boom");
  }

  @Test
  void aMissingNodeTypeSkipsAndNamesIt() throws IOException {
    Path file =
        file(
            "a.json",
            "{\"nodes\": [{\"name\": \"X\", \"type\": \"t.x\"}], \"connections\": {}, %s}",
            "\"pinData\": {\"X\": [{\"a\": 1}]}");

    CaseResult result = workflowTest(file, success());

    assertThat(result.verdict()).isEqualTo(Verdict.SKIPPED);
    assertThat(result.detail()).isEqualTo("node type not built yet: t.x");
  }

  @Test
  void aWorkflowThatNeedsTheOutsideIsSkippedWithItsClass() throws IOException {
    Path file = file("a.json", "{%s, \"pinData\": {\"Work\": [{\"a\": 1}]}}", TWO_NODES);
    Files.writeString(folder.resolve("INDEX.tsv"), "path\tclass\na.json\tnetwork/other\n");

    CaseResult result = workflowTest(file, success());

    assertThat(result)
        .isEqualTo(new CaseResult("a.json", Verdict.SKIPPED, "not self-contained: network/other"));
  }

  @Test
  void pathsOfTheRecordingMachineLeadToFixturesAndToAFolderOfTheRun() throws IOException {
    Path fixture = folder.resolve("fixtures/Reader/test/a.txt");
    Files.createDirectories(java.util.Objects.requireNonNull(fixture.getParent()));
    Files.writeString(fixture, "a");
    Files.createDirectories(folder.resolve("n8n/Reader"));
    Path recording =
        file(
            "n8n/Reader/a.json",
            "{\"a\": \"C:\\\\Test\\\\a.txt\", \"b\": \"=/tmp/{{ 1 }}\", \"c\": %s}",
            "\"${N8N_NODES_DIR}/Reader\"");
    try (RecordedFiles files = RecordedFiles.of(List.of(folder.resolve("n8n")))) {
      Path scratch = files.folders().getLast();
      assertThat(files.read(recording))
          .containsEntry("a", fixture.toString())
          .containsEntry("b", "=" + scratch + "/{{ 1 }}")
          .containsEntry("c", folder.resolve("fixtures") + "/Reader");
      assertThat(files.missing(recording)).isEmpty();
      Files.writeString(scratch.resolve("left"), "behind");
    }
    assertThat(fixture).exists();
  }

  @ParameterizedTest
  @CsvSource({"C:\\\\Test\\\\b.txt, b.txt", "/tmp/c.pdf, c.pdf"})
  void aWorkflowWhoseFileIsNotThereIsSkippedWithItsName(String path, String name)
      throws IOException {
    Path file =
        file(
            "a.json",
            "{\"nodes\": [{\"name\": \"X\", \"type\": \"t.work\", \"parameters\":"
                + " {\"filePath\": \"%s\"}}], \"connections\": {}, \"pinData\": {\"X\": []}}",
            path);

    assertThat(workflowTest(file, success()))
        .isEqualTo(
            new CaseResult(
                "a.json", Verdict.SKIPPED, "it reads the file " + name + ", which is not there"));
  }

  @Test
  void filesAreComparedByTheirContentWhereverTheyLie() throws IOException {
    BinaryStore kept =
        new FileBinaryStore(folder, new StoreLimits(1 << 20, 0, 0), FileTypes.load());
    RecordedContent content = new RecordedContent(kept);
    BinaryData file =
        kept.write("e", new java.io.ByteArrayInputStream(new byte[] {1, 2, 3}), null, "x/a.bin");
    assertThat(file.id()).isNotNull();
    Map<String, @Nullable Object> inline = new java.util.LinkedHashMap<>(file.toJson());
    inline.put("data", "AQID");
    inline.remove("id");
    inline.remove("directory");
    assertThat(content.comparable(Map.of("data", file.toJson()), Map.of()))
        .isEqualTo(content.comparable(Map.of("data", inline), Map.of()));
    inline.put("data", "AQIE");
    assertThat(content.comparable(Map.of("data", file.toJson()), Map.of()))
        .isNotEqualTo(content.comparable(Map.of("data", inline), Map.of()));
  }

  @Test
  void ofACalendarOnlyWhatTheRecordingReplacedIsTakenFromThere() {
    RecordedContent content = new RecordedContent(BinaryStore.none());
    Map<String, @Nullable Object> forced = Map.of("uid", "u", "timestamp", "t");
    Object recorded = content.comparable(calendar("PRODID:a", "UID:u", "DTSTAMP:t", "X:1"), forced);
    assertThat(content.comparable(calendar("PRODID:b", "UID:7", "DTSTAMP:8", "X:1"), forced))
        .isEqualTo(recorded);
    assertThat(content.comparable(calendar("PRODID:b", "UID:7", "DTSTAMP:8", "X:2"), forced))
        .isNotEqualTo(recorded);
    assertThat(content.comparable(calendar("PRODID:b", "UID:7", "DTSTAMP:8", "X:1"), Map.of()))
        .isNotEqualTo(recorded);
    assertThat(content.comparable(calendar("PRODID:b", "X:1"), forced)).isNotEqualTo(recorded);
  }

  private static Map<String, @Nullable Object> calendar(String... lines) {
    String data =
        java.util.Base64.getEncoder()
            .encodeToString(
                String.join("\r\n", lines).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return Map.of(
        "data", Map.of("data", data, "mimeType", "text/calendar", "fileExtension", "ics"));
  }

  @Test
  void aReplacementOfTheCalendarLibraryTellsWhatItSets() {
    try (MockFunctions functions = new MockFunctions()) {
      assertThat(
              functions.forcedByCalendar(
                  "() => { const ics = jest.requireActual('ics'); return { ...ics,"
                      + " createEvent(a, cb) { a.uid = 'u'; return ics.createEvent(a, cb); } }; }"))
          .isEqualTo(Map.of("uid", "u"));
      assertThat(functions.forcedByCalendar("() => nothing")).isEmpty();
    }
  }

  @Test
  void anInlineExpectationMayBeAnError() throws IOException {
    Path file =
        file(
            "a.json",
            "{\"workflowData\": {%s}, \"expected\": {\"nodeData\": {}, \"error\": \"bad user\"}}",
            TWO_NODES);
    FinishedExecution failed =
        new FinishedExecution(
            "e", "error", Map.of("message", "a bad user came"), "Work", List.of(), true, false);

    assertThat(workflowTest(file, failed)).isEqualTo(passed("a.json"));
    assertThat(workflowTest(file, success()).verdict()).isEqualTo(Verdict.FAILED);
  }

  @Test
  void anEngineCaseComparesOrderThenData() throws IOException {
    Path file =
        file(
            "e.json",
            """
            {"description": "two nodes", "workflow": {%s}, "expected": {
              "nodeExecutionOrder": ["Start", "Work"], "finished": true, "stackEmpty": true,
              "nodeDataShape": "nodeData[name][run][item] = json of output 0",
              "nodeData": {"Work": [[{"a": 1}]]}}}
            """,
            TWO_NODES);

    assertThat(engineCase(file, success(run("Start", 0, "{}"), run("Work", 1, "{\"a\": 1}"))))
        .isEqualTo(passed("two nodes"));
    assertThat(engineCase(file, success(run("Work", 0, "{\"a\": 1}"))).detail())
        .isEqualTo("order[0]: expected \"Start\", got \"Work\"");
    assertThat(
            engineCase(file, success(run("Start", 0, "{}"), run("Work", 1, "{\"a\": 9}"))).detail())
        .isEqualTo("Work[0][0].a: expected 1, got 9");
  }

  @Test
  void aGraphIsRunInBothOrdersAndComparedRunByRun() throws IOException {
    Path file =
        file(
            "order.json",
            """
            {"nodeKinds": {}, "scenarios": [{"name": "pair", "start": "T", "nodes": [
              ["T", "trigger", 0, 0, {"items": [1]}],
              ["A", "pass", 200, 0, {}, {"executeOnce": true}]],
              "edges": [["T", 0, "A", 0]], "v1": %1$s, "v0": %1$s}]}
            """,
            """
            {"status": "success", "lastNodeExecuted": "A", "order": ["T", "A"], "runs": [
              {"idx": 0, "node": "T", "run": 0, "status": "success", "out": [[{"v": 1}]],
               "pairs": [[{"item": 0}]], "source": []},
              {"idx": 1, "node": "A", "run": 0, "status": "success", "out": [[{"v": 1}]],
               "pairs": [[{"item": 0}]], "source": ["T:0:0"]}]}
            """);
    NodeRun trigger = run("T", 0, List.of(), "{\"v\": 1}");
    NodeRun pass = run("A", 1, List.of(new Source("T", 0, 0)), "{\"v\": 1}");
    NodeRun elsewhere = run("A", 1, List.of(new Source("T", 1, 0)), "{\"v\": 1}");

    assertThat(graph(file, success(trigger, pass))).isEqualTo(passed("pair"));
    assertThat(graph(file, success(trigger, elsewhere)).detail())
        .isEqualTo("v1: runs[1].source[0]: expected \"T:0:0\", got \"T:1:0\"");
    assertThat(asked.get(0).workflow().settings()).containsEntry("executionOrder", "v1");
    assertThat(asked.get(1).workflow().settings()).isEmpty();
    assertThat(asked.get(0).workflow().node("A").orElseThrow().executeOnce()).isTrue();
    assertThat(asked.get(0).workflow().connections()).hasSize(1);
  }

  @Test
  void aSnapshotIsComparedRunByRun() throws IOException {
    Path file = file("6.json", "{%s}", TWO_NODES);
    file(
        "6.snapshot.json",
        "{\"data\": {\"resultData\": {\"runData\": %s}}}",
        "{\"Work\": [{\"data\": {\"main\": [[{\"json\": {\"a\": 1}}]]}}]}");
    CliWorkflowSuite suite =
        new CliWorkflowSuite(
            request -> success(run("Work", 0, "{\"a\": 2}")), nodes(), index(), files());

    assertThat(only(suite.read(file)).detail()).isEqualTo("Work[0][0][0].a: expected 1, got 2");
  }

  @Test
  void aCliWorkflowThatFailsForItsMakersTooIsSkipped() throws IOException {
    Path file = file("6.json", "{%s}", TWO_NODES);
    Files.writeString(
        folder.resolve("INDEX.tsv"),
        """
        path\tclass\tnotes
        6.json\tself-contained\tskipped in n8n CI; Function nodes throw on mismatch
        """);
    CliWorkflowSuite suite = new CliWorkflowSuite(answering(success()), nodes(), index(), files());

    assertThat(only(suite.read(file)))
        .isEqualTo(
            new CaseResult(
                "6.json", Verdict.SKIPPED, "its makers skip it, since it fails there too"));
  }

  private CaseResult workflowTest(Path file, FinishedExecution answer) {
    return only(
        new WorkflowTestSuite(
                answering(answer), nodes(), index(), workflow -> {}, files(), BinaryStore.none())
            .read(file));
  }

  private CaseResult engineCase(Path file, FinishedExecution answer) {
    return only(new EngineCaseSuite(answering(answer), nodes()).read(file));
  }

  private CaseResult graph(Path file, FinishedExecution answer) {
    return only(new OrderVectorSuite(answering(answer)).read(file));
  }

  private dev.millrace.standalone.execution.WorkflowRunner answering(FinishedExecution answer) {
    return request -> {
      asked.add(request);
      return answer;
    };
  }

  private static CaseResult only(List<Case> cases) {
    assertThat(cases).hasSize(1);
    return cases.get(0).run();
  }

  private static CaseResult passed(String name) {
    return new CaseResult(name, Verdict.PASSED, "");
  }

  private RecordedFiles files() {
    RecordedFiles files = RecordedFiles.of(List.of(folder));
    opened.add(files);
    return files;
  }

  @AfterEach
  void removeFolders() {
    opened.forEach(RecordedFiles::close);
  }

  private static CaseIndex index() {
    return new CaseIndex();
  }

  private static NodeSupport nodes() {
    TriggerNode trigger = () -> NodeSpec.type("t.trigger").build();
    NodeProcessor work =
        new TransformNode() {
          @Override
          public NodeSpec spec() {
            return NodeSpec.type("t.work").build();
          }

          @Override
          public dev.millrace.node.NodeOutput run(dev.millrace.node.NodeCall call) {
            throw new IllegalStateException("the engine is played by the test");
          }
        };
    return new NodeSupport(NodeCatalogue.of(List.of(trigger, work)));
  }

  private static FinishedExecution success(NodeRun... runs) {
    String last = runs.length == 0 ? null : runs[runs.length - 1].node();
    return new FinishedExecution("e", "success", null, last, List.of(runs), true, true);
  }

  private static NodeRun run(String node, int index, String... items) {
    return run(node, index, Arrays.asList((Source) null), items);
  }

  private static NodeRun run(
      String node, int index, List<@Nullable Source> sources, String... items) {
    List<Item> output =
        Arrays.stream(items)
            .map(json ->
                Item.of(Json.parseObject(json.getBytes(java.nio.charset.StandardCharsets.UTF_8))))
            .map(item -> item.withPairing(dev.millrace.item.Pairing.to(0)))
            .toList();
    return new NodeRun(node, 0, index, Instant.EPOCH, 0, sources, List.of(output), null);
  }

  private Path file(String name, String template, String part) throws IOException {
    return Files.writeString(folder.resolve(name), template.formatted(part));
  }
}
