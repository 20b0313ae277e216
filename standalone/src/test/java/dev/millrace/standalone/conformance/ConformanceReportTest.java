package dev.millrace.standalone.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.conformance.CaseResult;
import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConformanceReportTest {
  private final ConformanceReport report = new ConformanceReport();

  @BeforeEach
  void results() {
    CaseFile vectors = new CaseFile(Path.of("/r/v.json"), "v.json", CaseKind.FILTER_VECTORS);
    CaseFile test = new CaseFile(Path.of("/r/t.json"), "t.json", CaseKind.WORKFLOW_TEST);
    report.add(vectors, new CaseResult("one", Verdict.PASSED, ""));
    report.add(vectors, new CaseResult("two", Verdict.FAILED, "a: expected 1,\n got 2"));
    report.add(test, new CaseResult("t.json", Verdict.SKIPPED, "node type not built yet: x"));
  }

  @Test
  void theLastLineHasTheTotalsAndTheReasonsStandAbove() {
    StringWriter printed = new StringWriter();

    report.print(new PrintWriter(printed));

    assertThat(printed.toString().lines())
        .containsExactly(
            "FAILED v.json: two: a: expected 1, got 2",
            "skipped 1: node type not built yet: x",
            "v.json: 1 passed, 1 failed, 0 skipped",
            "conformance: 1 passed, 1 failed, 1 skipped");
  }

  @Test
  void theFileHasEveryResult(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("report.json");

    report.write(file);

    Map<String, ?> written = Json.parseObject(Files.readAllBytes(file));
    assertThat(written.get("passed")).isEqualTo(1.0);
    assertThat(written.get("failed")).isEqualTo(1.0);
    assertThat(written.get("skipped")).isEqualTo(1.0);
    assertThat((List<?>) written.get("cases")).hasSize(3);
    assertThat(Json.text(written))
        .contains("\"verdict\":\"skipped\"", "\"kind\":\"workflow_test\"");
  }
}
