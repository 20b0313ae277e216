package dev.millrace.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.conformance.CaseResult.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FunctionCasesTest {
  @Test
  void everyConditionVectorHolds() {
    List<CaseResult> results = run(new FilterCases(), "n8n/vectors/filters.json");
    assertThat(failures(results)).isEmpty();
    assertThat(results).hasSize(1012).allMatch(result -> result.verdict() == Verdict.PASSED);
  }

  @ParameterizedTest
  @CsvSource({
    "filter-parameter, 220, 0",
    "node-helpers, 262, 5",
    "node-helpers-conditions, 124, 0",
    "type-validation, 160, 2",
    "core-normalize-items, 13, 0",
    "engine-assign-paired-items, 5, 0",
    "engine-error-output-routing, 8, 0"
  })
  void everyFunctionCaseHolds(String file, int passed, int skipped) {
    List<CaseResult> results =
        run(new FunctionCases(), "n8n/conformance/functions/" + file + ".json");
    assertThat(failures(results)).isEmpty();
    assertThat(results).filteredOn(r -> r.verdict() == Verdict.PASSED).hasSize(passed);
    assertThat(results).filteredOn(r -> r.verdict() == Verdict.SKIPPED).hasSize(skipped);
  }

  @Test
  void aFunctionThatIsNotHereIsSkippedWithItsReason() {
    List<CaseResult> results = run(new FunctionCases(), "n8n/conformance/functions/cron.json");
    assertThat(results)
        .isNotEmpty()
        .allSatisfy(result -> {
          assertThat(result.verdict()).isEqualTo(Verdict.SKIPPED);
          assertThat(result.detail()).isNotBlank();
        });
  }

  private static List<CaseResult> run(CaseSuite suite, String file) {
    return suite.read(SharedData.path(file)).stream().map(Case::run).toList();
  }

  private static List<String> failures(List<CaseResult> results) {
    return results.stream()
        .filter(result -> result.verdict() == Verdict.FAILED)
        .map(result -> result.name() + ": " + result.detail())
        .toList();
  }
}
