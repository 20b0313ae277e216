package dev.millrace.standalone;

import dev.millrace.control.history.ExecutionCommands;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.history.ExecutionHistory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;

/**
 * Does what the API asks about executions by what is recorded of them, as the command line does.
 * Thread-safe; one request at a time, since each reads what it needs into the heap.
 */
final class EngineCommands implements ExecutionCommands {
  /** Whoever asks follows the new execution himself. */
  private static final Duration NO_PATIENCE = Duration.ZERO;

  private final String bootstrap;
  private final MillraceSerdes serdes;
  private final NodeCatalogue catalogue;
  private final ExpressionEngine expressions;

  EngineCommands(
      String bootstrap,
      MillraceSerdes serdes,
      NodeCatalogue catalogue,
      ExpressionEngine expressions) {
    this.bootstrap = bootstrap;
    this.serdes = serdes;
    this.catalogue = catalogue;
    this.expressions = expressions;
  }

  @Override
  public ExecutionStatus stop(String executionId) {
    return switch (with(history -> history.cancel(executionId))) {
      case RUNNING, CALLING -> ExecutionStatus.RUNNING;
      case WAITING -> ExecutionStatus.WAITING;
      case SUCCESS -> ExecutionStatus.SUCCESS;
      case ERROR -> ExecutionStatus.ERROR;
      case CANCELED -> ExecutionStatus.CANCELED;
    };
  }

  @Override
  public String retry(String executionId, boolean current) {
    return with(history -> history.retry(executionId, current, NO_PATIENCE).executionId());
  }

  @Override
  public String replay(String executionId, String node, int run, boolean current) {
    return with(
        history -> history.replay(executionId, node, run, current, NO_PATIENCE).executionId());
  }

  private synchronized <T> T with(Function<ExecutionHistory, T> work) {
    try (ExecutionHistory history =
        new ExecutionHistory(bootstrap, serdes, catalogue, expressions, InstantSource.system())) {
      return work.apply(history);
    }
  }
}
