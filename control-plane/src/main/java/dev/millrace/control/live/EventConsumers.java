package dev.millrace.control.live;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Makes consumers of events that belong to no group: they leave nothing behind. */
final class EventConsumers {
  private EventConsumers() {}

  /**
   * @param whenGone what is done where records were deleted before they were read: {@code latest}
   *     to go on behind them, {@code none} to fail
   */
  static Consumer<byte[], byte[]> of(String bootstrapServers, String whenGone) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    // What an aborted transaction wrote did not happen.
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, whenGone);
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    // Bounds what is held; a single record that is larger comes all the same.
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 8 << 20);
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 2 << 20);
    // Somebody waits for the next event; by default it is this already, and is to stay so.
    settings.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, 1);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
