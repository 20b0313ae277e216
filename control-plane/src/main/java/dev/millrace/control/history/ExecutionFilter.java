package dev.millrace.control.history;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which executions are looked for; what is empty does not matter.
 *
 * @param statuses any of these
 * @param from began at this moment or later
 * @param to began before this moment
 * @param customKey has custom data with this key
 * @param customValue has this value under {@code customKey}
 * @param error a part of the error message, in any case, of at least {@link #SHORTEST} characters
 * @param ran a node of this name ran
 * @param failed a node of this name is what it failed at
 */
public record ExecutionFilter(
    Optional<String> workflowId,
    Set<ExecutionStatus> statuses,
    Optional<Instant> from,
    Optional<Instant> to,
    Optional<String> customKey,
    Optional<String> customValue,
    Optional<String> error,
    Optional<String> ran,
    Optional<String> failed) {
  /** Shorter parts of a message cannot be found by an index. */
  public static final int SHORTEST = 3;

  /** All executions. */
  public static final ExecutionFilter ALL =
      new ExecutionFilter(
          Optional.empty(),
          Set.of(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public ExecutionFilter {
    if (customValue.isPresent() && customKey.isEmpty()) {
      throw new IllegalArgumentException("custom data is looked for by its key");
    }
    if (error.filter(text -> text.length() < SHORTEST).isPresent()) {
      throw new IllegalArgumentException("too short a part of an error message");
    }
    statuses = Set.copyOf(statuses);
  }

  public ExecutionFilter withWorkflow(String id) {
    return new ExecutionFilter(
        Optional.of(id), statuses, from, to, customKey, customValue, error, ran, failed);
  }

  public ExecutionFilter withStatuses(Set<ExecutionStatus> any) {
    return new ExecutionFilter(
        workflowId, any, from, to, customKey, customValue, error, ran, failed);
  }

  public ExecutionFilter withCustomData(String key, Optional<String> value) {
    return new ExecutionFilter(
        workflowId, statuses, from, to, Optional.of(key), value, error, ran, failed);
  }

  public ExecutionFilter withError(String part) {
    return new ExecutionFilter(
        workflowId, statuses, from, to, customKey, customValue, Optional.of(part), ran, failed);
  }

  public ExecutionFilter withRan(String node) {
    return new ExecutionFilter(
        workflowId, statuses, from, to, customKey, customValue, error, Optional.of(node), failed);
  }

  public ExecutionFilter withFailed(String node) {
    return new ExecutionFilter(
        workflowId, statuses, from, to, customKey, customValue, error, ran, Optional.of(node));
  }

  public ExecutionFilter between(Optional<Instant> begin, Optional<Instant> end) {
    return new ExecutionFilter(
        workflowId, statuses, begin, end, customKey, customValue, error, ran, failed);
  }

  /** The marks that an execution must have all of, see {@link ExecutionMarks}. */
  public Set<String> marks() {
    Set<String> marks = new LinkedHashSet<>();
    customKey.ifPresent(key ->
        marks.add(
            customValue
                .map(value -> ExecutionMarks.customData(key, value))
                .orElseGet(() -> ExecutionMarks.customKey(key))));
    ran.ifPresent(node -> marks.add(ExecutionMarks.ran(node)));
    failed.ifPresent(node -> marks.add(ExecutionMarks.failed(node)));
    return marks;
  }
}
