package dev.millrace.control.history;

import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A history whose database goes away when it is told to. Thread-safe if the one behind it is. */
final class FailingHistory implements History {
  private final History inner;
  private final Deque<Fault> faults = new ArrayDeque<>();
  private volatile boolean away;

  /** What goes wrong with a change. */
  enum Fault {
    NONE,
    /** Nothing is written. */
    BEFORE,
    /**
     * Some of what nodes answered is written, which comes first where there are no transactions.
     */
    AMID_RUNS,
    /** All of that, and some executions are. */
    AMID_ROWS,
    /** All of that, and some executions are removed; only the positions are left. */
    AMID_REMOVED,
    /** All of it is, and nobody learns of it. */
    AFTER
  }

  FailingHistory(History inner) {
    this.inner = inner;
  }

  /** What goes wrong with the changes to come; with those behind them nothing does. */
  void next(Collection<Fault> coming) {
    faults.addAll(coming);
  }

  void away(boolean now) {
    away = now;
  }

  @Override
  public void apply(Changes changes) {
    reached();
    Fault fault = faults.isEmpty() ? Fault.NONE : faults.removeFirst();
    switch (fault) {
      case NONE -> inner.apply(changes);
      case BEFORE -> throw gone();
      case AMID_RUNS -> {
        inner.apply(new Changes(List.of(), List.of(), List.of(), List.of(), some(changes.runs())));
        throw gone();
      }
      case AMID_ROWS -> {
        inner.apply(
            new Changes(
                List.of(),
                some(changes.created()),
                some(changes.updated()),
                List.of(),
                changes.runs()));
        throw gone();
      }
      case AMID_REMOVED -> {
        inner.apply(
            new Changes(
                List.of(),
                changes.created(),
                changes.updated(),
                some(changes.removed()),
                changes.runs()));
        throw gone();
      }
      case AFTER -> {
        inner.apply(changes);
        throw gone();
      }
    }
  }

  private static <T> List<T> some(List<T> all) {
    return all.subList(0, (all.size() + 1) / 2);
  }

  private static MillraceException gone() {
    return new MillraceException(ErrorCode.DATABASE_UNAVAILABLE, "the database is gone");
  }

  private void reached() {
    if (away) {
      throw gone();
    }
  }

  @Override
  public Map<Integer, Position> positions() {
    reached();
    return inner.positions();
  }

  @Override
  public List<ExecutionRow> unfinished(Collection<String> ids) {
    reached();
    return inner.unfinished(ids);
  }

  @Override
  public Optional<ExecutionRow> find(Grant grant, String id) {
    return inner.find(grant, id);
  }

  @Override
  public List<NodeRuns> runs(ExecutionRow execution) {
    return inner.runs(execution);
  }

  @Override
  public ExecutionPage list(
      Grant grant, ExecutionFilter filter, Optional<ExecutionPage.Cursor> after, int limit) {
    return inner.list(grant, filter, after, limit);
  }

  @Override
  public long count(Grant grant, ExecutionFilter filter, long most) {
    return inner.count(grant, filter, most);
  }

  @Override
  public int delete(Grant grant, Collection<String> ids) {
    return inner.delete(grant, ids);
  }

  @Override
  public void moved(String workflowId, String projectId) {
    inner.moved(workflowId, projectId);
  }

  @Override
  public void prepare(Instant now) {
    reached();
    inner.prepare(now);
  }

  @Override
  public long prune(RetentionPolicy policy, Instant now) {
    return inner.prune(policy, now);
  }
}
