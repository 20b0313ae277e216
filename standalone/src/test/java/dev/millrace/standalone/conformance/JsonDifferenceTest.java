package dev.millrace.standalone.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JsonDifferenceTest {
  @Test
  void equalValuesDoNotDifferWhateverTheirKeyOrder() {
    assertThat(difference("{\"a\": 1, \"b\": [true, null]}", "{\"b\": [true, null], \"a\": 1}"))
        .isEmpty();
  }

  @Test
  void namesTheFirstPlaceWithBothValues() {
    assertThat(difference("{\"a\": [1, {\"b c\": \"x\"}]}", "{\"a\": [1, {\"b c\": \"y\"}]}"))
        .contains("Node.a[1][\"b c\"]: expected \"x\", got \"y\"");
  }

  @Test
  void aMissingElementIsADifferentLength() {
    assertThat(difference("[1, 2]", "[1]")).contains("Node.length: expected 2, got 1");
  }

  @Test
  void anUndefinedKeyEqualsAMissingOneButNullDoesNot() {
    assertThat(JsonDifference.first("", Map.of("a", Undefined.UNDEFINED), Map.of())).isEmpty();
    assertThat(difference("{\"a\": null}", "{}")).contains("Node.a: expected null, got nothing");
  }

  @Test
  void zeroHasNoSignAndItemOrderMatters() {
    assertThat(difference("-0", "0")).isEmpty();
    assertThat(difference("[1, 2]", "[2, 1]")).contains("Node[0]: expected 1, got 2");
  }

  private static Optional<String> difference(String expected, String actual) {
    return JsonDifference.first("Node", Json.parse(expected), Json.parse(actual))
        .map(JsonDifference::toString);
  }
}
