package dev.millrace.standalone.history;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.engine.Event;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.topics.WholeTopic;
import dev.millrace.topic.Topic;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.topology.EventRecords;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The events topic, read from its beginning: what it holds of executions, and what comes of a
 * command. Sees only what is committed. Every question reads the topic, so it is for commands and
 * not for servers. One thread at a time.
 */
final class EventLog implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(200);

  /** Held in memory while the topic is read, beside those that are asked for. */
  private static final int MOST_SUMMARIES = 10_000;

  private final AvroSerde<EventBatch> batches;
  private final AvroSerde<CommandRecord> commands;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final KafkaProducer<byte[], byte[]> producer;
  private final List<TopicPartition> partitions;

  EventLog(String bootstrapServers, MillraceSerdes serdes) {
    this.batches = serdes.serde(EventBatch.class);
    this.commands = serdes.serde(CommandRecord.class);
    this.consumer = WholeTopic.consumer(bootstrapServers);
    this.producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                EngineRuntime.MAX_MESSAGE_BYTES,
                // The default of 32 MiB is less than the largest record.
                ProducerConfig.BUFFER_MEMORY_CONFIG,
                (long) EngineRuntime.MAX_MESSAGE_BYTES + (8 << 20)),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.partitions =
        consumer.partitionsFor(Topic.EVENTS.topicName()).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
  }

  /** What is recorded of an execution, empty when nothing is. */
  Optional<RecordedEvents> find(String executionId) {
    Map<String, Growing> found =
        read(
            List.of(partitionOf(executionId)), batch -> batch.getExecutionId().equals(executionId));
    return Optional.ofNullable(found.get(executionId)).flatMap(Growing::recorded);
  }

  /**
   * The executions of a workflow that ended last, those that are wanted, in the order of their
   * ends.
   */
  List<RecordedEvents> lastEnded(String workflowId, int count, Predicate<RecordedEvents> wanted) {
    List<Map.Entry<Long, RecordedEvents>> ended = new ArrayList<>();
    Map<String, Growing> open = new HashMap<>();
    scan(
        partitions,
        batch -> {
          if (!batch.getWorkflowId().equals(workflowId)) {
            return;
          }
          Growing growing = open.computeIfAbsent(batch.getExecutionId(), id -> new Growing());
          growing.add(batch);
          Optional<RecordedEvents> recorded = growing.recorded();
          if (recorded.isPresent() && recorded.get().ended().isPresent()) {
            open.remove(batch.getExecutionId());
            if (wanted.test(recorded.get())) {
              ended.add(Map.entry(batch.getAt().toEpochMilli(), recorded.get()));
              if (ended.size() > 2 * count) {
                keepLast(ended, count);
              }
            }
          }
        });
    keepLast(ended, count);
    return ended.stream().map(Map.Entry::getValue).toList();
  }

  /**
   * The executions that began last, the earliest first.
   *
   * @param workflowId whose, null for those of all
   */
  List<ExecutionSummary> last(@Nullable String workflowId, int count) {
    Map<String, ExecutionSummary> all = new HashMap<>();
    scan(
        partitions,
        batch -> {
          if (workflowId == null || batch.getWorkflowId().equals(workflowId)) {
            all.compute(
                batch.getExecutionId(), (id, before) -> ExecutionSummary.after(before, batch));
            if (all.size() > 2 * count + MOST_SUMMARIES) {
              Set<String> kept = new HashSet<>();
              newest(all, count).forEach(summary -> kept.add(summary.executionId()));
              all.values()
                  .removeIf(summary -> summary.over() && !kept.contains(summary.executionId()));
            }
          }
        });
    return newest(all, count);
  }

  private static List<ExecutionSummary> newest(Map<String, ExecutionSummary> all, int count) {
    List<ExecutionSummary> sorted =
        all.values().stream().sorted(Comparator.comparing(ExecutionSummary::startedAt)).toList();
    return sorted.subList(Math.max(0, sorted.size() - count), sorted.size());
  }

  private static void keepLast(List<Map.Entry<Long, RecordedEvents>> ended, int count) {
    ended.sort(Map.Entry.comparingByKey());
    ended.subList(0, Math.max(0, ended.size() - count)).clear();
  }

  /**
   * Sends a command and follows its execution until it is over.
   *
   * @param patience how long it may take
   * @return what it did since the command; it is not over where that was not in time
   * @throws MillraceException {@code BATCH_TOO_LARGE}, {@code BROKER_UNAVAILABLE}
   */
  List<Event> sendAndFollow(CommandRecord command, Duration patience) {
    TopicPartition partition = partitionOf(command.getExecutionId());
    consumer.assign(List.of(partition));
    consumer.seekToEnd(List.of(partition));
    // Seeking is lazy, and the events must not come before it is done.
    long from = consumer.position(partition);
    send(command);
    consumer.seek(partition, from);
    List<Event> events = new ArrayList<>();
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < patience.toNanos()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        EventBatch batch = batches.fromBytes(record.value());
        if (batch.getExecutionId().equals(command.getExecutionId())) {
          events.addAll(EventRecords.toEvents(batch));
        }
      }
      if (!events.isEmpty() && events.getLast() instanceof Event.ExecutionEnded) {
        break;
      }
    }
    return events;
  }

  private void send(CommandRecord command) {
    byte[] value = commands.toBytes(command);
    // The engine writes about the same into one event, with a little more around it.
    int limit = EngineRuntime.MAX_MESSAGE_BYTES - (256 << 10);
    if (value.length > limit) {
      throw new MillraceException(
          ErrorCode.BATCH_TOO_LARGE,
          "what execution "
              + command.getExecutionId()
              + " would begin with has "
              + value.length
              + " bytes, more than the "
              + limit
              + " that a record holds");
    }
    try {
      producer
          .send(
              new ProducerRecord<>(
                  Topic.COMMANDS.topicName(),
                  command.getExecutionId().getBytes(StandardCharsets.UTF_8),
                  value))
          .get();
    } catch (ExecutionException failed) {
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE, String.valueOf(failed.getCause()), failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.EXECUTION_CANCELED, "interrupted while a command was sent", interrupted);
    }
  }

  /** Where the engine writes the events of an execution. */
  private TopicPartition partitionOf(String executionId) {
    return new TopicPartition(
        Topic.EVENTS.topicName(), Topic.partitionOf(executionId, partitions.size()));
  }

  private Map<String, Growing> read(List<TopicPartition> from, Predicate<EventBatch> wanted) {
    Map<String, Growing> all = new LinkedHashMap<>();
    scan(
        from,
        batch -> {
          if (wanted.test(batch)) {
            all.computeIfAbsent(batch.getExecutionId(), id -> new Growing()).add(batch);
          }
        });
    return all;
  }

  private void scan(List<TopicPartition> from, java.util.function.Consumer<EventBatch> each) {
    WholeTopic.read(
        consumer,
        from,
        record -> {
          EventBatch batch;
          try {
            batch = batches.fromBytes(record.value());
          } catch (MillraceException foreign) {
            // Somebody else wrote it; it belongs to no execution.
            return;
          }
          each.accept(batch);
        });
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    consumer.close();
  }

  /** The batches of an execution as they come. */
  private static final class Growing {
    private final List<EventBatch> all = new ArrayList<>();

    void add(EventBatch batch) {
      all.add(batch);
    }

    /** Empty when its beginning is no longer there. */
    Optional<RecordedEvents> recorded() {
      EventBatch first = all.getFirst();
      if (first.getEvents().isEmpty()
          || !(first.getEvents().getFirst() instanceof ExecutionStartedEvent started)) {
        return Optional.empty();
      }
      return Optional.of(
          new RecordedEvents(
              first.getExecutionId(),
              first.getTenant(),
              first.getWorkflowId(),
              first.getVersion(),
              started,
              all.stream().flatMap(batch -> EventRecords.toEvents(batch).stream()).toList()));
    }
  }
}
