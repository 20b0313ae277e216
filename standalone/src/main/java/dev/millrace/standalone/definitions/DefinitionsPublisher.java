package dev.millrace.standalone.definitions;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.ItemRecords;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.DefinitionKeys;
import dev.millrace.topic.Topic;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes published versions to the definitions topic. A version is written under its own key first
 * and becomes the current one with the second record: after a crash between the two the old version
 * is still the current one, and the next publication writes on from there. There must be one
 * publisher at a time. Not thread-safe.
 */
public final class DefinitionsPublisher implements Publications {

  private final AvroSerde<DefinitionRecord> serde;
  private final InstantSource clock;
  private final Producer<String, byte[]> producer;
  private final Map<String, DefinitionRecord> current = new HashMap<>();
  private final Map<String, Integer> lastVersions = new HashMap<>();

  /** Connects and reads what is published. */
  public DefinitionsPublisher(String bootstrapServers, MillraceSerdes serdes, InstantSource clock) {
    this.serde = serdes.serde(DefinitionRecord.class);
    this.clock = clock;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.LINGER_MS_CONFIG,
                0,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                dev.millrace.topology.EngineRuntime.MAX_MESSAGE_BYTES),
            new StringSerializer(),
            new ByteArraySerializer());
    DefinitionsTopic.read(bootstrapServers, this::remember);
  }

  /** The current version of a workflow, empty when it is not published. */
  public Optional<DefinitionRecord> current(String workflowId) {
    return Optional.ofNullable(current.get(workflowId));
  }

  @Override
  public Optional<Integer> version(String workflowId) {
    return current(workflowId).map(DefinitionRecord::getVersion);
  }

  /**
   * Publishes a document as the active version of a workflow and returns when it is durable.
   *
   * @return the new version, or the current one when it has the same content
   * @throws MillraceException {@code BROKER_UNAVAILABLE}
   */
  @Override
  public int publish(String workflowId, WorkflowDocument workflow) {
    byte[] json = workflow.toBytes();
    DefinitionRecord now = current.get(workflowId);
    if (now != null && now.getActive() && sameContent(now, json)) {
      return now.getVersion();
    }
    int version = lastVersions.getOrDefault(workflowId, 0) + 1;
    DefinitionRecord record =
        new DefinitionRecord(workflowId, version, true, ByteBuffer.wrap(json), clock.instant());
    byte[] bytes = serde.toBytes(record);
    send(workflowId + "/" + version, bytes);
    lastVersions.put(workflowId, version);
    send(workflowId, bytes);
    current.put(workflowId, record);
    return version;
  }

  /**
   * Withdraws a workflow: nothing starts it any more, and what runs goes on in its version.
   *
   * @throws MillraceException {@code BROKER_UNAVAILABLE}
   */
  @Override
  public void withdraw(String workflowId) {
    if (current.containsKey(workflowId)) {
      send(workflowId, null);
      current.remove(workflowId);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }

  private void send(String key, byte @Nullable [] value) {
    try {
      producer.send(new ProducerRecord<>(Topic.DEFINITIONS.topicName(), key, value)).get();
    } catch (ExecutionException failed) {
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE,
          key + " cannot be published: " + failed.getCause(),
          failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE, "interrupted while " + key + " was published", interrupted);
    }
  }

  private void remember(String key, byte @Nullable [] published) {
    if (!DefinitionKeys.isDefinition(key)) {
      return;
    }
    if (published == null) {
      current.remove(key);
      return;
    }
    DefinitionRecord record;
    try {
      record = serde.fromBytes(published);
    } catch (MillraceException unreadable) {
      // Somebody else wrote it; a publication of that workflow replaces it.
      return;
    }
    lastVersions.merge(record.getWorkflowId(), record.getVersion(), Math::max);
    if (record.getWorkflowId().equals(key)) {
      current.put(key, record);
    }
  }

  private static boolean sameContent(DefinitionRecord published, byte[] json) {
    return Json.parseObject(ItemRecords.bytes(published.getJson())).equals(Json.parseObject(json));
  }
}
