package dev.millrace.control.history;

import dev.millrace.error.ErrorCode;

/**
 * What can be asked of the engine about an execution. Whoever calls has made sure that the caller
 * may. Thread-safe; each call may take seconds.
 */
public interface ExecutionCommands {
  /**
   * Ends an execution, and what it called.
   *
   * @return how it ended: not as canceled where it was faster
   * @throws dev.millrace.error.MillraceException {@link ErrorCode#UNKNOWN_EXECUTION}, {@link
   *     ErrorCode#EXECUTION_TIMEOUT} when no engine does it in time
   */
  ExecutionStatus stop(String executionId);

  /**
   * Begins a new execution that goes on where one failed.
   *
   * @param current whether in the version that is published now, instead of its own
   * @return the id of the new one, which has begun
   * @throws dev.millrace.error.MillraceException {@link ErrorCode#NOT_RETRYABLE} and others
   */
  String retry(String executionId, boolean current);

  /**
   * Begins a new execution that goes on from a run of a node.
   *
   * @param run index among the node's runs, from 0
   * @return as {@link #retry}
   * @throws dev.millrace.error.MillraceException as {@link #retry}, and {@link
   *     ErrorCode#UNKNOWN_NODE}
   */
  String replay(String executionId, String node, int run, boolean current);
}
