package dev.millrace.cli;

import dev.millrace.cli.api.JsonObject;
import dev.millrace.value.Json;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** A column of a list. */
record Column(String head, Function<JsonObject, String> cell) {
  /** A member as it is. */
  static Column of(String head, String member) {
    return new Column(head, row -> row.text(member));
  }

  /** A member that is a time. */
  static Column time(String head, String member) {
    return new Column(head, row -> row.time(member));
  }

  /** Yes or nothing. */
  static Column flag(String head, String member) {
    return new Column(head, row -> row.flag(member) ? "yes" : "");
  }

  /** Several texts. */
  static Column texts(String head, String member) {
    return new Column(head, row -> String.join(", ", row.texts(member)));
  }

  /** Prints rows as a table, or as JSON with all that the server said of them. */
  static void print(PrintWriter out, boolean json, List<JsonObject> rows, Column... columns) {
    if (json) {
      out.println(Json.pretty(rows.stream().map(JsonObject::raw).toList(), 2));
    } else {
      Table table = new Table(Arrays.stream(columns).map(Column::head).toList());
      rows.forEach(row ->
          table.row(Arrays.stream(columns).map(column -> column.cell().apply(row)).toList()));
      out.print(table.text());
    }
    out.flush();
  }

  /** Prints one object, a line for each column that it has something in, or as JSON. */
  static void print(PrintWriter out, boolean json, JsonObject object, Column... columns) {
    if (json) {
      out.println(Json.pretty(object.raw(), 2));
    } else {
      Table table = new Table(List.of("", ""));
      for (Column column : columns) {
        String cell = column.cell().apply(object);
        if (!cell.isEmpty()) {
          table.row(List.of(column.head(), cell));
        }
      }
      out.print(table.text().stripLeading());
    }
    out.flush();
  }
}
