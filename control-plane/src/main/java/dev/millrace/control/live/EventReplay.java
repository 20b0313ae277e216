package dev.millrace.control.live;

import dev.millrace.avro.EventBatch;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.Topic;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the events of one execution again from where somebody saw the last. It passes everything
 * that happened in the partition since, so it takes some time at most, and says so when that was
 * not enough. Thread-safe.
 */
final class EventReplay {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** At some 100,000 records a second. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final AvroSerde<EventBatch> serde;

  /**
   * @param consumers makes one that reads what is committed, without a group, and fails where what
   *     it is to read is gone; it is closed here
   */
  EventReplay(Supplier<Consumer<byte[], byte[]>> consumers, MillraceSerdes serdes) {
    this.consumers = consumers;
    this.serde = serdes.serde(EventBatch.class);
  }

  /** Told of one batch after the other. */
  @FunctionalInterface
  interface Reader {
    void read(Delivery delivery) throws IOException;
  }

  /**
   * Reads from a place to where the partition ends now.
   *
   * @return false when not everything since then could be read: the reader was told of nothing, or
   *     not of all
   * @throws MillraceException {@code BROKER_UNAVAILABLE}
   */
  boolean replay(String executionId, EventId from, Reader reader) throws IOException {
    TopicPartition partition = new TopicPartition(Topic.EVENTS.topicName(), from.partition());
    try (Consumer<byte[], byte[]> consumer = consumers.get()) {
      if (consumer.partitionsFor(partition.topic(), PATIENCE).stream()
          .noneMatch(info -> info.partition() == from.partition())) {
        return false;
      }
      List<TopicPartition> one = List.of(partition);
      consumer.assign(one);
      long begin = consumer.beginningOffsets(one, PATIENCE).getOrDefault(partition, 0L);
      long end = consumer.endOffsets(one, PATIENCE).getOrDefault(partition, 0L);
      if (from.offset() < begin || from.offset() > end) {
        return false;
      }
      consumer.seek(partition, from.offset());
      long deadline = System.nanoTime() + LONGEST.toNanos();
      while (consumer.position(partition, PATIENCE) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          if (record.offset() < end && isOf(executionId, record)) {
            hand(record, reader);
          }
        }
        if (System.nanoTime() > deadline) {
          return false;
        }
      }
      return true;
    } catch (OffsetOutOfRangeException gone) {
      return false;
    } catch (KafkaException broken) {
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE, "the events cannot be read: " + broken, broken);
    }
  }

  private static boolean isOf(String executionId, ConsumerRecord<byte[], byte[]> record) {
    return record.key() != null
        && record.value() != null
        && new String(record.key(), StandardCharsets.UTF_8).equals(executionId);
  }

  private void hand(ConsumerRecord<byte[], byte[]> record, Reader reader) throws IOException {
    EventBatch batch;
    try {
      batch = serde.fromBytes(record.value());
    } catch (MillraceException unreadable) {
      // It is not in history either; the log of the projector has its place.
      return;
    }
    reader.read(new Delivery(record.partition(), record.offset(), batch, record.value().length));
  }
}
