package dev.millrace.control.history.postgres;

import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.history.Failure;
import dev.millrace.control.history.Place;
import dev.millrace.control.history.SavePolicy;
import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Rows of the table of executions, there and back. Pure functions. */
final class ExecutionColumns {
  static final String ALL =
      "id, started_at, workflow_id, workflow_name, version, project_id, mode, status, stopped_at,"
          + " wait_till, retry_of, parent_id, last_node, error_message, error_code, error_node,"
          + " custom_data, warnings, marks, runs, bytes, keeps_success, keeps_failure, sequence,"
          + " source_partition, source_offset";

  private static final int COUNT = 26;

  private ExecutionColumns() {}

  /** Writes a row in the order of {@link #ALL}. */
  static void write(BinaryCopy copy, ExecutionRow row) throws SQLException {
    Failure error = row.error();
    copy.row(COUNT)
        .text(row.id())
        .instant(row.startedAt())
        .text(row.workflowId())
        .text(row.workflowName())
        .number(row.version())
        .text(row.projectId())
        .text(row.mode())
        .text(row.status().json())
        .instant(row.stoppedAt())
        .instant(row.waitTill())
        .text(row.retryOf())
        .text(row.parentId())
        .text(row.lastNode())
        .text(error == null ? null : error.message())
        .text(error == null ? null : error.code())
        .text(error == null ? null : error.node())
        .jsonb(Json.write(row.customData()))
        .texts(row.warnings())
        .texts(row.marks())
        .number(row.runs())
        .number(row.bytes())
        .flag(row.kept().whenSuccessful())
        .flag(row.kept().whenNot())
        .number(row.sequence())
        .number(row.changedBy().partition())
        .number(row.changedBy().offset());
  }

  static ExecutionRow read(ResultSet row) throws SQLException {
    String message = row.getString("error_message");
    return new ExecutionRow(
        row.getString("id"),
        row.getString("workflow_id"),
        row.getString("workflow_name"),
        row.getInt("version"),
        row.getString("project_id"),
        row.getString("mode"),
        status(row.getString("status")),
        startedAt(row),
        instant(row, "stopped_at"),
        instant(row, "wait_till"),
        row.getString("retry_of"),
        row.getString("parent_id"),
        row.getString("last_node"),
        message == null
            ? null
            : new Failure(message, row.getString("error_code"), row.getString("error_node")),
        customData(row.getString("custom_data")),
        texts(row.getArray("warnings")),
        new LinkedHashSet<>(texts(row.getArray("marks"))),
        row.getInt("runs"),
        row.getLong("bytes"),
        new SavePolicy.Kept(row.getBoolean("keeps_success"), row.getBoolean("keeps_failure")),
        row.getLong("sequence"),
        new Place(row.getInt("source_partition"), row.getLong("source_offset")));
  }

  private static ExecutionStatus status(String name) {
    return ExecutionStatus.of(name)
        .orElseThrow(() -> new IllegalStateException("unknown status in the database: " + name));
  }

  static Instant startedAt(ResultSet row) throws SQLException {
    return row.getObject("started_at", OffsetDateTime.class).toInstant();
  }

  static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime value = row.getObject(column, OffsetDateTime.class);
    return value == null ? null : value.toInstant();
  }

  private static Map<String, String> customData(String json) {
    Map<String, String> data = new LinkedHashMap<>();
    Json.parseObject(json.getBytes(StandardCharsets.UTF_8))
        .forEach((key, value) -> data.put(key, String.valueOf(value)));
    return data;
  }

  private static List<String> texts(Array array) throws SQLException {
    return Arrays.asList((String[]) array.getArray());
  }
}
