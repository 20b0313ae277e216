package dev.millrace.control;

import dev.millrace.control.history.ExecutionCommands;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;

/** Knows no execution. */
final class NoEngine implements ExecutionCommands {
  @Override
  public ExecutionStatus stop(String executionId) {
    throw none(executionId);
  }

  @Override
  public String retry(String executionId, boolean current) {
    throw none(executionId);
  }

  @Override
  public String replay(String executionId, String node, int run, boolean current) {
    throw none(executionId);
  }

  private static MillraceException none(String executionId) {
    return new MillraceException(
        ErrorCode.UNKNOWN_EXECUTION, "There is no execution " + executionId);
  }
}
