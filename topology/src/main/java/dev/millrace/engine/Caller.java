package dev.millrace.engine;

/**
 * Who called an execution that waited, and waits now for what comes of it.
 *
 * @param ingress key of the caller's instance
 * @param requestId the request within that instance
 * @param partition where that instance reads its replies, -1 for by key
 */
public record Caller(String ingress, String requestId, int partition, Awaits awaits) {

  /** What a caller waits for. */
  public enum Awaits {
    /** What a node answers him, or the end of the execution when that is first. */
    ANSWER,
    /** The end of the execution. */
    OUTCOME
  }
}
