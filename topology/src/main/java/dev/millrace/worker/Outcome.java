package dev.millrace.worker;

/** How a task's run ended. */
sealed interface Outcome {
  /** The handler returned. */
  record Handled() implements Outcome {}

  /** The handler took note that the task was delivered too often. */
  record GivenUp() implements Outcome {}

  /** Its execution does not want the task any more. */
  record Cancelled() implements Outcome {}

  /** It was interrupted before its end, and somebody else may run it. */
  record Stopped() implements Outcome {}

  /** The handler threw. */
  record Failed(Throwable why) implements Outcome {}
}
