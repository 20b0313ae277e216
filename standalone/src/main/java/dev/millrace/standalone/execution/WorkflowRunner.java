package dev.millrace.standalone.execution;

/** Runs executions to their end. Thread-safe. */
public interface WorkflowRunner {
  /**
   * Runs one execution and waits until it is over.
   *
   * @throws dev.millrace.error.MillraceException {@code EXECUTION_TIMEOUT} when it is not over in
   *     the runner's time, or the error for which the engine refused it
   */
  FinishedExecution run(ExecutionRequest request);
}
