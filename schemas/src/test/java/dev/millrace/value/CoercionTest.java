package dev.millrace.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CoercionTest {
  /** ECMA-262 6.1.6.1.20: it reads back, no shorter one does, and of the shortest it is nearest. */
  @Property(tries = 20_000)
  void aNumberIsTheShortestTextThatReadsBack(@ForAll long bits) {
    double value = Double.longBitsToDouble(bits);
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return;
    }
    assertShortest(value);
  }

  @Test
  void theSmallestNumbersAreTheShortestToo() {
    for (long bits = 1; bits < 2_000; bits++) {
      assertShortest(Double.longBitsToDouble(bits));
    }
    for (int exponent = -323; exponent <= 308; exponent++) {
      assertShortest(Double.parseDouble("1e" + exponent));
      assertShortest(Math.nextUp(Double.parseDouble("1e" + exponent)));
      assertShortest(Math.nextDown(Double.parseDouble("1e" + exponent)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, 0",
    "1, 1",
    "-1.5, -1.5",
    "1e20, 100000000000000000000",
    "123456789012345680000, 123456789012345680000",
    "1e21, 1e+21",
    "1.5e21, 1.5e+21",
    "1e-6, 0.000001",
    "1.25e-6, 0.00000125",
    "1e-7, 1e-7",
    "1.25e-7, 1.25e-7",
    "0.1, 0.1",
    "123.456, 123.456",
    "5e-324, 5e-324",
    "4.94e-323, 5e-323",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "2147483648, 2147483648",
    "-2147483649, -2147483649",
    "9007199254740993, 9007199254740992",
    "1e23, 1e+23",
    "NaN, NaN",
    "Infinity, Infinity",
    "-Infinity, -Infinity"
  })
  void numbersPrintAsInJavaScript(String number, String text) {
    assertThat(Coercion.numberText(Double.parseDouble(number))).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "'',0",
        "'  ',0",
        "' 12 ',12",
        "1.,1",
        ".5,0.5",
        "+.5,0.5",
        "-.5e1,-5",
        "1e3,1000",
        "0x1F,31",
        "0XfF,255",
        "0b101,5",
        "0O17,15",
        "010,10",
        "Infinity,Infinity",
        "+Infinity,Infinity",
        "-Infinity,-Infinity",
        "1e1000,Infinity",
        "-0,0"
      })
  void textBecomesANumber(String text, String number) {
    assertThat(Coercion.numberText(Coercion.toNumber(text))).isEqualTo(number);
  }

  @Test
  void allOfJavaScriptsWhiteSpaceIsTrimmedAndNothingElse() {
    String space = "\t\n\u000b\f\r \u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

    assertThat(Coercion.toNumber(space + "7" + space)).isEqualTo(7);
    assertThat(Coercion.toNumber(space)).isZero();
    assertThat(Coercion.trim(space + "a b" + space)).isEqualTo("a b");
    for (String other : List.of("\u0000", "\u001c", "\u001f", "\u200b", "\u0085", "\u180e")) {
      assertThat(Coercion.toNumber(other + "7")).isNaN();
      assertThat(Coercion.trim(other + "7")).isEqualTo(other + "7");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "1a",
        "1 2",
        "1d",
        "1f",
        "1e",
        "e5",
        ".",
        "+",
        "-",
        "--1",
        "0x",
        "0x-5",
        "0x+5",
        "0xg",
        "0b2",
        "0o8",
        "-0x10",
        "0x1p3",
        "NaN",
        "infinity",
        "Infinityx",
        "xInfinity",
        "1_000",
        "1,5",
        "٣",
        "0x٣",
        "0x1.8",
        "１"
      })
  void otherTextIsNotANumber(String text) {
    assertThat(Coercion.toNumber(text)).isNaN();
  }

  @Test
  void otherValuesBecomeNumbers() {
    assertThat(Coercion.toNumber(null)).isZero();
    assertThat(Coercion.toNumber(Undefined.UNDEFINED)).isNaN();
    assertThat(Coercion.toNumber(true)).isEqualTo(1);
    assertThat(Coercion.toNumber(List.of())).isZero();
    assertThat(Coercion.toNumber(List.of("5"))).isEqualTo(5);
    assertThat(Coercion.toNumber(List.of(1.0, 2.0))).isNaN();
    assertThat(Coercion.toNumber(Map.of())).isNaN();
    assertThat(Coercion.toNumber(Instant.ofEpochMilli(1234))).isEqualTo(1234);
  }

  @Test
  void valuesBecomeText() {
    assertThat(Coercion.toText(null)).isEqualTo("null");
    assertThat(Coercion.toText(Undefined.UNDEFINED)).isEqualTo("undefined");
    assertThat(Coercion.toText(Map.of("a", 1.0))).isEqualTo("[object Object]");
    assertThat(
            Coercion.toText(Arrays.asList(1.0, null, Undefined.UNDEFINED, List.of(2.0, "x"), true)))
        .isEqualTo("1,,,2,x,true");
  }

  @Test
  void valuesAreTrueOrFalse() {
    for (Object no : Arrays.asList(null, Undefined.UNDEFINED, false, 0.0, -0.0, Double.NaN, "")) {
      assertThat(Coercion.toBoolean(no)).as("%s", no).isFalse();
    }
    for (Object yes : List.of(true, 1.0, -1.0, "0", "false", List.of(), Map.of(), Instant.EPOCH)) {
      assertThat(Coercion.toBoolean(yes)).as("%s", yes).isTrue();
    }
  }

  @Test
  void datesPrintAsTheirLibrariesPrintThem() {
    Instant instant = Instant.parse("2026-01-02T03:04:05.678Z");

    assertThat(Coercion.isoText(instant)).isEqualTo("2026-01-02T03:04:05.678Z");
    assertThat(iso(instant, ZoneOffset.UTC)).isEqualTo("2026-01-02T03:04:05.678Z");
    assertThat(iso(instant, ZoneId.of("UTC"))).isEqualTo("2026-01-02T03:04:05.678Z");
    assertThat(iso(instant, ZoneId.of("Europe/London"))).isEqualTo("2026-01-02T03:04:05.678+00:00");
    assertThat(iso(instant, ZoneId.of("America/New_York")))
        .isEqualTo("2026-01-01T22:04:05.678-05:00");
    assertThat(Coercion.isoText(Instant.parse("0012-03-04T00:00:00Z")))
        .isEqualTo("0012-03-04T00:00:00.000Z");
    assertThat(Coercion.isoText(Instant.parse("-0001-03-04T00:00:00Z")))
        .isEqualTo("-000001-03-04T00:00:00.000Z");
    assertThat(Coercion.isoText(Instant.parse("+12026-03-04T00:00:00Z")))
        .isEqualTo("+012026-03-04T00:00:00.000Z");
  }

  private static String iso(Instant instant, ZoneId zone) {
    return Coercion.isoText(ZonedDateTime.ofInstant(instant, zone));
  }

  private static void assertShortest(double value) {
    String text = Coercion.numberText(value);
    assertThat(Double.parseDouble(text) == value).as("%s reads back", text).isTrue();
    BigDecimal digits = new BigDecimal(text).abs().stripTrailingZeros();
    BigDecimal exact = new BigDecimal(Math.abs(value));
    int precision = digits.precision();
    if (value != 0 && precision > 1) {
      for (RoundingMode mode : List.of(RoundingMode.DOWN, RoundingMode.UP)) {
        double shorter = exact.round(new MathContext(precision - 1, mode)).doubleValue();
        assertThat(shorter == Math.abs(value)).as("%s can be shorter", text).isFalse();
      }
    }
    if (value != 0) {
      BigDecimal nearest = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
      assertThat(digits.subtract(exact).abs())
          .as("%s is the nearest", text)
          .isLessThanOrEqualTo(nearest.subtract(exact).abs());
    }
  }
}
