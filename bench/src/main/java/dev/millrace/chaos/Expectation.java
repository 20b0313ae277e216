package dev.millrace.chaos;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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

  /**
   * @param batch its first batch
   * @param started the beginning, which is in that batch
   */
  Optional<Standing> of(EventBatch batch, ExecutionStartedEvent started);
}
