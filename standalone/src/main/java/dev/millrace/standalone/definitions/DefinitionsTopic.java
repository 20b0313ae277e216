package dev.millrace.standalone.definitions;

import dev.millrace.topic.Topic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** What is published, from the topic that holds it. */
public final class DefinitionsTopic {
  private static final Duration POLL = Duration.ofMillis(100);

  private DefinitionsTopic() {}

  /**
   * Reads the topic from its beginning to its end of now. Of a key the last value counts; null
   * takes it back.
   *
   * @param bootstrapServers Kafka, {@code host:port,...}
   */
  public static void read(
      String bootstrapServers, Consumer<ConsumerRecord<String, byte[]>> published) {
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed"),
            new StringDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(Topic.DEFINITIONS.topicName(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = Objects.requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
      while (consumer.position(partition) < end) {
        consumer.poll(POLL).forEach(published);
      }
    }
  }
}
