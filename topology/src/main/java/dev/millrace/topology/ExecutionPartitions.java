package dev.millrace.topology;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.topic.Topic;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.streams.StreamsConfig;

/** How many partitions the executions of an installation are spread over. */
final class ExecutionPartitions {
  private ExecutionPartitions() {}

  /**
   * Asks Kafka.
   *
   * @throws MillraceException {@code BROKER_UNAVAILABLE}
   */
  static int count(EngineSettings settings) {
    Properties streams = new Properties();
    streams.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    streams.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
    settings.overrides().forEach(streams::put);
    String topic = Topic.COMMANDS.topicName();
    try (Admin admin =
        Admin.create(new StreamsConfig(streams).getAdminConfigs("millrace-partitions"))) {
      return admin.describeTopics(List.of(topic)).allTopicNames().get().values().stream()
          .mapToInt(description -> description.partitions().size())
          .sum();
    } catch (ExecutionException failed) {
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE,
          "the partitions of " + topic + " cannot be read: " + failed.getCause(),
          failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE,
          "interrupted while the partitions of " + topic + " were read",
          interrupted);
    }
  }
}
