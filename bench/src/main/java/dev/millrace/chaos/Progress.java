package dev.millrace.chaos;

import dev.millrace.topic.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Watches committed events as they come, and says where and for how long none did. Times are those
 * of {@link System#nanoTime}. Thread-safe.
 */
public final class Progress implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(50);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<Integer, ConcurrentLinkedDeque<Long>> arrivals = new ConcurrentHashMap<>();
  private final Thread thread;
  private volatile boolean closing;

  Progress(String bootstrapServers) {
    consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions = new ArrayList<>();
    consumer
        .partitionsFor(Topic.EVENTS.topicName())
        .forEach(info -> {
          arrivals.put(info.partition(), new ConcurrentLinkedDeque<>());
          partitions.add(new TopicPartition(info.topic(), info.partition()));
        });
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    thread = Thread.ofPlatform().name("progress").daemon().start(this::run);
  }

  private void run() {
    try (consumer) {
      while (!closing) {
        try {
          for (ConsumerRecord<byte[], byte[]> event : consumer.poll(POLL)) {
            Objects.requireNonNull(arrivals.get(event.partition())).add(System.nanoTime());
          }
        } catch (KafkaException brokersAway) {
          // What is asked about is when events come again.
          LockSupport.parkNanos(POLL.toNanos());
        }
      }
    }
  }

  /**
   * The longest time between two times in which one partition showed nothing new. Under a constant
   * load that is how long its executions stood still; the time between two calls that happen to
   * fall to it is in there.
   */
  public Duration longestGap(long from, long to) {
    long longest = 0;
    for (ConcurrentLinkedDeque<Long> partition : arrivals.values()) {
      long before = from;
      for (long at : partition) {
        if (at >= from && at <= to) {
          longest = Math.max(longest, at - before);
          before = at;
        }
      }
      longest = Math.max(longest, to - before);
    }
    return Duration.ofNanos(longest);
  }

  /** How many events came after a time. */
  public long since(long from) {
    return arrivals.values().stream()
        .flatMap(ConcurrentLinkedDeque::stream)
        .filter(at -> at >= from)
        .count();
  }

  @Override
  public void close() {
    closing = true;
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
