package dev.millrace.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/** One kind of fault. */
public interface Scenario {
  /** As it is called on the command line, such as {@code kill-engine}. */
  String name();

  /** What it does and how often a minute, for the table; a short phrase. */
  String fault();

  /** How many brokers it needs; they are replicated when there are three. */
  default int brokers() {
    return 1;
  }

  /** What a scenario kills, stops or misleads. */
  enum Part {
    BROKERS,
    ENGINES,
    WORKERS,
    INGRESS,
    STUB,
    STORES
  }

  /**
   * The parts that nobody else may touch meanwhile. Two scenarios that have none in common may be
   * run at the same time.
   */
  Set<Part> touches();

  /**
   * Workflows that it needs beside those of {@link Mix}, as JSON by their ids; {@code STUB_PORT}
   * stands for the port of the stub.
   */
  default Map<String, String> workflows() {
    return Map.of();
  }

  /**
   * How executions of its own workflows have to end, by workflow: with the status {@code success}
   * or with the code of an error. What is not named has to end with success.
   */
  default Map<String, Set<String>> endings() {
    return Map.of();
  }

  /** Whether the schemas have to be kept by a server of their own instead of in a topic. */
  default boolean needsRegistry() {
    return false;
  }

  /**
   * Brings the fault about again and again, and at the end leaves every process of the rig running.
   * The load runs all the time; what it led to is looked at afterwards by {@link Rig#verify}.
   *
   * @param time after which no further fault begins; there is at least one
   * @param random decides everything that is left to chance
   */
  Result run(Rig rig, Duration time, RandomGenerator random) throws Exception;

  /**
   * What a scenario saw by itself.
   *
   * @param faults how many it brought about
   * @param figures what it measured, in words
   * @param late times that were longer than promised; a machine that does much else brings them
   *     about by itself
   * @param violations other promises that were broken
   */
  record Result(int faults, String figures, List<String> late, List<String> violations) {
    public Result {
      late = List.copyOf(late);
      violations = List.copyOf(violations);
    }
  }
}
