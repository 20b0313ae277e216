package dev.millrace.parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.node.NodeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JavaScriptRegexTest {
  @ParameterizedTest
  @CsvSource({
    "/^B/i, bb, true",
    "^B, bb, false",
    "a[[]b, a[b, true",
    "a[^]b, axb, true",
    "[], a, false",
    "\\d{2}$, x12, true",
    "/a.c/s, 'a\nc', true",
    "a.c, 'a\nc', false",
    "/^b$/m, 'a\nb\nc', true",
    "a$, 'a\n', false",
    "\\u0041, A, true",
    "/\\u{41}/u, A, true",
    "(?<year>\\d{4}), in 2026, true",
    "[&&a], &, true"
  })
  void meansWhatItMeansInJavaScript(String pattern, String text, boolean found) {
    assertThat(JavaScriptRegex.of(pattern).find(text)).isEqualTo(found);
  }

  @Test
  void givesUpWhereItBacktracksWithoutEnd() {
    JavaScriptRegex regex = JavaScriptRegex.of("(x+x+)+\\1y");
    assertThatThrownBy(() -> regex.find("x".repeat(80)))
        .isInstanceOf(NodeException.class)
        .hasMessageContaining("takes too long");
  }

  @Test
  void brokenPatternsAreTheUsersError() {
    assertThatThrownBy(() -> JavaScriptRegex.of("(")).isInstanceOf(NodeException.class);
  }
}
