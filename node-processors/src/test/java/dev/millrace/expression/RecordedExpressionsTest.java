package dev.millrace.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.conformance.Case;
import dev.millrace.conformance.CaseResult;
import dev.millrace.conformance.CaseResult.Verdict;
import dev.millrace.conformance.ExpressionCases;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recorded behaviour, evaluated on both paths. */
class RecordedExpressionsTest {
  @ParameterizedTest(name = "fast path {0}")
  @ValueSource(booleans = {true, false})
  void agreesWithTheVectors(boolean fastPath) {
    Path file = shared().resolve("n8n/vectors/expressions.json");
    List<CaseResult> results = new ArrayList<>();
    try (JsExpressionEngine engine = engine(fastPath)) {
      new ExpressionCases(engine).read(file).stream().map(Case::run).forEach(results::add);
    }
    assertThat(results).hasSizeGreaterThanOrEqualTo(340);
    assertThat(failures(results)).isEmpty();
  }

  @ParameterizedTest(name = "fast path {0}")
  @ValueSource(booleans = {true, false})
  void agreesWithWhatWasConfirmed(boolean fastPath) throws IOException {
    Path folder = shared().resolve("n8n/conformance/expressions");
    List<CaseResult> results = new ArrayList<>();
    try (JsExpressionEngine engine = engine(fastPath);
        Stream<Path> files = Files.list(folder)) {
      files
          .filter(file -> file.toString().endsWith(".json"))
          .forEach(file ->
              new ExpressionCases(engine, true)
                  .read(file).stream().map(Case::run).forEach(results::add));
    }
    assertThat(results).hasSizeGreaterThan(580);
    assertThat(failures(results)).isEmpty();
  }

  private static List<CaseResult> failures(List<CaseResult> results) {
    return results.stream().filter(result -> result.verdict() == Verdict.FAILED).toList();
  }

  private static JsExpressionEngine engine(boolean fastPath) {
    return new JsExpressionEngine(ExpressionSettings.DEFAULT.withFastPath(fastPath));
  }

  private static Path shared() {
    Path shared = Path.of(System.getProperty("millrace.shared", "missing"));
    assumeTrue(Files.isDirectory(shared), "skipped: " + shared + " is absent");
    return shared;
  }
}
