package dev.millrace.control.history.postgres;

import dev.millrace.control.history.Changes;
import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.Failure;
import dev.millrace.control.history.NodeRuns;
import dev.millrace.control.history.Position;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Writes changes of the history within a transaction of the caller. New rows are copied, the few
 * others are changed one by one in a batch: each statement names the day, so it looks into one
 * partition. One thread.
 */
final class ExecutionWriter {
  private static final String UPDATE =
      "update execution set status = ?, stopped_at = ?, wait_till = ?, retry_of = ?, last_node = ?,"
          + " error_message = ?, error_code = ?, error_node = ?, custom_data = ?::jsonb,"
          + " warnings = ?, marks = ?, runs = ?, bytes = ?, sequence = ?, source_partition = ?,"
          + " source_offset = ? where id = ? and started_at = ?";

  private final Connection connection;

  ExecutionWriter(Connection connection) {
    this.connection = connection;
  }

  /** Moves the positions first: whoever comes second waits here, and learns that he is. */
  void write(Changes changes) throws SQLException {
    List<Changes.Advance> advances = new ArrayList<>(changes.advances());
    advances.sort(Comparator.comparingInt(Changes.Advance::partition));
    for (Changes.Advance advance : advances) {
      advance(advance);
    }
    remove(changes.removed());
    create(changes.created());
    update(changes.updated());
    runs(changes.runs());
  }

  private void advance(Changes.Advance advance) throws SQLException {
    boolean first = advance.expected() == Position.NONE;
    String sql =
        first
            ? "insert into history_position (next_offset, event_at, caught_up_at, \"partition\")"
                + " values (?, ?, ?, ?) on conflict do nothing"
            : "update history_position set next_offset = ?, event_at = coalesce(?, event_at),"
                + " caught_up_at = coalesce(?, caught_up_at)"
                + " where \"partition\" = ? and next_offset = ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, advance.next());
      instant(statement, 2, advance.eventAt());
      instant(statement, 3, advance.caughtUpAt());
      statement.setInt(4, advance.partition());
      if (!first) {
        statement.setLong(5, advance.expected());
      }
      if (statement.executeUpdate() != 1) {
        throw new MillraceException(
            ErrorCode.HISTORY_POSITION_MOVED,
            "partition "
                + advance.partition()
                + " is no longer at offset "
                + advance.expected()
                + ": another control plane reads it");
      }
    }
  }

  private void create(List<ExecutionRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    try (BinaryCopy copy = new BinaryCopy(connection, "execution (" + ExecutionColumns.ALL + ")")) {
      for (ExecutionRow row : rows) {
        ExecutionColumns.write(copy, row);
      }
      copy.finish();
    }
    batch(
        "insert into execution_open (id, started_at) values (?, ?)",
        rows,
        row -> !row.status().over());
  }

  private void update(List<ExecutionRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
      for (ExecutionRow row : rows) {
        Failure error = row.error();
        statement.setString(1, row.status().json());
        instant(statement, 2, row.stoppedAt());
        instant(statement, 3, row.waitTill());
        statement.setString(4, row.retryOf());
        statement.setString(5, row.lastNode());
        statement.setString(6, error == null ? null : error.message());
        statement.setString(7, error == null ? null : error.code());
        statement.setString(8, error == null ? null : error.node());
        statement.setString(9, new String(Json.write(row.customData()), StandardCharsets.UTF_8));
        texts(statement, 10, row.warnings());
        texts(statement, 11, row.marks());
        statement.setInt(12, row.runs());
        statement.setLong(13, row.bytes());
        statement.setLong(14, row.sequence());
        statement.setInt(15, row.changedBy().partition());
        statement.setLong(16, row.changedBy().offset());
        statement.setString(17, row.id());
        instant(statement, 18, row.startedAt());
        statement.addBatch();
      }
      statement.executeBatch();
    }
    batch(
        "delete from execution_open where id = ? and started_at = ?",
        rows,
        row -> row.status().over());
  }

  private void runs(List<NodeRuns> all) throws SQLException {
    if (all.isEmpty()) {
      return;
    }
    try (BinaryCopy copy =
        new BinaryCopy(connection, "execution_data (execution_id, started_at, sequence, runs)")) {
      for (NodeRuns runs : all) {
        copy.row(4)
            .text(runs.executionId())
            .instant(runs.startedAt())
            .number(runs.sequence())
            .bytes(runs.json());
      }
      copy.finish();
    }
  }

  /**
   * Removes executions with all that belongs to them.
   *
   * @return how many were there
   */
  int remove(Collection<ExecutionRow> rows) throws SQLException {
    if (rows.isEmpty()) {
      return 0;
    }
    batch("delete from execution_open where id = ? and started_at = ?", rows, row -> true);
    batch(
        "delete from execution_data where execution_id = ? and started_at = ?", rows, row -> true);
    return batch("delete from execution where id = ? and started_at = ?", rows, row -> true);
  }

  private int batch(String sql, Collection<ExecutionRow> rows, Predicate<ExecutionRow> wanted)
      throws SQLException {
    int changed = 0;
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      boolean any = false;
      for (ExecutionRow row : rows) {
        if (wanted.test(row)) {
          statement.setString(1, row.id());
          instant(statement, 2, row.startedAt());
          statement.addBatch();
          any = true;
        }
      }
      if (any) {
        for (int count : statement.executeBatch()) {
          changed += Math.max(0, count);
        }
      }
    }
    return changed;
  }

  private void texts(PreparedStatement statement, int index, Collection<String> values)
      throws SQLException {
    statement.setArray(index, connection.createArrayOf("text", values.toArray()));
  }

  private static void instant(PreparedStatement statement, int index, @Nullable Instant value)
      throws SQLException {
    if (value == null) {
      statement.setNull(index, Types.TIMESTAMP_WITH_TIMEZONE);
    } else {
      OffsetDateTime time = value.atOffset(ZoneOffset.UTC);
      statement.setObject(index, time);
    }
  }
}
