package dev.millrace.control.datatables;

import dev.millrace.control.http.Call;
import dev.millrace.control.http.Schema;
import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which rows are meant.
 *
 * @param any whether one condition is enough
 */
record RowFilter(boolean any, List<Condition> conditions) {
  /** Of all rows. */
  static final RowFilter ALL = new RowFilter(false, List.of());

  private static final int MOST_CONDITIONS = 100;

  static final Schema SCHEMA =
      Schema.object()
          .may("type", Schema.oneOf("and", "or"))
          .must(
              "filters",
              Schema.listOf(
                  Schema.object()
                      .must("columnName", Schema.text(63))
                      .must("condition", Schema.oneOf(Operator.texts()))
                      .must(
                          "value",
                          Schema.either(Schema.text(), Schema.number(), Schema.flag()).orNull()),
                  MOST_CONDITIONS))
          .named("DataTableFilter");

  /** How a cell and a value are compared. */
  enum Operator {
    EQ,
    NEQ,
    GT,
    GTE,
    LT,
    LTE,
    LIKE,
    ILIKE;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    static List<String> texts() {
      return Arrays.stream(values()).map(Operator::text).toList();
    }

    private String sql() {
      return switch (this) {
        case EQ -> " = ";
        case NEQ -> " is distinct from ";
        case GT -> " > ";
        case GTE -> " >= ";
        case LT -> " < ";
        case LTE -> " <= ";
        case LIKE -> " like ";
        case ILIKE -> " ilike ";
      };
    }
  }

  /**
   * What one field of a row has to be.
   *
   * @param value as a cell of the field's type keeps it; null stands for no value
   */
  record Condition(Field field, Operator operator, @Nullable Object value) {}

  RowFilter {
    conditions = List.copyOf(conditions);
  }

  /**
   * A filter of a request.
   *
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT}
   */
  static RowFilter of(DataTable table, @Nullable Object json) {
    SCHEMA
        .refusal(json, "filter")
        .ifPresent(why -> {
          throw Call.invalid(why);
        });
    List<Condition> conditions = new ArrayList<>();
    if (!(json instanceof Map<?, ?> filter) || !(filter.get("filters") instanceof List<?> all)) {
      throw Call.invalid("filter must have filters");
    }
    for (Object each : all) {
      if (each instanceof Map<?, ?> condition) {
        conditions.add(condition(table, condition));
      }
    }
    return new RowFilter("or".equals(filter.get("type")), conditions);
  }

  /**
   * The same of a text of a query.
   *
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT} or {@code INVALID_JSON}
   */
  static RowFilter parse(DataTable table, String json) {
    return of(table, Json.parse(json));
  }

  /**
   * The same, which must have a condition: who wants to change all rows is to say so.
   *
   * @throws dev.millrace.error.MillraceException {@code INVALID_INPUT}
   */
  RowFilter required() {
    if (conditions.isEmpty()) {
      throw Call.invalid("filter must have a condition");
    }
    return this;
  }

  private static Condition condition(DataTable table, Map<?, ?> json) {
    Field field = table.field(String.valueOf(json.get("columnName")));
    Operator operator =
        Operator.valueOf(String.valueOf(json.get("condition")).toUpperCase(Locale.ROOT));
    Object given = json.get("value");
    boolean equality = operator == Operator.EQ || operator == Operator.NEQ;
    boolean pattern = operator == Operator.LIKE || operator == Operator.ILIKE;
    if (given == null) {
      if (!equality) {
        throw Call.invalid(operator.text() + " needs a value");
      }
      return new Condition(field, operator, null);
    }
    if ((pattern && field.type() != ColumnType.STRING)
        || (field.type() == ColumnType.BOOLEAN && !equality)) {
      throw Call.invalid(
          field.name() + " is a " + field.type().text() + ", which has no " + operator.text());
    }
    Optional<Object> value = field.type().cell(given);
    return new Condition(
        field,
        operator,
        value.orElseThrow(
            () -> Call.invalid(field.name() + " is compared with a " + field.type().text())));
  }

  /** SQL that is true of the rows that are meant. */
  String sql(SqlValues values) {
    if (conditions.isEmpty()) {
      return "true";
    }
    return "("
        + String.join(
            any ? " or " : " and ",
            conditions.stream().map(condition -> sql(condition, values)).toList())
        + ")";
  }

  private static String sql(Condition condition, SqlValues values) {
    Field field = condition.field();
    Object value = condition.value();
    if (value == null) {
      return field.sql() + (condition.operator() == Operator.EQ ? " is null" : " is not null");
    }
    return switch (condition.operator()) {
      case EQ ->
          field
              .columnId()
              // The index serves this, and nothing else.
              .map(id -> "cells @> cast(" + values.add(Json.text(Map.of(id, value))) + " as jsonb)")
              .orElseGet(() -> field.sql() + " = " + values.add(field.bound(value)));
      case LIKE, ILIKE ->
          "("
              + field.textSql()
              + ")"
              + condition.operator().sql()
              + values.add(pattern(String.valueOf(value)))
              + " escape '!'";
      case NEQ, GT, GTE, LT, LTE ->
          field.sql() + condition.operator().sql() + values.add(field.bound(value));
    };
  }

  /** A percent sign stands for anything; where there is none, the text may be anywhere. */
  private static String pattern(String text) {
    String literal = literal(text);
    return literal.contains("%") ? literal : "%" + literal + "%";
  }

  /** A text as a pattern of which only percent signs stand for something else. */
  static String literal(String text) {
    return text.replace("!", "!!").replace("_", "!_");
  }
}
