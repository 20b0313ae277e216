package dev.millrace.topology;

import dev.millrace.engine.Budget;
import dev.millrace.topic.TopicSetup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * Settings of an engine instance.
 *
 * @param bootstrapServers Kafka, {@code host:port,...}
 * @param applicationId name of the consumer group and prefix of changelogs; the same for all
 *     instances that share the work
 * @param stateDirectory where RocksDB lies. Kept over restarts: its process id gives the producer
 *     the same transactional id, so that an open transaction is fenced at once
 * @param threads stream threads
 * @param commitInterval longest time between commits: what a caller waits for when the engine is
 *     behind, see {@link InputPace}
 * @param sessionTimeout how long a killed instance keeps its partitions
 * @param rocksDbBytes bound of block cache and write buffers of all stores together
 * @param budget bounds of one execution
 * @param idempotencyRetention how long the outcome for an idempotency key is remembered
 * @param overrides Kafka Streams properties that win over everything else
 */
public record EngineSettings(
    String bootstrapServers,
    String applicationId,
    Path stateDirectory,
    int threads,
    Duration commitInterval,
    Duration sessionTimeout,
    long rocksDbBytes,
    Budget budget,
    Duration idempotencyRetention,
    Map<String, Object> overrides) {

  /** The name that all engines of an installation share. */
  public static final String APPLICATION_ID = "millrace-engine";

  /** The defaults of one process on one machine. */
  public static EngineSettings of(String bootstrapServers, Path stateDirectory) {
    return new EngineSettings(
        bootstrapServers,
        APPLICATION_ID,
        stateDirectory,
        1,
        Duration.ofMillis(100),
        Duration.ofSeconds(10),
        64L << 20,
        Budget.DEFAULT,
        Duration.ofHours(24),
        Map.of());
  }

  /** The same with other stream properties on top. */
  public EngineSettings with(Map<String, Object> moreOverrides) {
    Map<String, Object> all = new java.util.HashMap<>(overrides);
    all.putAll(moreOverrides);
    return new EngineSettings(
        bootstrapServers,
        applicationId,
        stateDirectory,
        threads,
        commitInterval,
        sessionTimeout,
        rocksDbBytes,
        budget,
        idempotencyRetention,
        Map.copyOf(all));
  }

  /** The same with another number of stream threads. */
  public EngineSettings withThreads(int streamThreads) {
    return new EngineSettings(
        bootstrapServers,
        applicationId,
        stateDirectory,
        streamThreads,
        commitInterval,
        sessionTimeout,
        rocksDbBytes,
        budget,
        idempotencyRetention,
        overrides);
  }

  /**
   * The same for one of several instances that share the work.
   *
   * @param standbyReplicas instances beside the owner of a partition that keep a copy of its state
   *     up to date: who takes over then reads the last moments and not the whole changelog
   * @param session how long a killed instance keeps its partitions; brokers take 6 s and more
   *     unless they are configured otherwise
   * @param replication replicas of changelogs; -1 for the broker's default
   */
  public EngineSettings scaledOut(int standbyReplicas, Duration session, short replication) {
    Map<String, Object> group = new java.util.HashMap<>();
    group.put(StreamsConfig.NUM_STANDBY_REPLICAS_CONFIG, standbyReplicas);
    // A new instance copies the state of what it is to take over while others go on with it; how
    // often is looked whether it has. Ten minutes by default, one is the least that Kafka takes.
    group.put(StreamsConfig.PROBING_REBALANCE_INTERVAL_MS_CONFIG, 60_000L);
    group.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, (int) replication);
    if (replication > 2) {
      group.put(
          StreamsConfig.topicPrefix(TopicConfig.MIN_IN_SYNC_REPLICAS_CONFIG),
          String.valueOf(TopicSetup.minInSync(replication)));
    }
    group.putAll(overrides);
    return new EngineSettings(
        bootstrapServers,
        applicationId,
        stateDirectory,
        threads,
        commitInterval,
        session,
        rocksDbBytes,
        budget,
        idempotencyRetention,
        Map.copyOf(group));
  }
}
