package dev.millrace.control.history;

import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What callers see of executions and do to them. What their grant does not cover is not found, nor
 * is what is not in history yet. Thread-safe; what asks the engine may take seconds.
 */
public final class Executions {
  /** Each is waited for. */
  private static final int MOST_STOPPED = 200;

  private final History history;
  private final ExecutionCommands commands;

  public Executions(History history, ExecutionCommands commands) {
    this.history = history;
    this.commands = commands;
  }

  /**
   * How an execution ended that was to be stopped: not as canceled where it was faster.
   *
   * @param execution as it was before
   */
  public record Stopped(ExecutionRow execution, ExecutionStatus status) {}

  /** One that could not be stopped. */
  public record NotStopped(String id, MillraceException why) {}

  /**
   * What became of several that were to be stopped.
   *
   * @param stopped how many ended as canceled
   * @param more whether there are more than one request stops
   */
  public record StoppedMany(int stopped, List<NotStopped> failures, boolean more) {}

  /**
   * @throws MillraceException {@code NOT_FOUND}
   */
  public ExecutionRow get(Grant grant, String id) {
    return history
        .find(grant, id)
        .orElseThrow(
            () -> new MillraceException(ErrorCode.NOT_FOUND, "There is no execution " + id));
  }

  /** What its nodes answered, as n8n's {@code data}. */
  public Map<String, @Nullable Object> data(ExecutionRow execution) {
    return RunData.of(execution, history.runs(execution));
  }

  /**
   * Removes one that is over.
   *
   * @return it as it was
   * @throws MillraceException {@code NOT_FOUND}, {@code CONFLICT} when it is not over
   */
  public ExecutionRow delete(Grant grant, String id) {
    ExecutionRow execution = get(grant, id);
    if (!execution.status().over()) {
      throw new MillraceException(
          ErrorCode.CONFLICT, "execution " + id + " is not over; stop it before it is removed");
    }
    history.delete(grant, List.of(id));
    return execution;
  }

  /**
   * @throws MillraceException {@code NOT_FOUND}, and as {@link ExecutionCommands#stop}
   */
  public Stopped stop(Grant grant, String id) {
    ExecutionRow execution = get(grant, id);
    return new Stopped(execution, commands.stop(execution.id()));
  }

  /** Stops those that a filter finds and that are not over. */
  public StoppedMany stopMany(Grant grant, ExecutionFilter filter) {
    Set<ExecutionStatus> open = ExecutionStatus.allOpen();
    if (!filter.statuses().isEmpty()) {
      open.retainAll(filter.statuses());
    }
    if (open.isEmpty()) {
      return new StoppedMany(0, List.of(), false);
    }
    ExecutionPage page =
        history.list(grant, filter.withStatuses(open), Optional.empty(), MOST_STOPPED);
    int stopped = 0;
    List<NotStopped> failures = new ArrayList<>();
    for (ExecutionRow execution : page.executions()) {
      try {
        stopped += commands.stop(execution.id()) == ExecutionStatus.CANCELED ? 1 : 0;
      } catch (MillraceException failed) {
        failures.add(new NotStopped(execution.id(), failed));
      }
    }
    return new StoppedMany(stopped, List.copyOf(failures), page.next().isPresent());
  }

  /**
   * Begins one again where it failed.
   *
   * @return the id of the new one
   * @throws MillraceException {@code NOT_FOUND}, and as {@link ExecutionCommands#retry}
   */
  public String retry(Grant grant, String id, boolean current) {
    return commands.retry(get(grant, id).id(), current);
  }

  /**
   * Begins one again from a run of a node.
   *
   * @return the id of the new one
   * @throws MillraceException {@code NOT_FOUND}, and as {@link ExecutionCommands#replay}
   */
  public String replay(Grant grant, String id, String node, int run, boolean current) {
    return commands.replay(get(grant, id).id(), node, run, current);
  }
}
