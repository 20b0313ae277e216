package dev.millrace.control;

import dev.millrace.control.history.ExecutionCommands;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;

/** An engine that does nothing that it is asked to. */
final class NoEngine implements ExecutionCommands {
  @Override
  public ExecutionStatus stop(String executionId) {
    throw refused(executionId);
  }

  @Override
  public String retry(String executionId, boolean current) {
    throw refused(executionId);
  }

  @Override
  public String replay(String executionId, String node, int run, boolean current) {
    throw refused(executionId);
  }

  private static MillraceException refused(String executionId) {
    return new MillraceException(
        ErrorCode.NOT_RETRYABLE, "Nothing is done to " + executionId + " in this test");
  }
}
