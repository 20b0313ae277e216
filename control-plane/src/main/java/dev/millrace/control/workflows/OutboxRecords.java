package dev.millrace.control.workflows;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.VariablesRecord;
import dev.millrace.avro.WorkflowProjectRecord;
import dev.millrace.control.db.Database;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.DefinitionKeys;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the engine's topic gets for a row of the outbox. A version is as it was published; a project
 * and variables are as they are when the row is looked at, which is what a later row would say.
 * Thread-safe.
 */
final class OutboxRecords {
  private final Database database;
  private final AvroSerde<DefinitionRecord> definitions;
  private final AvroSerde<WorkflowProjectRecord> projects;
  private final AvroSerde<VariablesRecord> variables;

  OutboxRecords(Database database, MillraceSerdes serdes) {
    this.database = database;
    this.definitions = serdes.serde(DefinitionRecord.class);
    this.projects = serdes.serde(WorkflowProjectRecord.class);
    this.variables = serdes.serde(VariablesRecord.class);
  }

  /**
   * A record of the topic.
   *
   * @param value null takes back what the key had
   */
  record Message(String key, byte @Nullable [] value) {}

  /** Those of a row, in their order. */
  List<Message> of(OutboxRow row) {
    return switch (row.kind()) {
      case DEFINITION -> definition(row.subject(), row.version());
      case PROJECT -> List.of(project(row.subject()));
      case VARIABLES -> List.of(variables(row.subject()));
    };
  }

  private List<Message> definition(String workflowId, Optional<Integer> version) {
    List<Message> messages = new ArrayList<>();
    // The version for good first, then what is current: all are seen at once or none.
    version.ifPresent(published -> {
      byte[] bytes = definition(workflowId, published);
      messages.add(new Message(DefinitionKeys.version(workflowId, published), bytes));
      messages.add(new Message(workflowId, bytes));
    });
    if (version.isEmpty()) {
      messages.add(new Message(workflowId, null));
    }
    messages.add(project(workflowId));
    return messages;
  }

  private byte[] definition(String workflowId, int version) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select document, published_at from workflow_version where workflow_id = :id"
                        + " and version = :version")
                .bind("id", workflowId)
                .bind("version", version)
                .map((row, context) -> bytes(row, workflowId, version))
                .one());
  }

  private byte[] bytes(ResultSet row, String workflowId, int version) throws SQLException {
    byte[] document =
        WorkflowDocument.parse(row.getString("document").getBytes(StandardCharsets.UTF_8))
            .withId(workflowId)
            .toBytes();
    return definitions.toBytes(
        new DefinitionRecord(
            workflowId,
            version,
            true,
            ByteBuffer.wrap(document),
            Instant.ofEpochMilli(row.getTimestamp("published_at").getTime())));
  }

  private Message project(String workflowId) {
    return new Message(
        DefinitionKeys.project(workflowId),
        database
            .jdbi()
            .withHandle(handle ->
                handle
                    .createQuery("select project_id from workflow where id = :id")
                    .bind("id", workflowId)
                    .mapTo(String.class)
                    .findOne())
            .map(project -> projects.toBytes(new WorkflowProjectRecord(workflowId, project)))
            .orElse(null));
  }

  private Message variables(String projectId) {
    Map<String, String> values = new HashMap<>();
    database
        .jdbi()
        .useHandle(handle ->
            handle
                .createQuery(
                    "select key, value from variable where project_id is not distinct from"
                        + " nullif(:project, '')")
                .bind("project", projectId)
                .map((row, context) -> Map.entry(row.getString("key"), row.getString("value")))
                .forEach(entry -> values.put(entry.getKey(), entry.getValue())));
    return new Message(
        DefinitionKeys.variables(projectId),
        values.isEmpty() ? null : variables.toBytes(new VariablesRecord(projectId, values)));
  }
}
