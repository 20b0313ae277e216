package dev.millrace.control.datatables;

import dev.millrace.control.db.Ids;
import dev.millrace.control.db.UniqueKey;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * The tables and their columns, in the transaction of the caller. What changes a table or its rows
 * locks it first: so its columns are the same from the first row of a change to the last, and rows
 * are numbered in the order in which they are committed. Thread-safe.
 */
public final class DataTables {
  /** What the rows of all tables may take together, unless it is set otherwise: as in n8n. */
  public static final long MOST_BYTES = 200L << 20;

  static final int MOST_COLUMNS = 100;

  private final long mostBytes;

  /**
   * @param mostBytes that the rows of all tables may take together
   */
  DataTables(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** A column that is to be made. */
  record NewColumn(String name, ColumnType type) {}

  /**
   * What a list shows.
   *
   * @param name part of it, in any case; empty for all
   */
  record Filter(Optional<String> project, String name) {}

  /** Where a list goes on: behind this one. */
  record After(String name, String id) {}

  /** Those that a grant covers, by name. */
  List<DataTable> list(
      Handle handle, Grant grant, Filter filter, Optional<After> after, int limit) {
    StringBuilder sql = new StringBuilder("select * from data_table where " + Grant.FILTER);
    if (filter.project().isPresent()) {
      sql.append(" and project_id = :project");
    }
    if (!filter.name().isEmpty()) {
      sql.append(" and position(lower(:name) in lower(name)) > 0");
    }
    if (after.isPresent()) {
      sql.append(" and (name, id) > (:afterName, :afterId)");
    }
    sql.append(" order by name, id limit :limit");
    List<DataTable> tables =
        grant
            .bind(handle.createQuery(sql))
            .bind("project", filter.project().orElse(""))
            .bind("name", filter.name())
            .bind("afterName", after.map(After::name).orElse(""))
            .bind("afterId", after.map(After::id).orElse(""))
            .bind("limit", limit)
            .map((row, context) -> table(row, List.of()))
            .list();
    Map<String, List<Column>> columns =
        columns(handle, tables.stream().map(DataTable::id).toList());
    return tables.stream()
        .map(table -> with(table, columns.getOrDefault(table.id(), List.of())))
        .toList();
  }

  /**
   * @throws MillraceException {@code NOT_FOUND}
   */
  DataTable find(Handle handle, Grant grant, String id) {
    return find(handle, grant, id, "");
  }

  /**
   * The same, locked until the transaction ends.
   *
   * @throws MillraceException {@code NOT_FOUND}
   */
  DataTable lock(Handle handle, Grant grant, String id) {
    return find(handle, grant, id, " for no key update");
  }

  private static DataTable find(Handle handle, Grant grant, String id, String lock) {
    DataTable table =
        grant
            .bind(
                handle.createQuery(
                    "select * from data_table where id = :id and " + Grant.FILTER + lock))
            .bind("id", id)
            .map((row, context) -> table(row, List.of()))
            .findOne()
            .orElseThrow(
                () -> new MillraceException(ErrorCode.NOT_FOUND, "There is no data table " + id));
    return with(table, columns(handle, List.of(id)).getOrDefault(id, List.of()));
  }

  /**
   * @throws MillraceException {@code CONFLICT} when the project has one of that name, or two
   *     columns have one
   */
  DataTable create(Handle handle, String project, String name, List<NewColumn> columns) {
    String id = Ids.next();
    DataTable table =
        UniqueKey.guard(
            taken(name),
            () ->
                handle
                    .createQuery(
                        "insert into data_table (id, project_id, name) values (:id, :project,"
                            + " :name) returning *")
                    .bind("id", id)
                    .bind("project", project)
                    .bind("name", name)
                    .map((row, context) -> table(row, List.of()))
                    .one());
    for (NewColumn column : columns) {
      addColumn(handle, table, column, Integer.MAX_VALUE);
      table = find(handle, Grant.all(), id);
    }
    return table;
  }

  /**
   * @throws MillraceException {@code CONFLICT} when another one of the project has the name
   */
  void rename(Handle handle, DataTable table, String name) {
    int renamed =
        UniqueKey.guard(
            taken(name),
            () ->
                handle.execute(
                    "update data_table set name = ?, updated_at = now() where id = ?",
                    name,
                    table.id()));
    if (renamed == 0) {
      throw new MillraceException(ErrorCode.NOT_FOUND, "There is no data table " + table.id());
    }
  }

  /** With all its rows. */
  void delete(Handle handle, DataTable table) {
    handle.execute("delete from data_table where id = ?", table.id());
  }

  /**
   * Adds a column to a table that is locked; its rows have nothing in it.
   *
   * @param index before which other one; behind the last where there are not so many
   * @throws MillraceException {@code CONFLICT} when there is one of that name, {@code
   *     INVALID_INPUT} when there are too many
   */
  void addColumn(Handle handle, DataTable table, NewColumn column, int index) {
    requireName(table, column.name());
    if (table.columns().size() >= MOST_COLUMNS) {
      throw Call.invalid("A table has at most " + MOST_COLUMNS + " columns");
    }
    int place = Math.min(index, table.columns().size());
    handle.execute(
        "update data_table_column set position = position + 1 where table_id = ? and position >= ?",
        table.id(),
        place);
    handle.execute(
        "insert into data_table_column (id, table_id, name, type, position) values (?, ?, ?, ?, ?)",
        Ids.next(),
        table.id(),
        column.name(),
        column.type().text(),
        place);
    touch(handle, table);
  }

  /**
   * Gives a column of a table that is locked another name; no row changes.
   *
   * @throws MillraceException {@code CONFLICT} when there is one of that name
   */
  void renameColumn(Handle handle, DataTable table, Column column, String name) {
    if (!name.equals(column.name())) {
      requireName(table, name);
    }
    handle.execute("update data_table_column set name = ? where id = ?", name, column.id());
    touch(handle, table);
  }

  /** Puts a column of a table that is locked before another one. */
  void moveColumn(Handle handle, DataTable table, Column column, int index) {
    List<Column> others =
        table.columns().stream().filter(one -> !one.id().equals(column.id())).toList();
    int place = Math.min(index, others.size());
    for (int i = 0; i < others.size(); i++) {
      handle.execute(
          "update data_table_column set position = ? where id = ?",
          i < place ? i : i + 1,
          others.get(i).id());
    }
    handle.execute("update data_table_column set position = ? where id = ?", place, column.id());
    touch(handle, table);
  }

  /** Removes a column of a table that is locked, and what the rows have in it. */
  void deleteColumn(Handle handle, DataTable table, Column column) {
    handle.execute("delete from data_table_column where id = ?", column.id());
    handle
        .createUpdate(
            "update data_table_row set cells = cells - :column where table_id = :table and cells ->"
                + " :column is not null")
        .bind("column", column.id())
        .bind("table", table.id())
        .execute();
    handle
        .createUpdate(
            "update data_table set updated_at = now(), bytes = (select coalesce(sum(bytes), 0) from"
                + " data_table_row where table_id = :table) where id = :table")
        .bind("table", table.id())
        .execute();
  }

  /**
   * Notes that the rows of a table that is locked have changed.
   *
   * @param bytes by how much they grew
   * @param lastRow the number of the last one that was added
   * @throws MillraceException {@code DATA_TABLES_FULL} when they grew and all together are too
   *     large then. Tables that grow at the same moment do not see each other: the limit may be
   *     passed by what is added in it
   */
  void grew(Handle handle, DataTable table, long bytes, long lastRow) {
    handle
        .createUpdate(
            "update data_table set bytes = bytes + :bytes, last_row = :last, updated_at = now()"
                + " where id = :id")
        .bind("bytes", bytes)
        .bind("last", lastRow)
        .bind("id", table.id())
        .execute();
    if (bytes > 0) {
      long all =
          handle
              .createQuery("select cast(coalesce(sum(bytes), 0) as bigint) from data_table")
              .mapTo(Long.class)
              .one();
      if (all > mostBytes) {
        throw new MillraceException(
            ErrorCode.DATA_TABLES_FULL,
            "The data tables together would take " + all + " bytes; they may take " + mostBytes);
      }
    }
  }

  private static void touch(Handle handle, DataTable table) {
    handle.execute("update data_table set updated_at = now() where id = ?", table.id());
  }

  private static void requireName(DataTable table, String name) {
    if (Field.OF_ROWS.stream().anyMatch(field -> field.name().equals(name))) {
      throw Call.invalid("Every row has " + name + " already");
    }
    if (table.columns().stream().anyMatch(column -> column.name().equals(name))) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "The table has a column " + name + " already");
    }
  }

  private static String taken(String name) {
    return "The project has a data table " + name + " already";
  }

  /** The columns of tables, in their order. */
  private static Map<String, List<Column>> columns(Handle handle, List<String> tables) {
    Map<String, List<Column>> columns = new LinkedHashMap<>();
    handle
        .createQuery(
            "select * from data_table_column where table_id = any(:tables) order by table_id,"
                + " position")
        .bindArray("tables", String.class, (Object[]) tables.toArray(new String[0]))
        .map((row, context) -> Map.entry(row.getString("table_id"), column(row)))
        .forEach(entry ->
            columns
                .computeIfAbsent(entry.getKey(), table -> new ArrayList<>())
                .add(entry.getValue()));
    return columns;
  }

  private static Column column(ResultSet row) throws SQLException {
    return new Column(
        row.getString("id"),
        row.getString("name"),
        ColumnType.of(row.getString("type")).orElseThrow());
  }

  private static DataTable with(DataTable table, List<Column> columns) {
    return new DataTable(
        table.id(),
        table.projectId(),
        table.name(),
        columns,
        table.lastRow(),
        table.bytes(),
        table.createdAt(),
        table.updatedAt());
  }

  private static DataTable table(ResultSet row, List<Column> columns) throws SQLException {
    return new DataTable(
        row.getString("id"),
        row.getString("project_id"),
        row.getString("name"),
        columns,
        row.getLong("last_row"),
        row.getLong("bytes"),
        row.getTimestamp("created_at").toInstant(),
        row.getTimestamp("updated_at").toInstant());
  }
}
