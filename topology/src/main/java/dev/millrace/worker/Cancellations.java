package dev.millrace.worker;

import dev.millrace.topic.Topic;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The executions that ended while a worker had a call of theirs in hand, or was about to. Each
 * worker process reads all of them, whatever partitions its tasks come from. A broker that is away
 * is waited for. What is read twice does no harm. Thread-safe.
 */
final class Cancellations implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Cancellations.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final long PAUSE_MILLIS = 1_000;

  /** Far more than are canceled while a task of theirs waits for a worker. */
  private static final int REMEMBERED = 10_000;

  private final String bootstrapServers;
  private final Consumer<byte[]> listener;
  private final Set<ByteBuffer> remembered = Collections.synchronizedSet(bounded());
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile @Nullable KafkaConsumer<byte[], byte[]> consumer;

  /**
   * @param listener told of each execution's key, in a thread of this; {@link #contains} knows it
   *     already then
   */
  Cancellations(String bootstrapServers, Consumer<byte[]> listener) {
    this.bootstrapServers = bootstrapServers;
    this.listener = listener;
    this.thread = Thread.ofPlatform().name("cancellations").daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Whether the execution with this key is known to be over. */
  boolean contains(byte @Nullable [] key) {
    return key != null && remembered.contains(ByteBuffer.wrap(key));
  }

  private void run() {
    while (closing.getCount() > 0) {
      try (KafkaConsumer<byte[], byte[]> reading = consumer()) {
        consumer = reading;
        List<TopicPartition> partitions =
            reading.partitionsFor(Topic.CANCELLATIONS.topicName()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        reading.assign(partitions);
        // From the beginning: a task of an execution that is over may still wait for a worker.
        reading.seekToBeginning(partitions);
        while (closing.getCount() > 0) {
          for (ConsumerRecord<byte[], byte[]> record : reading.poll(POLL)) {
            take(record.key());
          }
        }
      } catch (RuntimeException failed) {
        if (closing.getCount() > 0) {
          LOG.warn("Cancellations cannot be read; trying again", failed);
          pause();
        }
      }
    }
  }

  private void take(byte @Nullable [] key) {
    if (key != null) {
      remembered.add(ByteBuffer.wrap(key));
      listener.accept(key);
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            // A cancellation that was taken back with its transaction must stop no call.
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed"),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private void pause() {
    try {
      boolean closed = closing.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      LOG.debug("Paused; closed: {}", closed);
    } catch (InterruptedException ignored) {
      LOG.warn("The reader of cancellations was interrupted and goes on: only close ends it");
    }
  }

  @Override
  public void close() {
    closing.countDown();
    KafkaConsumer<byte[], byte[]> reading = consumer;
    if (reading != null) {
      reading.wakeup();
    }
    try {
      if (!thread.join(Duration.ofSeconds(5))) {
        LOG.warn("The reader of cancellations does not end");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static Set<ByteBuffer> bounded() {
    return Collections.newSetFromMap(
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Boolean> eldest) {
            return size() > REMEMBERED;
          }
        });
  }
}
