package dev.millrace.control.datatables;

import dev.millrace.control.http.Schema;
import dev.millrace.value.Coercion;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the cells of a column are, how they are kept, and how they compare. */
enum ColumnType {
  STRING,
  NUMBER,
  BOOLEAN,
  DATE;

  private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999Z");

  /** As the API names it. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static List<String> texts() {
    return Arrays.stream(values()).map(ColumnType::text).toList();
  }

  static Optional<ColumnType> of(String text) {
    return Arrays.stream(values()).filter(type -> type.text().equals(text)).findFirst();
  }

  /**
   * A value as a cell keeps it: a text, a double, a Boolean, or a moment as {@code
   * 2026-01-31T12:00:00.000Z}. What plainly stands for one of the type is taken for it, such as
   * {@code "12"} for a number.
   *
   * @return empty when it is no value of the type
   */
  Optional<Object> cell(Object value) {
    return switch (this) {
      case STRING ->
          switch (value) {
            case String text when !Schema.unstorable(text) -> Optional.of(text);
            case Double number -> Optional.of(Coercion.numberText(number));
            case Boolean flag -> Optional.of(flag.toString());
            default -> Optional.empty();
          };
      case NUMBER ->
          switch (value) {
            case Double number when Double.isFinite(number) -> Optional.of(number);
            case String text -> number(text).map(number -> number);
            default -> Optional.empty();
          };
      case BOOLEAN ->
          switch (value) {
            case Boolean flag -> Optional.of(flag);
            case String text when text.equalsIgnoreCase("true") -> Optional.of(true);
            case String text when text.equalsIgnoreCase("false") -> Optional.of(false);
            default -> Optional.empty();
          };
      case DATE -> value instanceof String text ? date(text).map(date -> date) : Optional.empty();
    };
  }

  private static Optional<Double> number(String text) {
    // Java reads more than that as a number, such as 1d and 0x1p3.
    if (text.matches("\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*")
        && text.length() <= 400) {
      double number = Double.parseDouble(text.strip());
      return Double.isFinite(number) ? Optional.of(number) : Optional.empty();
    }
    return Optional.empty();
  }

  /** Of a moment, or of the day or time of day in UTC that a text names. */
  private static Optional<String> date(String text) {
    return instant(text.strip())
        .filter(moment -> !moment.isBefore(FIRST) && !moment.isAfter(LAST))
        .map(Coercion::isoText);
  }

  private static Optional<Instant> instant(String text) {
    for (Reading reading : READINGS) {
      try {
        return Optional.of(reading.read(text));
      } catch (DateTimeException other) {
        // The next one may know it.
      }
    }
    return Optional.empty();
  }

  /** One way to write a moment. */
  @FunctionalInterface
  private interface Reading {
    Instant read(String text);
  }

  private static final List<Reading> READINGS =
      List.of(
          text -> OffsetDateTime.parse(text).toInstant(),
          text -> LocalDateTime.parse(text).toInstant(ZoneOffset.UTC),
          text -> LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC));

  /**
   * SQL of a cell as what compares in the order of the type.
   *
   * @param cell SQL of its text, or of null
   */
  String sql(String cell) {
    return switch (this) {
      // By code points, whatever the language of the database is.
      case STRING, DATE -> "(" + cell + ") collate \"C\"";
      case NUMBER -> "cast(" + cell + " as double precision)";
      case BOOLEAN -> "cast(" + cell + " as boolean)";
    };
  }
}
