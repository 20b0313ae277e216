package dev.millrace.control.datatables;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ColumnTypeTest {
  @ParameterizedTest
  @CsvSource({
    "NUMBER, 12, 12.0",
    "NUMBER, ' -1.5e3 ', -1500.0",
    "NUMBER, .5, 0.5",
    "NUMBER, 1d, ",
    "NUMBER, 0x10, ",
    "NUMBER, NaN, ",
    "NUMBER, 1e999, ",
    "NUMBER, '', ",
    "BOOLEAN, TRUE, true",
    "BOOLEAN, false, false",
    "BOOLEAN, yes, ",
    "DATE, 2026-01-31T12:00:00Z, 2026-01-31T12:00:00.000Z",
    "DATE, 2026-01-31T12:00:00.1234+02:00, 2026-01-31T10:00:00.123Z",
    "DATE, 2026-01-31T12:00, 2026-01-31T12:00:00.000Z",
    "DATE, 2026-01-31, 2026-01-31T00:00:00.000Z",
    "DATE, 2026-02-30, ",
    "DATE, +12026-01-31T12:00:00Z, ",
    "DATE, yesterday, ",
    "STRING, '', ''",
    "STRING, ä€😀, ä€😀",
  })
  void textsStandForValues(ColumnType type, String text, String cell) {
    assertThat(type.cell(text).map(Object::toString).orElse(null)).isEqualTo(cell);
  }

  @Test
  void valuesOfOtherTypesAreTexts() {
    assertThat(ColumnType.STRING.cell(1.0)).contains("1");
    assertThat(ColumnType.STRING.cell(true)).contains("true");
    assertThat(ColumnType.STRING.cell("a\u0000")).isEmpty();
    assertThat(ColumnType.NUMBER.cell(true)).isEmpty();
    assertThat(ColumnType.BOOLEAN.cell(1.0)).isEmpty();
    assertThat(ColumnType.DATE.cell(1.0)).isEmpty();
    assertThat(ColumnType.NUMBER.cell(Double.NaN)).isEmpty();
  }
}
