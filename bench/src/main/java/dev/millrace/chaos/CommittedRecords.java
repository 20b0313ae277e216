package dev.millrace.chaos;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads whole topics as they stand, committed records only. The end of a topic is where its log
 * ends, and not the last record that is committed: a transaction that was left open is an error
 * here, and not the end. One thread at a time.
 */
final class CommittedRecords implements AutoCloseable {
  private final Admin admin;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Duration limit;

  /**
   * @param limit how long one topic may take
   */
  CommittedRecords(String bootstrapServers, Duration limit) {
    this.limit = limit;
    this.admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrapServers));
    this.consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  /**
   * Hands over every committed record of a topic, each partition in its order.
   *
   * @throws MillraceException {@code BROKER_UNAVAILABLE} when the topic cannot be read to its end
   */
  void read(String topic, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = ends(partitions);
    long deadline = System.nanoTime() + limit.toNanos();
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      if (System.nanoTime() > deadline) {
        throw new MillraceException(
            ErrorCode.BROKER_UNAVAILABLE,
            "the topic " + topic + " cannot be read to its end: an open transaction blocks it");
      }
      consumer.poll(Duration.ofMillis(200)).forEach(reader);
    }
  }

  /** The last value of every key of a changelog that is there, in no order. */
  Collection<byte[]> stored(String changelog) {
    Map<ByteBuffer, byte[]> stored = new HashMap<>();
    read(
        changelog,
        r -> {
          if (r.value() == null) {
            stored.remove(ByteBuffer.wrap(r.key()));
          } else {
            stored.put(ByteBuffer.wrap(r.key()), r.value());
          }
        });
    return stored.values();
  }

  private Map<TopicPartition, Long> ends(List<TopicPartition> partitions) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    try {
      Map<TopicPartition, ListOffsetsResultInfo> found =
          admin
              .listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
              .all()
              .get();
      found.forEach((partition, end) -> ends.put(partition, end.offset()));
      return ends;
    } catch (ExecutionException failed) {
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE,
          "the ends of the topics are not told: " + failed.getCause(),
          failed.getCause());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE, "interrupted while reading topics", stopped);
    }
  }

  @Override
  public void close() {
    consumer.close();
    admin.close();
  }
}
