package dev.millrace.topic;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.common.utils.Utils;

/** Every topic that Millrace owns. */
public enum Topic {
  /** Requests to executions, key = execution id. */
  COMMANDS("millrace.commands", Partitioning.BY_EXECUTION, Map.of()),
  /** What an execution sends to itself or to another one, key = execution id. */
  SIGNALS("millrace.signals", Partitioning.BY_EXECUTION, Map.of()),
  /** What happened, key = execution id. */
  EVENTS("millrace.events", Partitioning.BY_EXECUTION, Map.of()),
  /** Answers to waiting callers, key = ingress instance. Nobody needs them for long. */
  REPLIES("millrace.replies", Partitioning.FEW, Map.of("retention.ms", "3600000")),
  /**
   * Calls to the outside that effect workers make, key = execution id. A share group does not hold
   * up retention, and what is deleted before a worker has taken it never runs: so a week, whatever
   * the broker's default is.
   */
  TASKS("millrace.tasks", Partitioning.BY_EXECUTION, Map.of("retention.ms", "604800000")),
  /** Node runs on state beyond one execution, key = tenant, workflow and state. */
  KEYED("millrace.keyed", Partitioning.BY_EXECUTION, Map.of()),

  /**
   * Executions that ended while a worker had a call of theirs in hand, key = execution id. Every
   * worker reads all of it; a call that nobody has begun by then is bound to find out otherwise.
   */
  CANCELLATIONS("millrace.cancellations", Partitioning.FEW, Map.of("retention.ms", "86400000")),
  /**
   * Published workflow versions, key = workflow id, or workflow id and version; and what else their
   * executions begin with: see {@link DefinitionKeys}.
   */
  DEFINITIONS("millrace.definitions", Partitioning.ONE, Map.of("cleanup.policy", "compact")),
  /** Schemas of the embedded registry. Each entry has a key of its own, so compaction keeps all. */
  SCHEMAS("millrace.schemas", Partitioning.ONE, Map.of("cleanup.policy", "compact")),
  /** Records that could not be processed. */
  DEAD_LETTERS("millrace.dead-letters", Partitioning.FEW, Map.of("retention.ms", "-1"));

  /** How many partitions a topic gets. */
  public enum Partitioning {
    /** As many as the installation is set to; the unit of scale. */
    BY_EXECUTION,
    FEW,
    ONE
  }

  private final String topicName;
  private final Partitioning partitioning;
  private final Map<String, String> config;

  Topic(String topicName, Partitioning partitioning, Map<String, String> config) {
    this.topicName = topicName;
    this.partitioning = partitioning;
    this.config = config;
  }

  public String topicName() {
    return topicName;
  }

  /** Number of partitions in an installation whose executions are spread over so many. */
  public int partitions(int executionPartitions) {
    return switch (partitioning) {
      case BY_EXECUTION -> executionPartitions;
      case FEW -> Math.min(4, executionPartitions);
      case ONE -> 1;
    };
  }

  /** The partition of a key among so many, as every producer finds it. */
  public static int partitionOf(String key, int partitions) {
    return Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % partitions;
  }

  /** Topic settings that differ from the broker's. */
  public Map<String, String> config() {
    return config;
  }
}
