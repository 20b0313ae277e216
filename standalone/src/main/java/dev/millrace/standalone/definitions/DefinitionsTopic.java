package dev.millrace.standalone.definitions;

import dev.millrace.standalone.topics.WholeTopic;
import dev.millrace.topic.DefinitionKeys;
import dev.millrace.topic.Topic;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** What is published, from the topic that holds it. */
public final class DefinitionsTopic {
  private DefinitionsTopic() {}

  /**
   * Reads the topic from its beginning to its end of now. Of a key the last value counts; null
   * takes it back.
   *
   * @param bootstrapServers Kafka, {@code host:port,...}
   */
  public static void read(
      String bootstrapServers, BiConsumer<String, byte @Nullable []> published) {
    try (KafkaConsumer<byte[], byte[]> consumer = WholeTopic.consumer(bootstrapServers)) {
      WholeTopic.read(
          consumer,
          List.of(new TopicPartition(Topic.DEFINITIONS.topicName(), 0)),
          record ->
              published.accept(new String(record.key(), StandardCharsets.UTF_8), record.value()));
    }
  }

  /** The last version of each workflow that was ever published, by what their keys say. */
  public static Map<String, Integer> lastVersions(String bootstrapServers) {
    Map<String, Integer> last = new HashMap<>();
    read(
        bootstrapServers,
        (key, version) -> {
          int slash = key.lastIndexOf('/');
          if (slash > 0
              && DefinitionKeys.isDefinition(key)
              && key.substring(slash + 1).matches("\\d{1,9}")) {
            last.merge(
                key.substring(0, slash), Integer.valueOf(key.substring(slash + 1)), Math::max);
          }
        });
    return last;
  }
}
