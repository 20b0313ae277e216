package dev.millrace.control.history;

import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where executions are kept to be searched. Only the projection of the events topic makes and
 * changes them. Thread-safe.
 *
 * <p>Every method throws {@link ErrorCode#DATABASE_UNAVAILABLE} while the database is away.
 */
public interface History {
  /** How far each partition is projected; those that nobody has read are not in it. */
  Map<Integer, Position> positions();

  /**
   * Those of the executions that further events may change. An implementation that may be given the
   * same events twice gives all that it has.
   */
  List<ExecutionRow> unfinished(Collection<String> ids);

  /**
   * Changes executions and positions. Nobody sees the positions without the executions. What was
   * applied before, by whomever, is not applied again: each position must be the one that the
   * changes expect.
   *
   * @throws MillraceException {@code HISTORY_POSITION_MOVED} when a position is another one:
   *     nothing is changed; {@code HISTORY_RECORD_REFUSED} when something in it cannot be stored,
   *     now or ever: nothing is changed. After any other error it may be applied or not; the
   *     positions say which
   */
  void apply(Changes changes);

  /** An execution that the grant covers. */
  Optional<ExecutionRow> find(Grant grant, String id);

  /** What the nodes of an execution answered, in order. */
  List<NodeRuns> runs(ExecutionRow execution);

  /**
   * A page of the executions that the grant covers, those that began last first.
   *
   * @param after where the page before ended, empty for the first
   * @throws MillraceException {@code HISTORY_SEARCH_TOO_BROAD} when it takes too long
   */
  ExecutionPage list(
      Grant grant, ExecutionFilter filter, Optional<ExecutionPage.Cursor> after, int limit);

  /**
   * How many executions that the grant covers there are, counted up to a number.
   *
   * @throws MillraceException {@code HISTORY_SEARCH_TOO_BROAD} when it takes too long
   */
  long count(Grant grant, ExecutionFilter filter, long most);

  /**
   * Removes those of the executions that the grant covers and that are over.
   *
   * @return how many
   */
  int delete(Grant grant, Collection<String> ids);

  /**
   * Hands all executions of a workflow to another project. To be called after the workflow has
   * moved, when new executions already belong there.
   */
  void moved(String workflowId, String projectId);

  /**
   * Makes room for executions that begin in the next days. May be called at any time and often;
   * without it room is made when it is needed.
   */
  void prepare(Instant now);

  /**
   * Removes what is not to be kept any longer. May be called by several at once, and again after it
   * was interrupted.
   *
   * @return how many executions are gone
   */
  long prune(RetentionPolicy policy, Instant now);
}
