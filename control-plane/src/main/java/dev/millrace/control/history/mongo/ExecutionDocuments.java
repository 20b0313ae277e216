package dev.millrace.control.history.mongo;

import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.history.Failure;
import dev.millrace.control.history.NodeRuns;
import dev.millrace.control.history.Place;
import dev.millrace.control.history.SavePolicy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.bson.Document;
import org.bson.types.Binary;
import org.jspecify.annotations.Nullable;

/** Executions as documents, and back. Pure functions. */
final class ExecutionDocuments {
  private ExecutionDocuments() {}

  static Document of(ExecutionRow row) {
    Document document =
        new Document("_id", row.id())
            .append("workflowId", row.workflowId())
            .append("workflowName", row.workflowName())
            .append("version", row.version())
            .append("projectId", row.projectId())
            .append("mode", row.mode())
            .append("status", row.status().json())
            .append("startedAt", Date.from(row.startedAt()))
            .append("stoppedAt", date(row.stoppedAt()))
            .append("waitTill", date(row.waitTill()))
            .append("retryOf", row.retryOf())
            .append("parentId", row.parentId())
            .append("lastNode", row.lastNode())
            .append("warnings", row.warnings())
            .append("marks", new ArrayList<>(row.marks()))
            .append("runs", row.runs())
            .append("bytes", row.bytes())
            .append("keepsSuccess", row.kept().whenSuccessful())
            .append("keepsFailure", row.kept().whenNot())
            .append("sequence", row.sequence())
            .append("partition", row.changedBy().partition())
            .append("offset", row.changedBy().offset());
    Failure error = row.error();
    if (error != null) {
      document.append(
          "error",
          new Document("message", error.message())
              .append("code", error.code())
              .append("node", error.node()));
    }
    // A list: users' names are no names of fields, which must not have dots and dollars.
    List<Document> customData = new ArrayList<>();
    row.customData()
        .forEach((key, value) -> customData.add(new Document("key", key).append("value", value)));
    return document.append("customData", customData);
  }

  /** What stays of an execution that is gone. */
  static Document stone(ExecutionRow row, Instant at) {
    return new Document("_id", row.id())
        .append("removedAt", Date.from(at))
        .append("partition", row.changedBy().partition())
        .append("offset", row.changedBy().offset());
  }

  static ExecutionRow read(Document document) {
    Document error = document.get("error", Document.class);
    Map<String, String> customData = new LinkedHashMap<>();
    for (Document each : document.getList("customData", Document.class)) {
      customData.put(each.getString("key"), each.getString("value"));
    }
    String status = document.getString("status");
    return new ExecutionRow(
        document.getString("_id"),
        document.getString("workflowId"),
        document.getString("workflowName"),
        document.getInteger("version"),
        document.getString("projectId"),
        document.getString("mode"),
        ExecutionStatus.of(status)
            .orElseThrow(
                () -> new IllegalStateException("unknown status in the database: " + status)),
        document.getDate("startedAt").toInstant(),
        instant(document, "stoppedAt"),
        instant(document, "waitTill"),
        document.getString("retryOf"),
        document.getString("parentId"),
        document.getString("lastNode"),
        error == null
            ? null
            : new Failure(
                error.getString("message"), error.getString("code"), error.getString("node")),
        customData,
        document.getList("warnings", String.class),
        new LinkedHashSet<>(document.getList("marks", String.class)),
        document.getInteger("runs"),
        document.getLong("bytes"),
        new SavePolicy.Kept(
            document.getBoolean("keepsSuccess"), document.getBoolean("keepsFailure")),
        document.getLong("sequence"),
        new Place(document.getInteger("partition"), document.getLong("offset")));
  }

  static Document of(NodeRuns runs) {
    return new Document("_id", runs.executionId() + "/" + runs.sequence())
        .append("executionId", runs.executionId())
        .append("startedAt", Date.from(runs.startedAt()))
        .append("sequence", runs.sequence())
        .append("runs", new Binary(runs.json()));
  }

  static NodeRuns runs(Document document) {
    return new NodeRuns(
        document.getString("executionId"),
        document.getDate("startedAt").toInstant(),
        document.getLong("sequence"),
        document.get("runs", Binary.class).getData());
  }

  static @Nullable Instant instant(Document document, String field) {
    Date date = document.getDate(field);
    return date == null ? null : date.toInstant();
  }

  private static @Nullable Date date(@Nullable Instant instant) {
    return instant == null ? null : Date.from(instant);
  }
}
