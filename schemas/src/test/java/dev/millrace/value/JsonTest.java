package dev.millrace.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Property(tries = 1000)
  void writesWhatALibraryWrites(@ForAll("values") @Nullable Object value) throws IOException {
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    try (JsonGenerator generator =
        JsonFactory.builder()
            .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
            .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
            .build()
            .createGenerator(expected)) {
      generate(generator, value);
    }

    assertThat(Json.write(value)).isEqualTo(expected.toByteArray());
  }

  private static void generate(JsonGenerator out, @Nullable Object value) throws IOException {
    switch (value) {
      case Map<?, ?> object -> {
        out.writeStartObject();
        for (var entry : object.entrySet()) {
          out.writeFieldName(String.valueOf(entry.getKey()));
          generate(out, entry.getValue());
        }
        out.writeEndObject();
      }
      case List<?> array -> {
        out.writeStartArray();
        for (Object element : array) {
          generate(out, element);
        }
        out.writeEndArray();
      }
      case Double number when Double.isFinite(number) ->
          out.writeNumber(Coercion.numberText(number));
      case Double notFinite -> out.writeNull();
      case null -> out.writeNull();
      case Boolean b -> out.writeBoolean(b);
      default -> out.writeString(value.toString());
    }
  }

  @Test
  void writesTextThatIsLongerThanItsMemoryAndHasPairsAcrossItsChunks() {
    for (int before = 4090; before < 4100; before++) {
      String text = "x".repeat(before) + "😀\u0001é".repeat(3000);

      assertThat(Json.parse(Json.write(text))).isEqualTo(text);
    }
  }

  @Property(tries = 500)
  void whatIsWrittenIsReadBackEqual(@ForAll("values") @Nullable Object value) {
    assertThat(Json.parse(Json.write(value))).isEqualTo(value);
    assertThat(Json.parse(Json.text(value))).isEqualTo(value);
    assertThat(Json.parse(Json.pretty(value, 2))).isEqualTo(value);
  }

  /** Any sequence of UTF-16 units, lone surrogates and long texts among them. */
  @Property
  void everyTextSurvivesAsValueAndAsKey(@ForAll("anyText") String text) {
    assertThat(Json.parse(Json.write(text))).isEqualTo(text);
    assertThat(Json.parse(Json.write(Map.of(text, 1.0)))).isEqualTo(Map.of(text, 1.0));
  }

  @Test
  void textIsWrittenAsJavaScriptWritesIt() {
    assertThat(
            Json.text("\ud83d\ude00 \ud83d x \ude00 \u2028 \u007f é \u0001\b\t\n\f\r\u001f\"\\/"))
        .isEqualTo(
            "\"\ud83d\ude00 \\ud83d x \\ude00 \u2028 \u007f é \\u0001\\b\\t\\n\\f\\r\\u001f\\\"\\\\/\"");
  }

  @Test
  void onlyWhatJsonHasIsWritten() {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    object.put("left out", Undefined.UNDEFINED);
    object.put("nan", Double.NaN);
    object.put("inf", Double.NEGATIVE_INFINITY);
    object.put("zero", -0.0);
    object.put("list", Arrays.asList(Undefined.UNDEFINED, null, 1.5));
    object.put("date", Instant.ofEpochMilli(0));
    object.put(
        "luxon", ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 6_000_000, ZoneId.of("Europe/Berlin")));

    assertThat(Json.text(object))
        .isEqualTo(
            """
            {"nan":null,"inf":null,"zero":0,"list":[null,null,1.5],\
            "date":"1970-01-01T00:00:00.000Z","luxon":"2026-01-02T03:04:05.006+01:00"}\
            """);
  }

  @Test
  void prettyIsThatOfJavaScript() {
    Map<String, @Nullable Object> object = new LinkedHashMap<>();
    object.put("a", List.of(1.0, Map.of()));
    object.put("b", List.of());

    assertThat(Json.pretty(object, 2))
        .isEqualTo("{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
  }

  @ParameterizedTest
  @CsvSource({
    "1e400, Infinity",
    "-1e400, -Infinity",
    "1e-400, 0",
    "1e999999999, Infinity",
    "-0, 0",
    "-0.0, 0",
    "9007199254740993, 9007199254740992",
    "123456789012345678901234567890, 1.2345678901234568e+29",
    "0.1e1, 1"
  })
  void numbersAreDoubles(String text, String printed) {
    assertThat(Coercion.toText(Json.parse(text))).isEqualTo(printed);
    assertThat(Json.parse(text)).isInstanceOf(Double.class);
  }

  @Test
  void zeroIsZeroWhateverItsSign() {
    assertThat(Json.parse("[0,-0,0.0,-0e5]")).isEqualTo(List.of(0.0, 0.0, 0.0, 0.0));
  }

  @Test
  void theLastOfEqualKeysCountsAtThePlaceOfTheFirst() {
    assertThat(Json.text(Json.parse("{\"a\":1,\"b\":2,\"a\":3}"))).isEqualTo("{\"a\":3,\"b\":2}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "nul",
        "'a'",
        "{a:1}",
        "[1,]",
        "[1 2]",
        "01",
        "+1",
        ".5",
        "1.",
        "1e",
        "NaN",
        "Infinity",
        "// x\n1",
        "\"\\x\"",
        "\"\t\"",
        "[1]]",
        "\"a",
        "{\"a\"}",
        "--1",
        "0x1"
      })
  void whatIsNoJsonIsRefused(String text) {
    assertThatThrownBy(() -> Json.parse(text))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_JSON));
  }

  /** Nothing but the catalogue comes out, whatever goes in. */
  @Property(tries = 2000)
  void randomBytesAreReadOrRefused(@ForAll byte[] bytes) {
    try {
      Object value = Json.parse(bytes);
      assertThat(Json.parse(Json.write(value))).isEqualTo(value);
    } catch (MillraceException refused) {
      assertThat(refused.code()).isIn(ErrorCode.INVALID_JSON, ErrorCode.JSON_LIMIT);
    }
  }

  @Test
  void textInABrokenEncodingIsRefused() {
    for (byte[] bytes :
        List.of(
            new byte[] {'"', (byte) 0xc3, '"'},
            new byte[] {'"', (byte) 0xff, '"'},
            new byte[] {0, 0, 0, 1},
            new byte[] {0, 0, (byte) 0xfe, (byte) 0xff, 0x7f, 0x7f, 0x7f, 0x7f})) {
      assertThatThrownBy(() -> Json.parse(bytes))
          .isInstanceOfSatisfying(
              MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_JSON));
    }
  }

  @Test
  void nestingHasALimitInBothDirections() {
    assertThat(Json.write(Json.parse(nested(Json.MAX_DEPTH)))).hasSize(2 * Json.MAX_DEPTH);
    assertLimit(() -> Json.parse(nested(Json.MAX_DEPTH + 1)));
    assertLimit(() -> Json.parse(nested(1_000_000)));
    List<Object> cycle = new ArrayList<>();
    cycle.add(cycle);
    assertLimit(() -> Json.write(cycle));
    assertLimit(() -> Json.pretty(cycle, 2));
  }

  @Test
  void aNumberOfThousandsOfDigitsIsRefused() {
    assertLimit(() -> Json.parse("1".repeat(1001)));
    assertThat(Json.parse("1".repeat(300))).isEqualTo(Double.parseDouble("1".repeat(300)));
  }

  @Test
  void anErrorNamesItsPlace() {
    assertThatThrownBy(() -> Json.parse("{\n  \"a\": oops\n}"))
        .hasMessageContaining("line 2, column");
  }

  @Test
  void aPartOfAnArrayIsRead() {
    byte[] bytes = "xx[1]yy".getBytes(StandardCharsets.UTF_8);

    assertThat(Json.parse(bytes, 2, 3)).isEqualTo(List.of(1.0));
  }

  @Provide
  Arbitrary<@Nullable Object> values() {
    return JsonArbitraries.values();
  }

  @Provide
  Arbitrary<String> anyText() {
    Arbitrary<Character> units =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(3, Arbitraries.chars().range('\ud800', '\udfff')),
            net.jqwik.api.Tuple.of(2, Arbitraries.chars().range('\0', '\uffff')),
            net.jqwik.api.Tuple.of(2, Arbitraries.chars().range('\0', '\u00ff')));
    return Arbitraries.frequencyOf(
        net.jqwik.api.Tuple.of(20, text(units, 30)), net.jqwik.api.Tuple.of(1, text(units, 9000)));
  }

  private static Arbitrary<String> text(Arbitrary<Character> units, int most) {
    return units
        .array(Character[].class)
        .ofMaxSize(most)
        .map(chars -> {
          StringBuilder text = new StringBuilder(chars.length);
          for (Character c : chars) {
            text.append((char) c);
          }
          return text.toString();
        });
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }

  private static void assertLimit(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.JSON_LIMIT));
  }
}
