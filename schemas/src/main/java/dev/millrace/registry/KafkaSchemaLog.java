package dev.millrace.registry;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.topic.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
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
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The schema log in the topic {@link Topic#SCHEMAS}, which has to exist. It is read without a
 * consumer group, so every process sees all of it.
 */
public final class KafkaSchemaLog implements SchemaLog {
  /** How long a start or an unknown schema waits for the broker before it is an error. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final TopicPartition PARTITION = new TopicPartition(Topic.SCHEMAS.topicName(), 0);

  private final Map<String, Object> clientSettings;
  private final Duration patience;
  private final Consumer<byte[], byte[]> consumer;
  private @Nullable Producer<byte[], byte[]> producer;

  /**
   * @param clientSettings what every client of the cluster needs: {@code bootstrap.servers} and
   *     security
   */
  public KafkaSchemaLog(Map<String, Object> clientSettings) {
    this(clientSettings, PATIENCE);
  }

  /**
   * @param patience how long a call waits for the broker before it is an error
   */
  public KafkaSchemaLog(Map<String, Object> clientSettings, Duration patience) {
    this.clientSettings = Map.copyOf(clientSettings);
    this.patience = patience;
    Map<String, Object> settings = new HashMap<>(clientSettings);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, "false");
    // The default of one minute would hold a start, or a stream thread, for that long.
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) patience.toMillis());
    consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(List.of(PARTITION));
    consumer.seekToBeginning(List.of(PARTITION));
  }

  @Override
  public void append(String key, byte[] value) {
    try {
      producer()
          .send(
              new ProducerRecord<>(
                  PARTITION.topic(),
                  PARTITION.partition(),
                  key.getBytes(StandardCharsets.UTF_8),
                  value))
          .get();
    } catch (ExecutionException | KafkaException failed) {
      throw unavailable("write to", failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw unavailable("write to", stopped);
    }
  }

  @Override
  public List<byte[]> readToEnd() {
    List<byte[]> entries = new ArrayList<>();
    try {
      Long end = consumer.endOffsets(List.of(PARTITION)).get(PARTITION);
      long deadline = System.nanoTime() + patience.toNanos();
      while (end != null && consumer.position(PARTITION) < end) {
        if (System.nanoTime() > deadline) {
          throw unavailable("read to the end of", null);
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          byte[] value = record.value();
          if (value != null) {
            entries.add(value);
          }
        }
      }
    } catch (KafkaException failed) {
      startAgain();
      throw unavailable("read", failed);
    } catch (MillraceException tooSlow) {
      startAgain();
      throw tooSlow;
    }
    return entries;
  }

  /** What was read before an error would be lost; the registry may be given entries twice. */
  private void startAgain() {
    consumer.seekToBeginning(List.of(PARTITION));
  }

  @Override
  public void close() {
    consumer.close();
    Producer<byte[], byte[]> open = producer;
    if (open != null) {
      open.close(patience);
    }
  }

  private Producer<byte[], byte[]> producer() {
    Producer<byte[], byte[]> open = producer;
    if (open == null) {
      Map<String, Object> settings = new HashMap<>(clientSettings);
      // A claim that is lost after its id was used would leave records that nobody can read.
      settings.put(ProducerConfig.ACKS_CONFIG, "all");
      settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, patience.toMillis());
      // Claims are rare and alone: there is nothing to wait for.
      settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
      settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) patience.toMillis() / 2);
      settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) patience.toMillis());
      open = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
      producer = open;
    }
    return open;
  }

  private static MillraceException unavailable(String what, @Nullable Exception cause) {
    return new MillraceException(
        ErrorCode.BROKER_UNAVAILABLE,
        "cannot " + what + " the topic " + PARTITION.topic() + (cause == null ? "" : ": " + cause),
        cause);
  }
}
