package dev.millrace.standalone.history;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.ItemRecords;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.definitions.DefinitionsTopic;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/** Every version of every workflow that was published, as of when it was read. */
final class PublishedVersions {
  private final Map<String, byte[]> byKey = new HashMap<>();
  private final AvroSerde<DefinitionRecord> serde;

  PublishedVersions(String bootstrapServers, MillraceSerdes serdes) {
    this.serde = serdes.serde(DefinitionRecord.class);
    DefinitionsTopic.read(
        bootstrapServers,
        (key, version) -> {
          if (version == null) {
            byKey.remove(key);
          } else {
            byKey.put(key, version);
          }
        });
  }

  /**
   * The workflow that an execution ran.
   *
   * @throws MillraceException {@code UNKNOWN_WORKFLOW} when its version is gone
   */
  WorkflowDocument of(RecordedEvents execution) {
    ByteBuffer inline = execution.started().getInlineDefinition();
    if (inline != null) {
      return WorkflowDocument.parse(ItemRecords.bytes(inline));
    }
    byte[] published = byKey.get(execution.workflowId() + "/" + execution.version());
    if (published == null) {
      throw new MillraceException(
          ErrorCode.UNKNOWN_WORKFLOW,
          "version "
              + execution.version()
              + " of workflow \""
              + execution.workflowId()
              + "\", which execution "
              + execution.executionId()
              + " ran, is not published");
    }
    return WorkflowDocument.parse(ItemRecords.bytes(serde.fromBytes(published).getJson()));
  }
}
