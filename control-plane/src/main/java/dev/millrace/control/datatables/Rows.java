package dev.millrace.control.datatables;

import dev.millrace.control.http.Call;
import dev.millrace.value.Json;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/**
 * The rows of tables, in the transaction of the caller, who has the table locked for whatever
 * changes it. Thread-safe.
 */
final class Rows {
  /** As many as one answer holds of those that were changed. */
  static final int MOST_RETURNED = 10_000;

  private static final String RETURNED = "r.id, r.cells, r.created_at, r.updated_at";

  private final DataTables tables;

  Rows(DataTables tables) {
    this.tables = tables;
  }

  /**
   * What a change did.
   *
   * @param rows those that were changed, as they are then; none unless they were asked for
   */
  record Changed(long count, List<Row> rows) {}

  /** Changed rows with the number of bytes by which each grew. */
  private record Grown(Row row, long bytes) {}

  /** How many rows, and by how many bytes they grew. */
  private record Sum(long count, long bytes) {}

  /**
   * A page of a table.
   *
   * @param search what some column with texts has to have in it, in any case; empty for anything
   */
  List<Row> list(
      Handle handle,
      DataTable table,
      RowFilter filter,
      String search,
      RowOrder order,
      Optional<RowOrder.After> after,
      int limit) {
    SqlValues values = new SqlValues();
    StringBuilder sql =
        new StringBuilder(
            "select id, cells, created_at, updated_at from data_table_row where table_id = :table"
                + " and ");
    sql.append(filter.sql(values));
    if (!search.isEmpty()) {
      sql.append(" and ").append(found(table, search, values));
    }
    after.ifPresent(last -> sql.append(" and ").append(order.sql(last, values)));
    sql.append(" order by ").append(order.sql()).append(" limit :limit");
    return values
        .bind(handle.createQuery(sql))
        .bind("table", table.id())
        .bind("limit", limit)
        .map((row, context) -> Row.of(row))
        .list();
  }

  private static String found(DataTable table, String search, SqlValues values) {
    String pattern = values.add("%" + RowFilter.literal(search).replace("%", "!%") + "%");
    List<String> texts =
        table.columns().stream()
            .filter(column -> column.type() == ColumnType.STRING)
            .map(column -> "(" + Field.text(column.id()) + ") ilike " + pattern + " escape '!'")
            .toList();
    return texts.isEmpty() ? "false" : "(" + String.join(" or ", texts) + ")";
  }

  Optional<Row> find(Handle handle, DataTable table, long id) {
    return handle
        .createQuery(
            "select id, cells, created_at, updated_at from data_table_row where table_id = :table"
                + " and id = :id")
        .bind("table", table.id())
        .bind("id", id)
        .map((row, context) -> Row.of(row))
        .findOne();
  }

  /** Adds rows behind the last. */
  List<Row> insert(Handle handle, DataTable table, List<DataTable.Cells> rows) {
    if (rows.isEmpty()) {
      return List.of();
    }
    long id = table.lastRow();
    try (PreparedBatch batch =
        handle.prepareBatch(
            "insert into data_table_row (table_id, id, cells) values (:table, :id, cast(:cells as"
                + " jsonb))")) {
      for (DataTable.Cells cells : rows) {
        id++;
        batch
            .bind("table", table.id())
            .bind("id", id)
            .bind("cells", Json.text(cells.values()))
            .add();
      }
      batch.execute();
    }
    List<Grown> added =
        handle
            .createQuery(
                "select "
                    + RETURNED
                    + ", r.bytes as growth from data_table_row r where r.table_id = :table and"
                    + " r.id > :before order by r.id")
            .bind("table", table.id())
            .bind("before", table.lastRow())
            .map((row, context) -> new Grown(Row.of(row), row.getLong("growth")))
            .list();
    tables.grew(handle, table, added.stream().mapToLong(Grown::bytes).sum(), id);
    return added.stream().map(Grown::row).toList();
  }

  /** Gives the rows that a filter means other cells in the columns that are named. */
  Changed update(
      Handle handle, DataTable table, RowFilter filter, DataTable.Cells cells, boolean returned) {
    SqlValues values = new SqlValues();
    String sql =
        "with old as (select id, bytes from data_table_row where table_id = :table and "
            + filter.sql(values)
            + "), changed as (update data_table_row r set cells = (r.cells - cast(:nulls as"
            + " text[])) || cast(:cells as jsonb), updated_at = now() from old where r.table_id ="
            + " :table and r.id = old.id returning "
            + RETURNED
            + ", r.bytes - old.bytes as growth) ";
    return change(
        handle,
        table,
        sql,
        returned,
        statement ->
            values
                .bind(statement)
                .bindArray("nulls", String.class, (Object[]) cells.nulls().toArray(new String[0]))
                .bind("cells", Json.text(cells.values())));
  }

  /** Removes the rows that a filter means. */
  Changed delete(Handle handle, DataTable table, RowFilter filter, boolean returned) {
    SqlValues values = new SqlValues();
    String sql =
        "with changed as (delete from data_table_row r where r.table_id = :table and "
            + filter.sql(values)
            + " returning "
            + RETURNED
            + ", -r.bytes as growth) ";
    return change(handle, table, sql, returned, values::bind);
  }

  /** Gives a query what its text has places for. */
  @FunctionalInterface
  private interface Values {
    Query bind(Query query);
  }

  private Changed change(
      Handle handle, DataTable table, String sql, boolean returned, Values values) {
    if (returned) {
      List<Grown> rows =
          values
              .bind(handle.createQuery(sql + "select * from changed order by id limit :most"))
              .bind("table", table.id())
              .bind("most", MOST_RETURNED + 1)
              .map((row, context) -> new Grown(Row.of(row), row.getLong("growth")))
              .list();
      if (rows.size() > MOST_RETURNED) {
        throw Call.invalid(
            "filter means more than " + MOST_RETURNED + " rows, which are too many to be returned");
      }
      tables.grew(handle, table, rows.stream().mapToLong(Grown::bytes).sum(), table.lastRow());
      return new Changed(rows.size(), rows.stream().map(Grown::row).toList());
    }
    Sum sum =
        values
            .bind(
                handle.createQuery(
                    sql
                        + "select count(*) as rows, cast(coalesce(sum(growth), 0) as bigint) as"
                        + " growth from changed"))
            .bind("table", table.id())
            .map((row, context) -> new Sum(row.getLong("rows"), row.getLong("growth")))
            .one();
    tables.grew(handle, table, sum.bytes(), table.lastRow());
    return new Changed(sum.count(), List.of());
  }

  /** Those that a filter means, up to as many as an answer holds, and one more. */
  List<Row> meant(Handle handle, DataTable table, RowFilter filter) {
    return list(handle, table, filter, "", RowOrder.ADDED, Optional.empty(), MOST_RETURNED + 1);
  }
}
