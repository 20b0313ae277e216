package dev.millrace.chaos;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.topic.Topic;
import dev.millrace.topology.EngineSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** What Kafka knows of the groups of engines and workers, and of its own brokers. */
public final class EngineGroup implements AutoCloseable {
  /** Name of the engines' group, and prefix of their changelogs. */
  static final String ENGINES = EngineSettings.APPLICATION_ID;

  private static final String WORKERS = "millrace-workers";
  private static final List<Topic> INPUTS = List.of(Topic.COMMANDS, Topic.SIGNALS);

  private final Admin admin;

  public EngineGroup(String bootstrapServers) {
    this.admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                // A broker that is frozen must not hold up the question for a minute.
                AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG,
                5_000,
                AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG,
                15_000));
  }

  /**
   * The stream threads of all engines.
   *
   * @param active how many there are
   * @param allAssigned whether every partition of the inputs has one
   * @param least of how many commands' partitions the one with the fewest has
   */
  public record Members(int active, boolean allAssigned, int least) {}

  public Members members() {
    ConsumerGroupDescription described =
        Objects.requireNonNull(
            get(admin.describeConsumerGroups(List.of(ENGINES)).all()).get(ENGINES));
    int assigned = 0;
    int active = 0;
    int least = Integer.MAX_VALUE;
    for (MemberDescription member : described.members()) {
      long partitions =
          member.assignment().topicPartitions().stream()
              .filter(p -> INPUTS.stream().anyMatch(t -> t.topicName().equals(p.topic())))
              .count();
      assigned += (int) partitions;
      least =
          Math.min(
              least,
              (int)
                  member.assignment().topicPartitions().stream()
                      .filter(p -> p.topic().equals(Topic.COMMANDS.topicName()))
                      .count());
      active++;
    }
    return new Members(active, assigned == inputs().size(), active == 0 ? 0 : least);
  }

  /** Commands, signals and tasks that nobody has taken yet; markers of transactions included. */
  public long lag() {
    Map<TopicPartition, Long> ends = ends(inputs());
    Map<TopicPartition, org.apache.kafka.clients.consumer.OffsetAndMetadata> done =
        get(admin.listConsumerGroupOffsets(ENGINES).partitionsToOffsetAndMetadata());
    long lag = 0;
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      var offset = done.get(end.getKey());
      lag += end.getValue() - (offset == null ? 0 : offset.offset());
    }
    var tasks =
        get(
            admin
                .listShareGroupOffsets(
                    Map.of(
                        WORKERS,
                        new ListShareGroupOffsetsSpec()
                            .topicPartitions(partitions(List.of(Topic.TASKS.topicName())))))
                .partitionsToOffsetInfo(WORKERS));
    for (var info : tasks.values()) {
      lag += info == null ? 0 : info.lag().orElse(0L);
    }
    return lag;
  }

  /** Whether every replica of every topic of ours has all records. */
  boolean allInSync() {
    List<String> names = List.of(Topic.values()).stream().map(Topic::topicName).toList();
    return get(admin.describeTopics(names).allTopicNames()).values().stream()
        .flatMap(topic -> topic.partitions().stream())
        .allMatch(partition -> partition.isr().size() == partition.replicas().size());
  }

  private List<TopicPartition> inputs() {
    return partitions(INPUTS.stream().map(Topic::topicName).toList());
  }

  private List<TopicPartition> partitions(List<String> topics) {
    return get(admin.describeTopics(topics).allTopicNames()).values().stream()
        .flatMap(topic ->
            topic.partitions().stream()
                .map(partition -> new TopicPartition(topic.name(), partition.partition())))
        .toList();
  }

  private Map<TopicPartition, Long> ends(List<TopicPartition> partitions) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
    Map<TopicPartition, Long> ends = new HashMap<>();
    get(admin.listOffsets(latest).all())
        .forEach((partition, end) -> ends.put(partition, end.offset()));
    return ends;
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failed) {
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE, "the groups are not told: " + failed, failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new MillraceException(ErrorCode.BROKER_UNAVAILABLE, "interrupted", stopped);
    }
  }

  @Override
  public void close() {
    admin.close(java.time.Duration.ofSeconds(2));
  }
}
