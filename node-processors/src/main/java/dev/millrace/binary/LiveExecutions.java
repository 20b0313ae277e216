package dev.millrace.binary;

import java.util.Optional;
import java.util.Set;

/** Tells which executions still run or wait. Thread-safe; may take seconds. */
@FunctionalInterface
public interface LiveExecutions {
  /**
   * What a process sees.
   *
   * @param origins the executions that run or wait, each by the one that it descends from
   * @param complete whether these are all of the installation, and not those of this process
   */
  record Live(Set<String> origins, boolean complete) {}

  /** A look at this moment; empty while it cannot be told, as during a rebalance. */
  Optional<Live> look();

  /**
   * The execution that one descends from: itself, or the first of those that called it. They hand
   * their files to each other, so these are needed as long as one of them lives.
   */
  static String origin(String executionId) {
    int dot = executionId.indexOf('.');
    return dot < 0 ? executionId : executionId.substring(0, dot);
  }
}
