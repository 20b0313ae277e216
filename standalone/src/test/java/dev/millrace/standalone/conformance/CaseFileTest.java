package dev.millrace.standalone.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseFileTest {
  private static final Path RECORDED =
      Path.of(System.getProperty("millrace.shared", "../shared"), "n8n");

  @TempDir private Path folder;

  @Test
  void theContentTellsTheKind() throws IOException {
    file("order.json", "{\"nodeKinds\": {}, \"scenarios\": []}");
    file("a/filters.json", "{\"vectors\": []}");
    file("a/expressions.json", "{\"fixture\": {}, \"vectors\": []}");
    file("b/cases.json", "{\"cases\": [{\"function\": \"f\"}]}");
    file("b/expressions.json", "{\"cases\": [{\"expression\": \"={{ 1 }}\"}]}");
    file("c/engine.json", "{\"workflow\": {}, \"expected\": {}}");
    file("c/test.json", "{\"nodes\": [], \"connections\": {}, \"pinData\": {}}");
    file("d/6.json", "{\"nodes\": [], \"connections\": {}}");
    file("d/6.snapshot.json", "{\"data\": {}}");
    file("d/other.json", "[1]");
    file("d/broken.json", "{");

    assertThat(CaseFile.find(List.of(folder), new CaseIndex()))
        .extracting(CaseFile::shown, CaseFile::kind)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a/expressions.json", CaseKind.EXPRESSION_VECTORS),
            org.assertj.core.groups.Tuple.tuple("a/filters.json", CaseKind.FILTER_VECTORS),
            org.assertj.core.groups.Tuple.tuple("b/cases.json", CaseKind.FUNCTION_CASES),
            org.assertj.core.groups.Tuple.tuple("b/expressions.json", CaseKind.EXPRESSION_CASES),
            org.assertj.core.groups.Tuple.tuple("c/engine.json", CaseKind.ENGINE_CASE),
            org.assertj.core.groups.Tuple.tuple("c/test.json", CaseKind.WORKFLOW_TEST),
            org.assertj.core.groups.Tuple.tuple("d/6.json", CaseKind.CLI_WORKFLOW),
            org.assertj.core.groups.Tuple.tuple("order.json", CaseKind.ORDER_VECTORS));
  }

  @Test
  void aTableThatListsAFoldersFilesLeavesTheOthersOut() throws IOException {
    file("engine/listed.json", "{\"workflow\": {}, \"expected\": {}}");
    file("engine/raw.json", "{\"nodes\": [], \"connections\": {}}");
    file("elsewhere/unlisted.json", "{\"workflow\": {}, \"expected\": {}}");
    file("INDEX.tsv", "path\tclass\nengine/listed.json\tself-contained\n");

    assertThat(CaseFile.find(List.of(folder), new CaseIndex()))
        .extracting(CaseFile::shown)
        .containsExactly("elsewhere/unlisted.json", "engine/listed.json");
    // Who names a file means it.
    assertThat(CaseFile.find(List.of(folder.resolve("engine/raw.json")), new CaseIndex()))
        .hasSize(1);
  }

  @Test
  void aWorkflowThatCallsByHttpAloneNeedsNoServiceWhereItsMakersRunIt() throws IOException {
    file(
        "INDEX.tsv",
        """
        path	format	node_types	harness_test_file	class
        refuses.json	pinData	graphql@1	GraphQL.test.ts	network/other
        manual.json	pinData	manualTrigger@1;httpRequest@4.2	Http.test.ts	network/other
        database.json	pinData	manualTrigger@1;mongoDb@1	Mongo.test.ts	network/other
        really-calls.json	cli-workflow	httpRequest@4.2	cli.spec.ts	network/other
        never-run.json	pinData	graphql@1		network/other
        """);
    CaseIndex index = new CaseIndex();
    assertThat(index.needsOutside(folder.resolve("refuses.json"))).isEmpty();
    assertThat(index.needsOutside(folder.resolve("manual.json"))).isEmpty();
    assertThat(index.needsOutside(folder.resolve("database.json")))
        .hasValue("not self-contained: network/other");
    assertThat(index.needsOutside(folder.resolve("really-calls.json")))
        .hasValue("not self-contained: network/other");
    assertThat(index.needsOutside(folder.resolve("never-run.json")))
        .hasValue("not self-contained: network/other");
  }

  @Test
  void aFileOfAnotherKindAndAMissingOneAreErrors() throws IOException {
    Path other = file("other.json", "{\"a\": 1}");

    assertThatThrownBy(() -> CaseFile.find(List.of(other), new CaseIndex()))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("no recorded behaviour");
    assertThatThrownBy(
            () -> CaseFile.find(List.of(folder.resolve("missing.json")), new CaseIndex()))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("does not exist");
  }

  @Test
  void everyRecordedFileHasItsKind() {
    assumeTrue(Files.isDirectory(RECORDED), "skipped: no recorded behaviour at " + RECORDED);

    Map<CaseKind, Integer> counts = new EnumMap<>(CaseKind.class);
    CaseFile.find(List.of(RECORDED), new CaseIndex())
        .forEach(file -> counts.merge(file.kind(), 1, Integer::sum));

    assertThat(counts)
        .containsEntry(CaseKind.ORDER_VECTORS, 1)
        .containsEntry(CaseKind.FILTER_VECTORS, 1)
        .containsEntry(CaseKind.EXPRESSION_VECTORS, 1)
        .containsEntry(CaseKind.ENGINE_CASE, 21)
        .containsEntry(CaseKind.CLI_WORKFLOW, 15)
        .containsEntry(CaseKind.FUNCTION_CASES, 15)
        .containsEntry(CaseKind.EXPRESSION_CASES, 11)
        .containsEntry(CaseKind.WORKFLOW_TEST, 379);
  }

  private Path file(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }
}
