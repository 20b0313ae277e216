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
import dev.millrace.control.projects.Projects;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Tables of data and their columns; {@link RowEndpoints} has the rows. */
public final class DataTableEndpoints {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;

  private static final Schema INDEX = Schema.whole(0, DataTables.MOST_COLUMNS);
  private static final Schema COLUMNS = Schema.page(Column.SCHEMA);
  private static final Schema NEW_COLUMN =
      Schema.object()
          .must("name", Column.NAME)
          .must("type", Column.TYPE)
          .may("index", INDEX)
          .named("NewDataTableColumn");

  private final Database database;
  private final Projects projects;
  private final DataTables tables;

  /**
   * @param mostBytes that the rows of all tables may take together
   */
  public DataTableEndpoints(Database database, Projects projects, long mostBytes) {
    this.database = database;
    this.projects = projects;
    this.tables = new DataTables(mostBytes);
  }

  public List<Endpoint> endpoints() {
    return Stream.of(
            ofTables(),
            ofColumns(),
            new RowEndpoints(database, tables, new Rows(tables)).endpoints())
        .flatMap(List::stream)
        .toList();
  }

  private List<Endpoint> ofTables() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/data-tables",
                "dataTables.list",
                "The data tables of one's projects, by name",
                new Access.Project(Scope.DATA_TABLE_READ),
                this::list)
            .query(
                Parameter.limit(LARGEST_PAGE),
                Parameter.cursor(),
                Parameter.text("projectId", "Those of one project"),
                Parameter.text("name", "Part of the name, in any case"))
            .gives(Schema.page(DataTable.SCHEMA)),
        new Endpoint(
                "POST",
                "/api/data-tables",
                "dataTables.create",
                "Makes a data table, in the project that is named or one's own",
                new Access.Project(Scope.DATA_TABLE_CREATE),
                this::create)
            .takes(
                Schema.object()
                    .must("name", DataTable.NAME)
                    .may("columns", Schema.listOf(NEW_COLUMN, DataTables.MOST_COLUMNS))
                    .may("projectId", Schema.text(64)))
            .creates(DataTable.SCHEMA)
            .fails(ErrorCode.CONFLICT, ErrorCode.NOT_FOUND),
        new Endpoint(
                "GET",
                "/api/data-tables/{id}",
                "dataTables.get",
                "One data table with its columns",
                new Access.Project(Scope.DATA_TABLE_READ),
                this::get)
            .gives(DataTable.SCHEMA),
        new Endpoint(
                "PATCH",
                "/api/data-tables/{id}",
                "dataTables.update",
                "Gives a data table another name",
                new Access.Project(Scope.DATA_TABLE_UPDATE),
                this::rename)
            .takes(Schema.object().must("name", DataTable.NAME))
            .gives(DataTable.SCHEMA)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
            "DELETE",
            "/api/data-tables/{id}",
            "dataTables.delete",
            "Removes a data table with all its rows",
            new Access.Project(Scope.DATA_TABLE_DELETE),
            this::delete));
  }

  private List<Endpoint> ofColumns() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/data-tables/{id}/columns",
                "dataTables.columns",
                "The columns of a data table, in their order",
                new Access.Project(Scope.DATA_TABLE_READ),
                this::columns)
            .gives(COLUMNS),
        new Endpoint(
                "POST",
                "/api/data-tables/{id}/columns",
                "dataTables.addColumn",
                "Adds a column, in which the rows have nothing",
                new Access.Project(Scope.DATA_TABLE_UPDATE),
                this::addColumn)
            .takes(NEW_COLUMN)
            .creates(COLUMNS)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "PATCH",
                "/api/data-tables/{id}/columns/{columnId}",
                "dataTables.updateColumn",
                "Gives a column another name or place",
                new Access.Project(Scope.DATA_TABLE_UPDATE),
                this::updateColumn)
            .takes(Schema.object().may("name", Column.NAME).may("index", INDEX))
            .gives(COLUMNS)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
            "DELETE",
            "/api/data-tables/{id}/columns/{columnId}",
            "dataTables.deleteColumn",
            "Removes a column with what the rows have in it",
            new Access.Project(Scope.DATA_TABLE_UPDATE),
            this::deleteColumn));
  }

  private Answer list(Call call) {
    int limit = call.limit(PAGE, LARGEST_PAGE);
    DataTables.Filter filter =
        new DataTables.Filter(call.query("projectId"), call.query("name").orElse(""));
    List<DataTable> page =
        database
            .reads()
            .withHandle(handle ->
                tables.list(
                    handle,
                    call.grant(),
                    filter,
                    call.query("cursor").map(DataTableEndpoints::after),
                    limit));
    return Answer.page(
        page.stream().map(DataTable::json).toList(),
        page.size() < limit ? null : cursor(page.getLast()));
  }

  private Answer create(Call call) {
    String user = call.principal().userId();
    String project =
        projects.require(
            call.grant(), call.optionalText("projectId").orElseGet(() -> projects.personal(user)));
    String name = call.text("name").strip();
    List<DataTables.NewColumn> columns = new ArrayList<>();
    if (call.body().get("columns") instanceof List<?> given) {
      given.forEach(each -> columns.add(newColumn((Map<?, ?>) each)));
    }
    return Answer.created(
        database
            .jdbi()
            .inTransaction(handle -> {
              DataTable made = tables.create(handle, project, name, columns);
              note(handle, call, "dataTable.create", made, Map.of("name", name));
              return made;
            })
            .json());
  }

  private Answer get(Call call) {
    return Answer.ok(found(call).json());
  }

  private Answer rename(Call call) {
    String name = call.text("name").strip();
    return Answer.ok(
        database
            .jdbi()
            .inTransaction(handle -> {
              DataTable table = tables.lock(handle, call.grant(), call.path("id"));
              tables.rename(handle, table, name);
              note(handle, call, "dataTable.update", table, Map.of("name", name));
              return tables.find(handle, call.grant(), table.id());
            })
            .json());
  }

  private Answer delete(Call call) {
    database
        .jdbi()
        .useTransaction(handle -> {
          DataTable table = tables.lock(handle, call.grant(), call.path("id"));
          tables.delete(handle, table);
          note(handle, call, "dataTable.delete", table, Map.of("name", table.name()));
        });
    return Answer.none();
  }

  private Answer columns(Call call) {
    return Answer.page(found(call).columnsJson(), null);
  }

  private Answer addColumn(Call call) {
    DataTables.NewColumn column = newColumn(call.body());
    int index = index(call).orElse(Integer.MAX_VALUE);
    List<?> columns =
        changed(
            call,
            "dataTable.addColumn",
            (handle, table) -> {
              tables.addColumn(handle, table, column, index);
              return Map.of("column", column.name());
            });
    Map<String, @Nullable Object> page = new LinkedHashMap<>();
    page.put("data", columns);
    page.put("nextCursor", null);
    return Answer.created(page);
  }

  private Answer updateColumn(Call call) {
    Optional<String> name = call.optionalText("name");
    Optional<Integer> index = index(call);
    return Answer.page(
        changed(
            call,
            "dataTable.updateColumn",
            (handle, table) -> {
              Column column = column(call, table);
              name.ifPresent(other -> tables.renameColumn(handle, table, column, other));
              index.ifPresent(place -> tables.moveColumn(handle, table, column, place));
              return Map.of("column", name.orElse(column.name()));
            }),
        null);
  }

  private Answer deleteColumn(Call call) {
    changed(
        call,
        "dataTable.deleteColumn",
        (handle, table) -> {
          Column column = column(call, table);
          tables.deleteColumn(handle, table, column);
          return Map.of("column", column.name());
        });
    return Answer.none();
  }

  /** What is done to a table that is locked. */
  @FunctionalInterface
  private interface Change {
    /** Does it, and answers what the audit log is to say of it. */
    Map<String, String> make(Handle handle, DataTable table);
  }

  /** Changes the columns of a table, and answers them as they are then. */
  private List<?> changed(Call call, String action, Change change) {
    return database
        .jdbi()
        .inTransaction(handle -> {
          DataTable table = tables.lock(handle, call.grant(), call.path("id"));
          note(handle, call, action, table, change.make(handle, table));
          return tables.find(handle, call.grant(), table.id()).columnsJson();
        });
  }

  private DataTable found(Call call) {
    return database.jdbi().withHandle(handle -> tables.find(handle, call.grant(), call.path("id")));
  }

  private static Column column(Call call, DataTable table) {
    String id = call.path("columnId");
    return table.columns().stream()
        .filter(column -> column.id().equals(id))
        .findFirst()
        .orElseThrow(
            () -> new MillraceException(ErrorCode.NOT_FOUND, "The table has no column " + id));
  }

  private static DataTables.NewColumn newColumn(Map<?, ?> json) {
    return new DataTables.NewColumn(
        String.valueOf(json.get("name")),
        ColumnType.of(String.valueOf(json.get("type"))).orElseThrow());
  }

  private static Optional<Integer> index(Call call) {
    return call.body().get("index") instanceof Double index
        ? Optional.of(index.intValue())
        : Optional.empty();
  }

  private static void note(
      Handle handle, Call call, String action, DataTable table, Map<String, String> details) {
    Audit.note(handle, call, action, table.id(), table.projectId(), details);
  }

  private static String cursor(DataTable last) {
    return last.id()
        + "."
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(last.name().getBytes(StandardCharsets.UTF_8));
  }

  private static DataTables.After after(String cursor) {
    int dot = cursor.indexOf('.');
    try {
      String name =
          new String(
              Base64.getUrlDecoder().decode(cursor.substring(dot + 1)), StandardCharsets.UTF_8);
      if (dot > 0 && !name.isEmpty() && !Schema.unstorable(name)) {
        return new DataTables.After(name, cursor.substring(0, dot));
      }
    } catch (IllegalArgumentException none) {
      // Told below.
    }
    throw Call.invalidCursor();
  }
}
