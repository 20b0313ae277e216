package dev.millrace.control.history;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a stretch of the events topic does to the history.
 *
 * @param advances one for each partition that was read
 * @param created executions that were not there before
 * @param updated executions that were, as they are now
 * @param removed executions that were, and are not to be kept
 * @param discarded executions that began and ended in here and are not to be kept: there only where
 *     a part of these events was applied before, without its positions
 * @param runs what the nodes of those that are created or updated answered
 */
public record Changes(
    List<Advance> advances,
    List<ExecutionRow> created,
    List<ExecutionRow> updated,
    List<ExecutionRow> removed,
    List<ExecutionRow> discarded,
    List<NodeRuns> runs) {

  /** Changes that discard nothing. */
  public Changes(
      List<Advance> advances,
      List<ExecutionRow> created,
      List<ExecutionRow> updated,
      List<ExecutionRow> removed,
      List<NodeRuns> runs) {
    this(advances, created, updated, removed, List.of(), runs);
  }

  /**
   * How far a partition is read by this.
   *
   * @param expected the position that this continues, {@link Position#NONE} for a partition that
   *     nobody has read
   * @param next offset of the first record that is not in here
   * @param eventAt time of the last record that is, null for none
   * @param caughtUpAt when there was nothing behind {@code next}, null when that is not known
   */
  public record Advance(
      int partition,
      long expected,
      long next,
      @Nullable Instant eventAt,
      @Nullable Instant caughtUpAt) {}

  /** Changes of positions alone. */
  public static Changes of(List<Advance> advances) {
    return new Changes(advances, List.of(), List.of(), List.of(), List.of());
  }
}
