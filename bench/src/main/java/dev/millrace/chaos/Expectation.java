package dev.millrace.chaos;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What an execution has to come to, beyond what holds for all. */
@FunctionalInterface
interface Expectation {
  /**
   * How an execution has to stand when nothing is under way any more.
   *
   * @param waits whether it waits; else it is over
   * @param runs the JSON of the items of each output, by {@code node#run}
   */
  record Standing(boolean waits, Map<String, List<List<Object>>> runs) {}

  /** Nothing more than what holds for all. */
  Expectation NONE = (batch, started) -> Optional.empty();

  /** How executions of a workflow may end: with a status, or with the code of an error. */
  default Set<String> endings(String workflowId) {
    return Set.of("success");
  }

  /** Whether its nodes that reach outside call nothing but the stub, each item under a key. */
  default boolean callsStubOnly(String workflowId) {
    return true;
  }

  /**
   * @param batch its first batch
   * @param started the beginning, which is in that batch
   */
  Optional<Standing> of(EventBatch batch, ExecutionStartedEvent started);
}
