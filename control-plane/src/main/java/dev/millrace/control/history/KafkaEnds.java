package dev.millrace.control.history;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.topic.Topic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * The ends of the events topic's partitions, behind what is committed. Asks the broker once a
 * second at most, and every five when it is away. Thread-safe; the admin client belongs to the
 * caller.
 */
public final class KafkaEnds implements Supplier<Map<Integer, Long>> {
  private static final Duration FRESH = Duration.ofSeconds(1);
  private static final Duration AWAY = Duration.ofSeconds(5);

  /** Somebody waits for the answer; that the broker is away is one. */
  private static final int PATIENCE_MS = 2_000;

  private final Admin admin;
  private final InstantSource clock;
  private Map<Integer, Long> last = Map.of();
  private Instant until = Instant.MIN;
  private @Nullable MillraceException away;

  public KafkaEnds(Admin admin, InstantSource clock) {
    this.admin = admin;
    this.clock = clock;
  }

  /**
   * @throws MillraceException {@code BROKER_UNAVAILABLE}
   */
  @Override
  public synchronized Map<Integer, Long> get() {
    Instant now = clock.instant();
    if (now.isBefore(until)) {
      if (away != null) {
        throw away;
      }
      return last;
    }
    try {
      last = ask();
      away = null;
      until = now.plus(FRESH);
      return last;
    } catch (ExecutionException silent) {
      away =
          new MillraceException(
              ErrorCode.BROKER_UNAVAILABLE, String.valueOf(silent.getCause()), silent);
      // Everybody who asks would else wait in turn.
      until = clock.instant().plus(AWAY);
      throw away;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new MillraceException(
          ErrorCode.BROKER_UNAVAILABLE, "interrupted while the broker was asked", interrupted);
    }
  }

  private Map<Integer, Long> ask() throws ExecutionException, InterruptedException {
    String topic = Topic.EVENTS.topicName();
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    for (TopicDescription description :
        admin
            .describeTopics(List.of(topic), new DescribeTopicsOptions().timeoutMs(PATIENCE_MS))
            .allTopicNames()
            .get()
            .values()) {
      description
          .partitions()
          .forEach(partition ->
              wanted.put(new TopicPartition(topic, partition.partition()), OffsetSpec.latest()));
    }
    Map<Integer, Long> ends = new HashMap<>();
    admin
        .listOffsets(
            wanted, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED).timeoutMs(PATIENCE_MS))
        .all()
        .get()
        .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
    return Map.copyOf(ends);
  }
}
