package dev.millrace.worker;

import dev.millrace.topic.Topic;
import java.time.Duration;

/**
 * Settings of an effect worker.
 *
 * @param bootstrapServers Kafka, {@code host:port,...}
 * @param topic holds the tasks
 * @param group the share group; the same for all workers that share the tasks
 * @param maxTasks how many tasks may be in hand at the same time
 * @param maxBytes how large their keys and values may be together. No more is fetched unless a
 *     quarter of it is free, and no fetch is larger than that quarter, apart from a single record
 *     that is, and from what compressed records grow by
 * @param lock how long the broker waits for a sign of life of a delivered task before it delivers
 *     it to somebody else. Brokers take 15 to 60 seconds unless they are configured otherwise
 * @param maxDeliveries a task that is delivered more often is given up; at most {@value
 *     #MOST_DELIVERIES}
 * @param retryAfter how long a task that failed waits for its second delivery; each further one
 *     waits twice as long, up to 30 times this
 */
public record PumpSettings(
    String bootstrapServers,
    String topic,
    String group,
    int maxTasks,
    long maxBytes,
    Duration lock,
    int maxDeliveries,
    Duration retryAfter) {
  /**
   * The broker drops a task in silence after ten deliveries, the most that it can be told, so there
   * have to be some left in which it can be given up aloud.
   */
  static final int MOST_DELIVERIES = 7;

  /** More than this many records a poll made no task faster. */
  private static final int MOST_POLLED = 500;

  public PumpSettings {
    if (maxTasks < 1) {
      throw new IllegalArgumentException("maxTasks is " + maxTasks + " and has to be 1 or more");
    }
    if (maxBytes < 4096) {
      throw new IllegalArgumentException("maxBytes is " + maxBytes + " and has to be 4096 or more");
    }
    if (maxDeliveries < 1 || maxDeliveries > MOST_DELIVERIES) {
      throw new IllegalArgumentException(
          "maxDeliveries is " + maxDeliveries + " and has to be 1 to " + MOST_DELIVERIES);
    }
    if (!lock.isPositive() || !retryAfter.isPositive()) {
      throw new IllegalArgumentException("lock and retryAfter have to be positive");
    }
  }

  /** The defaults of a worker on one machine. */
  public static PumpSettings of(String bootstrapServers) {
    return new PumpSettings(
        bootstrapServers,
        Topic.TASKS.topicName(),
        "millrace-workers",
        2000,
        64L << 20,
        Duration.ofSeconds(30),
        5,
        Duration.ofSeconds(1));
  }

  /** The same with other bounds. */
  public PumpSettings bounded(int tasks, long bytes) {
    return new PumpSettings(
        bootstrapServers, topic, group, tasks, bytes, lock, maxDeliveries, retryAfter);
  }

  /** How many records a poll answers at most: few enough that a part of the tasks makes room. */
  int polledRecords() {
    return Math.clamp(maxTasks / 4, 1, MOST_POLLED);
  }

  /** How many bytes a poll answers at most. */
  int polledBytes() {
    return (int) Math.min(maxBytes / 4, Integer.MAX_VALUE);
  }
}
