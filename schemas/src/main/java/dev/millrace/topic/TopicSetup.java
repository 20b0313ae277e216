package dev.millrace.topic;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates the topics that are missing. May run any number of times and in several processes. */
public final class TopicSetup {
  private static final Logger LOG = LoggerFactory.getLogger(TopicSetup.class);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Admin admin;

  public TopicSetup(Admin admin) {
    this.admin = admin;
  }

  /**
   * Creates every {@link Topic} that does not exist. A topic that exists stays as it is, also where
   * its partitions are more or fewer than asked for: another number would send the commands of
   * running executions to other partitions than their state.
   *
   * @param executionPartitions how many partitions executions are spread over in a new installation
   * @param replication replicas of a new topic; -1 for the broker's default. With three and more, a
   *     record counts as written when all but one have it, so that none is lost with any of them
   * @return the number of partitions that each topic really has
   * @throws MillraceException {@code BROKER_UNAVAILABLE} when a topic cannot be created or seen
   */
  public Map<Topic, Integer> create(int executionPartitions, short replication) {
    Set<String> existing = await("list the topics", admin.listTopics().names()::get);
    List<NewTopic> missing = new ArrayList<>();
    for (Topic topic : Topic.values()) {
      if (!existing.contains(topic.topicName())) {
        missing.add(
            new NewTopic(topic.topicName(), topic.partitions(executionPartitions), replication)
                .configs(config(topic, replication)));
      }
    }
    admin
        .createTopics(missing)
        .values()
        .forEach((name, created) -> {
          try {
            await("create the topic " + name, created::get);
          } catch (MillraceException failed) {
            // Another process was faster.
            if (!(failed.getCause() instanceof TopicExistsException)) {
              throw failed;
            }
          }
        });
    return partitions(executionPartitions);
  }

  /** Replicas that have to have a record before it counts as written. */
  public static int minInSync(short replication) {
    return replication > 2 ? replication - 1 : 1;
  }

  private static Map<String, String> config(Topic topic, short replication) {
    if (replication <= 2) {
      return topic.config();
    }
    Map<String, String> config = new HashMap<>(topic.config());
    config.put("min.insync.replicas", String.valueOf(minInSync(replication)));
    return config;
  }

  private Map<Topic, Integer> partitions(int executionPartitions) {
    List<String> names = new ArrayList<>();
    for (Topic topic : Topic.values()) {
      names.add(topic.topicName());
    }
    Map<String, TopicDescription> described = described(names);
    Map<Topic, Integer> partitions = new EnumMap<>(Topic.class);
    for (Topic topic : Topic.values()) {
      TopicDescription description = described.get(topic.topicName());
      if (description == null) {
        throw new MillraceException(
            ErrorCode.BROKER_UNAVAILABLE, "the topic " + topic.topicName() + " was not described");
      }
      int actual = description.partitions().size();
      if (actual != topic.partitions(executionPartitions)) {
        LOG.warn(
            "The topic {} has {} partitions and keeps them; {} were asked for.",
            topic.topicName(),
            actual,
            topic.partitions(executionPartitions));
      }
      partitions.put(topic, actual);
    }
    return partitions;
  }

  /** A broker learns of a new topic a moment after it was created. */
  private Map<String, TopicDescription> described(List<String> names) {
    long begin = System.nanoTime();
    while (true) {
      try {
        return await("describe the topics", admin.describeTopics(names).allTopicNames()::get);
      } catch (MillraceException failed) {
        if (!(failed.getCause() instanceof UnknownTopicOrPartitionException)
            || System.nanoTime() - begin > PATIENCE.toNanos()) {
          throw failed;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }

  private static <T> T await(String what, KafkaCall<T> call) {
    try {
      return call.get();
    } catch (ExecutionException failed) {
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE,
          "cannot " + what + ": " + failed.getCause(),
          failed.getCause());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE, "interrupted while trying to " + what, stopped);
    }
  }

  private interface KafkaCall<T> {
    T get() throws ExecutionException, InterruptedException;
  }
}
