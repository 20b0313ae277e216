package dev.millrace.control.live;

import dev.millrace.error.ErrorCode;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The engine's executions that run or wait. It knows nothing of projects: whoever asks shows each
 * to those alone who may see it. Thread-safe; blocks.
 *
 * <p>Every method throws {@link ErrorCode#LIVE_STATE_UNAVAILABLE} while the engine cannot tell.
 */
public interface LiveExecutions {
  /**
   * Which executions are looked for.
   *
   * @param workflows of any of these, empty for all
   * @param waiting only those that wait, or only those that run; empty for both
   */
  record Wanted(Optional<Set<String>> workflows, Optional<Boolean> waiting) {}

  /**
   * Some executions.
   *
   * @param upTo the id up to which all were looked at; empty when there are no more
   * @param complete whether every engine was asked, and not only those that answer
   */
  record Page(List<LiveExecution> executions, Optional<String> upTo, boolean complete) {}

  /**
   * How many executions of a workflow there are.
   *
   * @param oldest when the first of them began
   */
  record Count(String workflowId, long running, long waiting, Instant oldest) {}

  /**
   * How many executions there are, by workflow.
   *
   * @param complete whether all were counted
   */
  record Counts(List<Count> counts, boolean complete) {}

  /**
   * A limit that somebody is in or waits at, or whose breaker remembers something.
   *
   * @param name {@code workflow:<id>}, {@code node:<workflow id>:<node>} or {@code
   *     credential:<type>:<id>}
   * @param json {@code {name, inside, waiting, limits, breaker?}}
   */
  record Limit(String name, Map<String, @Nullable Object> json) {}

  /**
   * Executions in the order of their ids, which is mostly that in which they began.
   *
   * @param after the id that all come after, empty for the first
   * @param limit how many at most
   */
  Page list(Wanted wanted, Optional<String> after, int limit);

  /** One that is not over; empty for one that is, or was never there. */
  Optional<LiveExecution> find(String id);

  Counts counts();

  /** By name. */
  List<Limit> limits();
}
