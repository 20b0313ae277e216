package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.topic.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;

/** What is committed on a topic, from its beginning. */
final class Committed implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();

  Committed(String bootstrapServers, Topic topic) {
    consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic.topicName()).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
  }

  List<ConsumerRecord<byte[], byte[]>> read() {
    consumer.poll(Duration.ofMillis(300)).forEach(records::add);
    return records;
  }

  void awaitSize(int size) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(read()).hasSize(size));
  }

  <T> T awaitOne(java.util.function.Function<ConsumerRecord<byte[], byte[]>, @Nullable T> view) {
    return Objects.requireNonNull(
        await()
            .atMost(PATIENCE)
            .until(
                () -> read().stream().map(view).filter(Objects::nonNull).findFirst().orElse(null),
                Objects::nonNull));
  }

  @Override
  public void close() {
    consumer.close();
  }
}
