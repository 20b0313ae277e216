package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.topic.Topic;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Makes the consumers of the ingress: without a group, on partitions that they choose. */
final class Consumers {
  private Consumers() {}

  static KafkaConsumer<String, byte[]> create(IngressSettings.Kafka kafka, String resetTo) {
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    // Nobody may be told what a transaction could still take back.
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, resetTo);
    // A topic made by accident would have the wrong number of partitions.
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    return new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * The partitions of a topic.
   *
   * @throws MillraceException {@code BROKER_UNAVAILABLE} when they cannot be learnt
   */
  static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, Topic topic) {
    try {
      List<PartitionInfo> infos = consumer.partitionsFor(topic.topicName());
      if (!infos.isEmpty()) {
        return infos.stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
      }
    } catch (KafkaException unreachable) {
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE,
          "The topic " + topic.topicName() + " cannot be read",
          unreachable);
    }
    throw new MillraceException(
        ErrorCode.BROKER_UNAVAILABLE, "The topic " + topic.topicName() + " does not exist");
  }
}
