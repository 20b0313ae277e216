package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.workflow.WorkflowDocument;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VariableUseTest {
  private static final Map<String, String> ALL = Map.of("a", "1", "b", "2", "c9", "3");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "={{ $vars.a }}|a",
        "={{ $vars.a + $vars . b }}|a,b",
        "={{ $vars?.a ?? $vars?.['b'] }}|a,b",
        "={{ $vars['c9'] }}|c9",
        "={{ $vars[ \"b\" ].length }}|b",
        "={{ $vars.none }}|",
        "={{ $varsity.a }}|",
        "vars.a|",
        "={{ $json.a }}|",
      })
  void whatIsNamedIsTakenAlong(String text, String names) {
    assertThat(use(text).among(ALL).keySet())
        .isEqualTo(names == null ? Set.of() : Set.of(names.split(",")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "={{ $vars[$json.name] }}",
        "={{ Object.keys($vars) }}",
        "={{ $vars['a' + $json.b] }}",
        "const {a} = $vars; return [{json: {a}}];",
        "={{ $vars.a$b }}",
        "={{ $evaluateExpression($json.text) }}",
      })
  void whereNamesAreNotKnownAllAre(String text) {
    assertThat(use(text).among(ALL)).isEqualTo(ALL);
    assertThat(use(text).none()).isFalse();
  }

  private static VariableUse use(String text) {
    return VariableUse.of(
        WorkflowDocument.of(
            Map.of(
                "nodes",
                List.of(
                    Map.of(
                        "name",
                        "N",
                        "type",
                        "test.pass",
                        "typeVersion",
                        1.0,
                        "parameters",
                        Map.of("deep", List.of(Map.of("er", text))))))));
  }
}
