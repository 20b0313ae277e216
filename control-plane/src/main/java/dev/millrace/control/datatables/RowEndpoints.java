package dev.millrace.control.datatables;

import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.value.Coercion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** The rows of data tables: lists, and changes of one or many by filter. */
final class RowEndpoints {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;
  private static final int MOST_INSERTED = 10_000;

  /** As large as a body that is sent here; it is held several times over. */
  private static final long MOST_EXPORTED = 16L << 20;

  /** It is part of a URL. */
  private static final int LONGEST_FILTER = 4096;

  /** Values by the names of columns. */
  private static final Schema CELLS =
      Schema.mapOf(Schema.either(Schema.text(), Schema.number(), Schema.flag()).orNull());

  private static final Parameter FILTER =
      new Parameter(
          "filter",
          Schema.text(LONGEST_FILTER),
          "Which rows, as JSON: {\"type\":\"and\",\"filters\":[{\"columnName\":\"a\","
              + "\"condition\":\"eq\",\"value\":1}]}");
  private static final Parameter RETURN_DATA =
      Parameter.flag("returnData", "Whether the rows are answered too");
  private static final Parameter DRY_RUN =
      Parameter.flag("dryRun", "Whether nothing is changed, and what would be is answered");

  private static final Schema CHANGED =
      Schema.object()
          .must("count", Schema.count())
          .may("data", Schema.listOf(Row.SCHEMA))
          .may("ids", Schema.listOf(Schema.count()))
          .may("inserted", Schema.flag())
          .named("DataTableChange");

  private static final Schema.Fields CHANGE =
      Schema.object()
          .must("filter", RowFilter.SCHEMA)
          .must("data", CELLS)
          .may("returnData", Schema.flag())
          .may("dryRun", Schema.flag());

  private final Database database;
  private final DataTables tables;
  private final Rows rows;

  RowEndpoints(Database database, DataTables tables, Rows rows) {
    this.database = database;
    this.tables = tables;
    this.rows = rows;
  }

  List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/data-tables/{id}/rows",
                "dataTables.rows",
                "Rows of a data table, in the order in which they were added or another",
                new Access.Project(Scope.DATA_TABLE_READ),
                this::list)
            .query(
                Parameter.limit(LARGEST_PAGE),
                Parameter.cursor(),
                FILTER,
                Parameter.text("sortBy", "A column and a direction, such as name:desc"),
                Parameter.text("search", "What a column with texts has in it, in any case"))
            .gives(Schema.page(Row.SCHEMA))
            .fails(ErrorCode.INVALID_JSON),
        new Endpoint(
                "POST",
                "/api/data-tables/{id}/rows",
                "dataTables.insertRows",
                "Adds rows",
                new Access.Project(Scope.DATA_TABLE_UPDATE),
                this::insert)
            .takes(
                Schema.object()
                    .must("data", Schema.listOf(CELLS, MOST_INSERTED))
                    .may("returnType", Schema.oneOf("count", "id", "all")))
            .creates(CHANGED)
            .fails(ErrorCode.DATA_TABLES_FULL),
        new Endpoint(
                "PATCH",
                "/api/data-tables/{id}/rows/update",
                "dataTables.updateRows",
                "Changes the rows that a filter means",
                new Access.Project(Scope.DATA_TABLE_UPDATE),
                call -> change(call, false))
            .takes(CHANGE)
            .gives(CHANGED)
            .fails(ErrorCode.DATA_TABLES_FULL),
        new Endpoint(
                "POST",
                "/api/data-tables/{id}/rows/upsert",
                "dataTables.upsertRows",
                "Changes the rows that a filter means, or adds one when it means none",
                new Access.Project(Scope.DATA_TABLE_UPDATE),
                call -> change(call, true))
            .takes(CHANGE)
            .gives(CHANGED)
            .fails(ErrorCode.DATA_TABLES_FULL),
        new Endpoint(
                "DELETE",
                "/api/data-tables/{id}/rows/delete",
                "dataTables.deleteRows",
                "Removes the rows that a filter means",
                new Access.Project(Scope.DATA_TABLE_UPDATE),
                this::delete)
            .query(FILTER, RETURN_DATA, DRY_RUN)
            .gives(CHANGED)
            .fails(ErrorCode.INVALID_JSON),
        new Endpoint(
                "DELETE",
                "/api/data-tables/{id}/rows/clear",
                "dataTables.clearRows",
                "Removes all rows",
                new Access.Project(Scope.DATA_TABLE_UPDATE),
                this::clear)
            .gives(CHANGED),
        new Endpoint(
                "GET",
                "/api/data-tables/{id}/csv",
                "dataTables.exportCsv",
                "A data table as CSV, with the names of the columns first",
                new Access.Project(Scope.DATA_TABLE_READ),
                this::export)
            .givesText("text/csv"),
        new Endpoint(
                "POST",
                "/api/data-tables/{id}/csv",
                "dataTables.importCsv",
                "Adds the rows of a CSV whose first line names columns; an empty field is nothing",
                new Access.Project(Scope.DATA_TABLE_UPDATE),
                this::importCsv)
            .takes(Schema.object().must("csv", Schema.text()))
            .creates(CHANGED)
            .fails(ErrorCode.DATA_TABLES_FULL));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    return database
        .reads()
        .withHandle(handle -> {
          DataTable table = tables.find(handle, call.grant(), call.path("id"));
          RowFilter filter =
              call.query("filter").map(json -> RowFilter.parse(table, json)).orElse(RowFilter.ALL);
          RowOrder order =
              call.query("sortBy").map(by -> RowOrder.of(table, by)).orElse(RowOrder.ADDED);
          List<Row> page =
              rows.list(
                  handle,
                  table,
                  filter,
                  call.query("search").orElse(""),
                  order,
                  call.query("cursor")
                      .map(text -> order.after(text, id -> rows.find(handle, table, id))),
                  limit);
          return Answer.page(
              json(table, page), page.size() < limit ? null : order.cursor(page.getLast()));
        });
  }

  private Answer insert(Call call) {
    String returned = call.optionalText("returnType").orElse("count");
    return Answer.created(
        changed(
            call,
            "dataTable.insertRows",
            false,
            (handle, table) -> {
              List<DataTable.Cells> cells = new ArrayList<>();
              if (call.body().get("data") instanceof List<?> data) {
                data.forEach(row -> cells.add(table.cells((Map<?, ?>) row)));
              }
              List<Row> added = rows.insert(handle, table, cells);
              Map<String, @Nullable Object> json = counted(added.size());
              switch (returned) {
                case "id" -> json.put("ids", added.stream().map(row -> (double) row.id()).toList());
                case "all" -> json.put("data", json(table, added));
                default -> {}
              }
              return json;
            }));
  }

  private Answer change(Call call, boolean upsert) {
    boolean returned = Boolean.TRUE.equals(call.body().get("returnData"));
    boolean dry = Boolean.TRUE.equals(call.body().get("dryRun"));
    return Answer.ok(
        changed(
            call,
            upsert ? "dataTable.upsertRows" : "dataTable.updateRows",
            dry,
            (handle, table) -> {
              RowFilter filter = RowFilter.of(table, call.body().get("filter")).required();
              if (!(call.body().get("data") instanceof Map<?, ?> data)) {
                throw Call.invalid("data must be an object");
              }
              DataTable.Cells cells = table.cells(data);
              return tried(
                  handle,
                  table,
                  dry,
                  dry ? rows.meant(handle, table, filter) : List.of(),
                  () -> updated(handle, table, filter, cells, upsert, returned || dry));
            }));
  }

  /** What a change did. */
  private record Outcome(Rows.Changed changed, Optional<Boolean> inserted, boolean returned) {}

  private Outcome updated(
      Handle handle,
      DataTable table,
      RowFilter filter,
      DataTable.Cells cells,
      boolean upsert,
      boolean returned) {
    Rows.Changed changed = rows.update(handle, table, filter, cells, returned);
    if (!upsert) {
      return new Outcome(changed, Optional.empty(), returned);
    }
    if (changed.count() > 0) {
      return new Outcome(changed, Optional.of(false), returned);
    }
    List<Row> added = rows.insert(handle, table, List.of(cells));
    return new Outcome(
        new Rows.Changed(added.size(), returned ? added : List.of()), Optional.of(true), returned);
  }

  private Answer delete(Call call) {
    boolean dry = call.flag("dryRun");
    boolean returned = call.flag("returnData") && !dry;
    return Answer.ok(
        changed(
            call,
            "dataTable.deleteRows",
            dry,
            (handle, table) -> {
              RowFilter filter =
                  call.query("filter")
                      .map(json -> RowFilter.parse(table, json))
                      .orElse(RowFilter.ALL)
                      .required();
              return tried(
                  handle,
                  table,
                  dry,
                  dry ? rows.meant(handle, table, filter) : List.of(),
                  () ->
                      new Outcome(
                          rows.delete(handle, table, filter, returned),
                          Optional.empty(),
                          returned));
            }));
  }

  private Answer clear(Call call) {
    return Answer.ok(
        changed(
            call,
            "dataTable.clearRows",
            false,
            (handle, table) -> counted(rows.delete(handle, table, RowFilter.ALL, false).count())));
  }

  private Answer export(Call call) {
    String csv =
        database
            .reads()
            .withHandle(handle -> {
              DataTable table = tables.find(handle, call.grant(), call.path("id"));
              if (table.bytes() > MOST_EXPORTED) {
                throw Call.invalid("The table is too large for one file; read its rows by pages");
              }
              List<List<String>> lines = new ArrayList<>();
              lines.add(
                  Stream.concat(
                          Field.OF_ROWS.stream().map(Field::name),
                          table.columns().stream().map(Column::name))
                      .toList());
              rows.list(
                      handle,
                      table,
                      RowFilter.ALL,
                      "",
                      RowOrder.ADDED,
                      Optional.empty(),
                      Integer.MAX_VALUE)
                  .forEach(row ->
                      lines.add(
                          row.json(table).values().stream().map(RowEndpoints::text).toList()));
              return Csv.write(lines);
            });
    return new Answer(
        200,
        Map.of("content-type", "text/csv; charset=utf-8"),
        csv.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : Coercion.toText(value);
  }

  private Answer importCsv(Call call) {
    List<List<String>> lines = Csv.read(call.optionalText("csv").orElse(""));
    return Answer.created(
        changed(
            call,
            "dataTable.importCsv",
            false,
            (handle, table) -> {
              List<DataTable.Cells> cells = new ArrayList<>();
              for (int i = 1; i < lines.size(); i++) {
                cells.add(table.cells(row(table, lines.getFirst(), lines.get(i), i + 1)));
              }
              return counted(rows.insert(handle, table, cells).size());
            }));
  }

  /** A line by the names in the first one; what every row has is given anew. */
  private static Map<String, @Nullable Object> row(
      DataTable table, List<String> names, List<String> line, int number) {
    if (line.size() != names.size()) {
      throw Call.invalid(
          "csv has " + line.size() + " fields in line " + number + ", not " + names.size());
    }
    Map<String, @Nullable Object> row = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i).strip();
      if (Field.OF_ROWS.stream().noneMatch(field -> field.name().equals(name))) {
        row.put(table.field(name).name(), line.get(i).isEmpty() ? null : line.get(i));
      }
    }
    return row;
  }

  /** Makes a change, or makes it and takes it back. */
  @FunctionalInterface
  private interface Attempt {
    Outcome make();
  }

  /**
   * @param before the rows that a change that is taken back would change
   */
  private static Map<String, @Nullable Object> tried(
      Handle handle, DataTable table, boolean dry, List<Row> before, Attempt attempt) {
    if (before.size() > Rows.MOST_RETURNED) {
      throw Call.invalid(
          "filter means more than "
              + Rows.MOST_RETURNED
              + " rows, which are too many to be returned");
    }
    if (!dry) {
      return json(table, attempt.make());
    }
    handle.savepoint("dry");
    Outcome outcome = attempt.make();
    handle.rollbackToSavepoint("dry");
    Map<String, @Nullable Object> json = counted(outcome.changed().count());
    outcome.inserted().ifPresent(inserted -> json.put("inserted", inserted));
    json.put(
        "data",
        Stream.concat(
                before.stream().map(row -> state(row.json(table), "before")),
                outcome.changed().rows().stream().map(row -> state(row.json(table), "after")))
            .toList());
    return json;
  }

  private static Map<String, @Nullable Object> state(
      Map<String, @Nullable Object> row, String when) {
    row.put("dryRunState", when);
    return row;
  }

  private static Map<String, @Nullable Object> json(DataTable table, Outcome outcome) {
    Map<String, @Nullable Object> json = counted(outcome.changed().count());
    outcome.inserted().ifPresent(inserted -> json.put("inserted", inserted));
    if (outcome.returned()) {
      json.put("data", json(table, outcome.changed().rows()));
    }
    return json;
  }

  private static List<Map<String, @Nullable Object>> json(DataTable table, List<Row> rows) {
    return rows.stream().map(row -> row.json(table)).toList();
  }

  private static Map<String, @Nullable Object> counted(long count) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("count", (double) count);
    return json;
  }

  /** What is done to the rows of a table that is locked. */
  @FunctionalInterface
  private interface Change {
    Map<String, @Nullable Object> make(Handle handle, DataTable table);
  }

  private Map<String, @Nullable Object> changed(
      Call call, String action, boolean dry, Change change) {
    return database
        .jdbi()
        .inTransaction(handle -> {
          DataTable table = tables.lock(handle, call.grant(), call.path("id"));
          Map<String, @Nullable Object> result = change.make(handle, table);
          if (!dry) {
            Audit.note(
                handle,
                call,
                action,
                table.id(),
                table.projectId(),
                Collections.singletonMap("count", result.get("count")));
          }
          return result;
        });
  }
}
