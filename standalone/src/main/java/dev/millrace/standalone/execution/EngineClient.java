package dev.millrace.standalone.execution;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.StartExecution;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.Plan;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.ItemRecords;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.Topic;
import dev.millrace.topology.EventRecords;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Runs executions through a running engine: sends the start command with the workflow inside it and
 * follows the execution's events until it is over. Sees only what is committed. Thread-safe.
 */
public final class EngineClient implements WorkflowRunner, AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  private final NodeCatalogue catalogue;
  private final ExpressionEngine expressions;
  private final AvroSerde<CommandRecord> commands;
  private final AvroSerde<EventBatch> events;
  private final AvroSerde<DeadLetterRecord> deadLetters;
  private final Duration limit;
  private final Producer<byte[], byte[]> producer;
  private final Consumer<byte[], byte[]> consumer;
  private final Map<String, Pending> pending = new ConcurrentHashMap<>();
  private final Thread reader;

  /** An execution that is under way. */
  private record Pending(ExecutionState state, CompletableFuture<FinishedExecution> finished) {}

  /**
   * Connects; executions started from now on are followed.
   *
   * @param catalogue the nodes of the engine
   * @param limit how long an execution may take
   */
  public EngineClient(
      String bootstrapServers,
      MillraceSerdes serdes,
      NodeCatalogue catalogue,
      ExpressionEngine expressions,
      Duration limit) {
    this.catalogue = catalogue;
    this.expressions = expressions;
    this.commands = serdes.serde(CommandRecord.class);
    this.events = serdes.serde(EventBatch.class);
    this.deadLetters = serdes.serde(DeadLetterRecord.class);
    this.limit = limit;
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                // One command at a time is waited for: nothing is gained by gathering.
                ProducerConfig.LINGER_MS_CONFIG,
                0,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                dev.millrace.topology.EngineRuntime.MAX_MESSAGE_BYTES),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                // What an aborted transaction wrote did not happen.
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                dev.millrace.topology.EngineRuntime.MAX_MESSAGE_BYTES),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    for (Topic topic : List.of(Topic.EVENTS, Topic.DEAD_LETTERS)) {
      consumer
          .partitionsFor(topic.topicName())
          .forEach(p -> partitions.add(new TopicPartition(p.topic(), p.partition())));
    }
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // Seeking is lazy: a position that is found only after the first command would miss its events.
    partitions.forEach(consumer::position);
    this.reader = Thread.ofPlatform().name("execution-reader").start(this::read);
  }

  @Override
  public FinishedExecution run(ExecutionRequest request) {
    String executionId = UUID.randomUUID().toString();
    Pending entry =
        new Pending(
            new ExecutionState(Plan.compile(request.workflow(), catalogue, expressions), Map.of()),
            new CompletableFuture<>());
    pending.put(executionId, entry);
    try {
      producer
          .send(
              new ProducerRecord<>(
                  Topic.COMMANDS.topicName(),
                  executionId.getBytes(StandardCharsets.UTF_8),
                  commands.toBytes(command(executionId, request))))
          .get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return entry.finished().get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      throw new MillraceException(
          ErrorCode.EXECUTION_TIMEOUT,
          "the execution was not over after " + limit.toSeconds() + " s",
          late);
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof MillraceException known
          ? known
          : new MillraceException(
              ErrorCode.BROKER_UNAVAILABLE, String.valueOf(failed.getCause()), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.EXECUTION_CANCELED, "interrupted while the execution ran", interrupted);
    } finally {
      pending.remove(executionId);
    }
  }

  private static CommandRecord command(String executionId, ExecutionRequest request) {
    StartExecution start =
        StartExecution.newBuilder()
            .setWorkflowId(request.workflow().id().orElse("inline"))
            .setVersion(0)
            .setInlineDefinition(ByteBuffer.wrap(request.workflow().toBytes()))
            .setMode(request.mode().json())
            .setStartNode(request.startNode())
            .setItems(ItemRecords.of(request.items()))
            .setDestination(request.destination())
            .setDestinationInclusive(request.destinationInclusive())
            .build();
    return CommandRecord.newBuilder()
        .setExecutionId(executionId)
        .setSentAt(Instant.now())
        .setBody(start)
        .build();
  }

  private void read() {
    try (consumer) {
      while (true) {
        for (ConsumerRecord<byte[], byte[]> event : consumer.poll(POLL)) {
          Pending entry =
              event.key() == null
                  ? null
                  : pending.get(new String(event.key(), StandardCharsets.UTF_8));
          if (entry != null) {
            follow(entry, event);
          }
        }
      }
    } catch (WakeupException closed) {
      failAll(new MillraceException(ErrorCode.EXECUTION_CANCELED, "the client was closed"));
    } catch (KafkaException lost) {
      failAll(
          new MillraceException(
              ErrorCode.BROKER_UNAVAILABLE, "events cannot be read: " + lost.getMessage(), lost));
    }
  }

  private void follow(Pending entry, ConsumerRecord<byte[], byte[]> event) {
    try {
      if (event.topic().equals(Topic.DEAD_LETTERS.topicName())) {
        throw new MillraceException(
            ErrorCode.UNREADABLE_RECORD, deadLetters.fromBytes(event.value()).getReason());
      }
      ExecutionState state = entry.state();
      EventRecords.toEvents(events.fromBytes(event.value())).forEach(state::apply);
      if (state.status().terminal()) {
        entry.finished().complete(finished(state));
      }
    } catch (RuntimeException unreadable) {
      entry.finished().completeExceptionally(unreadable);
    }
  }

  private static FinishedExecution finished(ExecutionState state) {
    List<NodeRun> runs = state.allRuns().values().stream().flatMap(List::stream).toList();
    boolean contextEmpty =
        state.plan().nodes().stream().allMatch(n -> state.context(n.node().name()).isEmpty());
    return new FinishedExecution(
        state.executionId(),
        state.status().json(),
        state.error(),
        state.lastNode(),
        runs,
        contextEmpty,
        state.nothingReady());
  }

  private void failAll(MillraceException reason) {
    pending.values().forEach(entry -> entry.finished().completeExceptionally(reason));
  }

  @Override
  public void close() {
    consumer.wakeup();
    try {
      reader.join(Duration.ofSeconds(5));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    producer.close(Duration.ofSeconds(5));
  }
}
