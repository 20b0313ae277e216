package dev.millrace.control.publicapi;

import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Handler;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Data tables, their columns and rows. */
final class PublicDataTables {
  private static final String ALL = "/data-tables";
  private static final String ONE = ALL + "/{dataTableId}";
  private static final UnaryOperator<Call> IN = FullApi.renamed("dataTableId", "id");
  private static final Schema COLUMN =
      Schema.object()
          .must("id", Schema.text())
          .must("name", Schema.text())
          .must("type", Schema.text())
          .must("index", Schema.count());

  /** The rows, or whether it was done. */
  private static final Schema ROWS_OR_DONE =
      Schema.either(Schema.flag(), Schema.listOf(Schema.free()));

  private final FullApi full;

  PublicDataTables(FullApi full) {
    this.full = full;
  }

  List<Endpoint> endpoints() {
    List<Endpoint> all = new ArrayList<>();
    all.add(same("GET", ALL, "list"));
    all.add(same("POST", ALL, "create"));
    all.add(same("GET", ONE, "get"));
    all.add(same("PATCH", ONE, "update"));
    all.add(same("DELETE", ONE, "delete"));
    all.addAll(rows());
    all.addAll(columns());
    return all;
  }

  private List<Endpoint> rows() {
    String rows = ONE + "/rows";
    return List.of(
        same("GET", rows, "rows"),
        shaped("POST", rows, "insertRows", this::insert)
            .gives(
                Schema.either(
                    Schema.object().must("count", Schema.count()),
                    Schema.listOf(Schema.either(Schema.count(), Schema.free())))),
        shaped("PATCH", rows + "/update", "updateRows", call -> rowsOrDone("updateRows", call))
            .gives(ROWS_OR_DONE),
        shaped("POST", rows + "/upsert", "upsertRows", call -> rowsOrDone("upsertRows", call))
            .gives(ROWS_OR_DONE),
        shaped("DELETE", rows + "/delete", "deleteRows", call -> rowsOrDone("deleteRows", call))
            .gives(ROWS_OR_DONE),
        shaped("DELETE", rows + "/clear", "clearRows", call -> rowsOrDone("clearRows", call))
            .gives(ROWS_OR_DONE));
  }

  private List<Endpoint> columns() {
    String columns = ONE + "/columns";
    String column = columns + "/{columnId}";
    return List.of(
        shaped("GET", columns, "columns", call -> Answer.ok(done("columns", call, "data")))
            .gives(Schema.listOf(COLUMN)),
        shaped(
                "POST",
                columns,
                "addColumn",
                call ->
                    Answer.created(
                        column(done("addColumn", call, "data"), "name", call.text("name"))))
            .creates(COLUMN),
        shaped(
                "PATCH",
                column,
                "updateColumn",
                call ->
                    Answer.ok(
                        column(done("updateColumn", call, "data"), "id", call.path("columnId"))))
            .gives(COLUMN),
        same("DELETE", column, "deleteColumn"));
  }

  private Endpoint same(String method, String path, String id) {
    return full.same(
        method,
        path,
        "dataTables." + id,
        "dataTables." + id,
        path.equals(ALL) ? UnaryOperator.identity() : IN);
  }

  /** One that takes what the full API's does, and answers in another shape. */
  private Endpoint shaped(String method, String path, String id, Handler handler) {
    Endpoint source = full.same(method, path, "dataTables." + id, "dataTables." + id, IN);
    Endpoint shaped =
        full.shaped(method, path, "dataTables." + id, "dataTables." + id, handler)
            .query(source.query().known().toArray(new Parameter[0]));
    return source.takes().map(shaped::takes).orElse(shaped);
  }

  private Answer insert(Call call) {
    Map<String, @Nullable Object> done = full.call("dataTables.insertRows", IN.apply(call));
    return Answer.ok(
        switch (call.optionalText("returnType").orElse("count")) {
          case "id" -> done.get("ids");
          case "all" -> done.get("data");
          default -> done;
        });
  }

  private Answer rowsOrDone(String id, Call call) {
    Object rows = done(id, call, "data");
    return Answer.ok(rows == null ? true : rows);
  }

  /** A field of what the full API answers. */
  private @Nullable Object done(String id, Call call, String field) {
    return full.call("dataTables." + id, IN.apply(call)).get(field);
  }

  private static @Nullable Object column(@Nullable Object columns, String field, String value) {
    if (columns instanceof List<?> list) {
      for (Object each : list) {
        if (each instanceof Map<?, ?> column && value.equals(column.get(field))) {
          return column;
        }
      }
    }
    return null;
  }
}
