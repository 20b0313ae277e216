package dev.millrace.standalone.history;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.ItemRecords;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.Topic;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Every version of every workflow that was published, as of when it was read. */
final class PublishedVersions {
  private static final Duration POLL = Duration.ofMillis(100);

  private final Map<String, byte[]> byKey = new HashMap<>();
  private final AvroSerde<DefinitionRecord> serde;

  PublishedVersions(String bootstrapServers, MillraceSerdes serdes) {
    this.serde = serdes.serde(DefinitionRecord.class);
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new StringDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(Topic.DEFINITIONS.topicName(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = Objects.requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          if (record.value() == null) {
            byKey.remove(record.key());
          } else {
            byKey.put(record.key(), record.value());
          }
        }
      }
    }
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
