package dev.millrace.parameter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LenientJsonTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{a: 'x', \"b\": [1, 2,],} | {\"a\":\"x\",\"b\":[1,2]}",
        "{a: .5, b: +.5, c: -0x10, d: 1e3} | {\"a\":0.5,\"b\":0.5,\"c\":-16,\"d\":1000}",
        "{a: true, /* no */ b: null} // end | {\"a\":true,\"b\":null}",
        "[] | []",
      })
  void bothDegreesReadALiteral(String text, String json) {
    assertThat(Json.text(LenientJson.literal(text))).isEqualTo(json);
    assertThat(Json.text(LenientJson.repaired(text))).isEqualTo(json);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '^',
      value = {
        "{a: some text} | {\"a\":\"some text\"}",
        "{a.b: 1, c-d: 2} | {\"a.b\":1,\"c-d\":2}",
        "{a: [1, {b: 2 | {\"a\":[1,{\"b\":2}]}",
        "{a: True, b: None} | {\"a\":true,\"b\":null}",
        "{a: 1}, | {\"a\":1}",
      })
  void onlyTheSecondMendsWhatIsWrong(String text, String json) {
    assertThat(Json.text(LenientJson.repaired(text))).isEqualTo(json);
    assertThatThrownBy(() -> LenientJson.literal(text))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_JSON));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{a 1}", "{a: 'x}", "{a: 1,, b: 2}", "[1 2]]"})
  void neitherReadsWhatIsNothing(String text) {
    assertThatThrownBy(() -> LenientJson.literal(text)).isInstanceOf(MillraceException.class);
    assertThatThrownBy(() -> LenientJson.repaired(text)).isInstanceOf(MillraceException.class);
  }
}
