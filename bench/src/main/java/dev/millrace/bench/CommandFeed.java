package dev.millrace.bench;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.StartExecution;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.Topic;
import dev.millrace.value.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** Puts definitions and starts on their topics, as an ingress does but without HTTP. */
final class CommandFeed implements AutoCloseable {
  private final KafkaProducer<byte[], byte[]> producer;
  private final AvroSerde<DefinitionRecord> definitions;
  private final AvroSerde<CommandRecord> commands;
  private volatile @Nullable Exception failed;

  CommandFeed(String bootstrap, MillraceSerdes serdes) {
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "linger.ms", 5, "batch.size", 1 << 18),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    definitions = serdes.serde(DefinitionRecord.class);
    commands = serdes.serde(CommandRecord.class);
  }

  /** Publishes version 1 of a workflow. */
  void define(String workflowId, byte[] json) throws ExecutionException, InterruptedException {
    producer
        .send(
            new ProducerRecord<>(
                Topic.DEFINITIONS.topicName(),
                (workflowId + "/1").getBytes(StandardCharsets.UTF_8),
                definitions.toBytes(
                    new DefinitionRecord(
                        workflowId, 1, true, ByteBuffer.wrap(json), Instant.now()))))
        .get();
  }

  /** The item of a webhook call with a body. */
  static byte[] webhookItem(@Nullable Object body) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("headers", Map.of("user-agent", "bench", "content-type", "application/json"));
    json.put("params", Map.of());
    json.put("query", Map.of());
    json.put("body", body);
    json.put("webhookUrl", "http://localhost:5678/webhook/bench");
    json.put("executionMode", "production");
    return Json.write(json);
  }

  /** Starts version 1 of a workflow at its node "Webhook". */
  void start(String executionId, String workflowId, byte[] item) {
    StartExecution start =
        new StartExecution(
            workflowId,
            1,
            null,
            "webhook",
            "Webhook",
            0,
            List.of(new ItemRecord(ByteBuffer.wrap(item), -1, null)),
            null,
            true,
            null,
            null,
            null);
    var unused =
        producer.send(
            new ProducerRecord<>(
                Topic.COMMANDS.topicName(),
                executionId.getBytes(StandardCharsets.UTF_8),
                commands.toBytes(new CommandRecord(executionId, "default", Instant.now(), start))),
            (sent, failure) -> {
              if (failure != null) {
                failed = failure;
              }
            });
  }

  /** Waits until all that was started is on its topic. */
  void flush() {
    producer.flush();
    if (failed != null) {
      throw new IllegalStateException("a command was not sent", failed);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
