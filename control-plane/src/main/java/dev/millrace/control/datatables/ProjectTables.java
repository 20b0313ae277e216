package dev.millrace.control.datatables;

import dev.millrace.control.db.Database;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.TableStore;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;

/** The data tables of one project for the nodes of its workflows. Thread-safe; blocks. */
final class ProjectTables implements TableStore.Tables {
  private static final int ALL_TABLES = 1_000;

  private final Database database;
  private final Supplier<String> project;
  private final DataTables tables;
  private final Rows rows;

  /**
   * @param project finds out which it is, each time
   */
  ProjectTables(Database database, Supplier<String> project, DataTables tables) {
    this.database = database;
    this.project = project;
    this.tables = tables;
    this.rows = new Rows(tables);
  }

  /** Something that is done in a transaction, in the project of a workflow. */
  @FunctionalInterface
  private interface Work<T> {
    T on(Handle handle, String project);
  }

  private <T> T in(Work<T> work) {
    try {
      // Before, since it takes a connection of its own.
      String found = project.get();
      return database.jdbi().inTransaction(handle -> work.on(handle, found));
    } catch (JdbiException failed) {
      if (failed.getCause() instanceof SQLException sql && unavailable(sql)) {
        throw new MillraceException(
            ErrorCode.DATABASE_UNAVAILABLE, "The database cannot be reached", failed);
      }
      throw failed;
    }
  }

  /** Whether the connection is the trouble, by the classes of SQL states that say so. */
  private static boolean unavailable(SQLException sql) {
    String state = sql.getSQLState();
    return state == null || state.startsWith("08") || state.startsWith("57P");
  }

  @Override
  public List<TableStore.Table> all() {
    return in((handle, project) ->
        tables
            .list(
                handle,
                grant(project),
                new DataTables.Filter(Optional.empty(), ""),
                Optional.empty(),
                ALL_TABLES)
            .stream()
            .map(ProjectTables::shown)
            .toList());
  }

  @Override
  public TableStore.Table find(TableStore.Reference table) {
    return in((handle, project) -> shown(found(handle, project, table)));
  }

  @Override
  public TableStore.Table create(String name, List<TableStore.Column> columns) {
    DataTable.NAME.refusal(name, "The name").ifPresent(ProjectTables::refuse);
    List<DataTables.NewColumn> wanted = new ArrayList<>();
    for (TableStore.Column column : columns) {
      Column.NAME.refusal(column.name(), "The name of a column").ifPresent(ProjectTables::refuse);
      wanted.add(
          new DataTables.NewColumn(
              column.name(),
              ColumnType.of(column.type())
                  .orElseThrow(() -> Call.invalid("There is no type " + column.type()))));
    }
    return in((handle, project) -> shown(tables.create(handle, project, name.strip(), wanted)));
  }

  @Override
  public void rename(TableStore.Reference table, String name) {
    DataTable.NAME.refusal(name, "The name").ifPresent(ProjectTables::refuse);
    in((handle, project) -> {
      DataTable there = locked(handle, project, table);
      tables.rename(handle, there, name.strip());
      return there;
    });
  }

  @Override
  public void delete(TableStore.Reference table) {
    in((handle, project) -> {
      DataTable there = locked(handle, project, table);
      tables.delete(handle, there);
      return there;
    });
  }

  @Override
  public List<Map<String, @Nullable Object>> rows(
      TableStore.Reference table,
      TableStore.Filter filter,
      Optional<TableStore.Order> order,
      int limit) {
    return in((handle, project) -> {
      DataTable there = found(handle, project, table);
      return json(
          there,
          rows.list(
              handle,
              there,
              filter(there, filter),
              "",
              order
                  .map(by -> new RowOrder(there.field(by.column()), by.descending()))
                  .orElse(RowOrder.ADDED),
              Optional.empty(),
              limit));
    });
  }

  @Override
  public List<Map<String, @Nullable Object>> insert(
      TableStore.Reference table, List<Map<String, @Nullable Object>> data, String key) {
    return in((handle, project) -> {
      DataTable there = locked(handle, project, table);
      Optional<List<Row>> before = added(handle, there, key);
      if (before.isPresent()) {
        return json(there, before.get());
      }
      List<Row> added = rows.insert(handle, there, data.stream().map(there::cells).toList());
      note(handle, there, key, added);
      return json(there, added);
    });
  }

  /** What a run with the key added before, as far as it is still there. */
  private static Optional<List<Row>> added(Handle handle, DataTable table, String key) {
    boolean known =
        handle
            .createQuery(
                "select exists (select 1 from data_table_insert where key = :key and table_id ="
                    + " :table)")
            .bind("key", key)
            .bind("table", table.id())
            .mapTo(Boolean.class)
            .one();
    return known
        ? Optional.of(
            handle
                .createQuery(
                    "select r.id, r.cells, r.created_at, r.updated_at from data_table_row r join"
                        + " data_table_insert i on i.table_id = r.table_id and r.id between"
                        + " i.first_id and i.last_id where i.key = :key order by r.id")
                .bind("key", key)
                .map((row, context) -> Row.of(row))
                .list())
        : Optional.empty();
  }

  private static void note(Handle handle, DataTable table, String key, List<Row> added) {
    // A task is kept for a week; nobody makes it again after that.
    handle.execute("delete from data_table_insert where at < now() - interval '8 days'");
    if (!added.isEmpty()) {
      handle.execute(
          "insert into data_table_insert (key, table_id, first_id, last_id) values (?, ?, ?, ?) on"
              + " conflict (key) do nothing",
          key,
          table.id(),
          added.getFirst().id(),
          added.getLast().id());
    }
  }

  @Override
  public List<Map<String, @Nullable Object>> update(
      TableStore.Reference table,
      TableStore.Filter filter,
      Map<String, @Nullable Object> data,
      boolean dry) {
    return in((handle, project) -> {
      DataTable there = locked(handle, project, table);
      RowFilter meant = filter(there, filter).required();
      DataTable.Cells cells = there.cells(data);
      return tried(
          handle, there, meant, dry, () -> rows.update(handle, there, meant, cells, true).rows());
    });
  }

  @Override
  public List<Map<String, @Nullable Object>> upsert(
      TableStore.Reference table,
      TableStore.Filter filter,
      Map<String, @Nullable Object> data,
      boolean dry) {
    return in((handle, project) -> {
      DataTable there = locked(handle, project, table);
      RowFilter meant = filter(there, filter).required();
      DataTable.Cells cells = there.cells(data);
      return tried(
          handle,
          there,
          meant,
          dry,
          () -> {
            List<Row> changed = rows.update(handle, there, meant, cells, true).rows();
            return changed.isEmpty() ? rows.insert(handle, there, List.of(cells)) : changed;
          });
    });
  }

  @Override
  public List<Map<String, @Nullable Object>> remove(
      TableStore.Reference table, TableStore.Filter filter, boolean dry) {
    return in((handle, project) -> {
      DataTable there = locked(handle, project, table);
      RowFilter meant = filter(there, filter);
      if (meant.conditions().isEmpty()) {
        // All of them may be more than anybody wants to hold.
        rows.delete(handle, there, meant, false);
        return List.of();
      }
      return dry
          ? json(there, rows.meant(handle, there, meant))
          : json(there, rows.delete(handle, there, meant, true).rows());
    });
  }

  /** A change that answers the rows as they are then. */
  @FunctionalInterface
  private interface Attempt {
    List<Row> make();
  }

  private List<Map<String, @Nullable Object>> tried(
      Handle handle, DataTable table, RowFilter filter, boolean dry, Attempt attempt) {
    if (!dry) {
      return json(table, attempt.make());
    }
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    rows.meant(handle, table, filter).forEach(row -> all.add(state(table, row, "before")));
    handle.savepoint("dry");
    attempt.make().forEach(row -> all.add(state(table, row, "after")));
    handle.rollbackToSavepoint("dry");
    return all;
  }

  private static Map<String, @Nullable Object> state(DataTable table, Row row, String when) {
    Map<String, @Nullable Object> json = row.json(table);
    json.put("dryRunState", when);
    return json;
  }

  private static RowFilter filter(DataTable table, TableStore.Filter filter) {
    List<Map<String, @Nullable Object>> conditions = new ArrayList<>();
    for (TableStore.Condition condition : filter.conditions()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("columnName", condition.column());
      json.put("condition", condition.operator());
      json.put("value", condition.value());
      conditions.add(json);
    }
    return RowFilter.of(table, Map.of("type", filter.any() ? "or" : "and", "filters", conditions));
  }

  private DataTable locked(Handle handle, String project, TableStore.Reference table) {
    return tables.lock(handle, grant(project), found(handle, project, table).id());
  }

  private DataTable found(Handle handle, String project, TableStore.Reference table) {
    if (!table.byName()) {
      return tables.find(handle, grant(project), table.value());
    }
    return tables
        .list(
            handle,
            grant(project),
            new DataTables.Filter(Optional.empty(), table.value()),
            Optional.empty(),
            ALL_TABLES)
        .stream()
        .filter(there -> there.name().equals(table.value()))
        .findFirst()
        .orElseThrow(() ->
            new MillraceException(
                ErrorCode.NOT_FOUND, "The project has no data table " + table.value()));
  }

  private static Grant grant(String project) {
    return new Grant(false, Set.of(project));
  }

  private static List<Map<String, @Nullable Object>> json(DataTable table, List<Row> rows) {
    return rows.stream().map(row -> row.json(table)).toList();
  }

  private static TableStore.Table shown(DataTable table) {
    return new TableStore.Table(
        table.id(),
        table.columns().stream()
            .map(column -> new TableStore.Column(column.name(), column.type().text()))
            .toList(),
        table.json());
  }

  private static void refuse(String why) {
    throw Call.invalid(why);
  }
}
