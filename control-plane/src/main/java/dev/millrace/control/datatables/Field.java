package dev.millrace.control.datatables;

import java.util.List;
import java.util.Optional;

/**
 * What rows are filtered and sorted by: a column, or what every row has.
 *
 * @param sql what compares in the order of the type
 * @param columnId empty for what every row has
 */
record Field(String name, ColumnType type, String sql, Optional<String> columnId) {
  static final Field ID = new Field("id", ColumnType.NUMBER, "id", Optional.empty());

  /** The times as rows show them, so that whoever filters by what he saw finds it. */
  private static final Field CREATED =
      new Field("createdAt", ColumnType.DATE, shown("created_at"), Optional.empty());

  private static final Field UPDATED =
      new Field("updatedAt", ColumnType.DATE, shown("updated_at"), Optional.empty());

  /** What every row has; no column has one of these names. */
  static final List<Field> OF_ROWS = List.of(ID, CREATED, UPDATED);

  private static String shown(String column) {
    return ColumnType.DATE.sql(
        "to_char(" + column + " at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')");
  }

  static Field of(Column column) {
    return new Field(
        column.name(),
        column.type(),
        column.type().sql(text(column.id())),
        Optional.of(column.id()));
  }

  /** SQL of the text of a cell, or of null. */
  static String text(String columnId) {
    // They are made here, of letters and digits; an id that is not is none of ours.
    if (!columnId.matches("[A-Za-z0-9]+")) {
      throw new IllegalArgumentException("no column has the id " + columnId);
    }
    return "cells ->> '" + columnId + "'";
  }

  /** SQL of the same as a text, for patterns. */
  String textSql() {
    return columnId.map(Field::text).orElse(sql);
  }

  /** A value of the type as a statement gets it. */
  Object bound(Object value) {
    // Compared as whole numbers, the key serves.
    return equals(ID) && value instanceof Double number && number == Math.rint(number)
        ? (Object) number.longValue()
        : value;
  }
}
