package dev.millrace.topology;

import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.WaitAnswer;
import dev.millrace.engine.Event;
import dev.millrace.node.AwaitedCall;
import java.util.Optional;

/** What a caller is told of an execution that he wants to resume. Pure functions. */
final class WaitAnswers {
  private WaitAnswers() {}

  /**
   * How the execution stands to a call.
   *
   * @param live empty when it is over, or was never there: the difference is not kept
   */
  static ReplyRecord standing(String executionId, Optional<LiveExecution> live) {
    if (live.isEmpty() || live.get().state().status().terminal()) {
      return reply(executionId, new WaitAnswer("over", 0, null));
    }
    Event.WaitStarted waiting = live.get().state().waiting();
    AwaitedCall awaited = waiting == null ? null : waiting.awaited();
    return reply(
        executionId,
        waiting == null || awaited == null
            ? new WaitAnswer("busy", 0, null)
            : new WaitAnswer("waiting", waiting.call(), EventRecords.json(awaited.toJson())));
  }

  /** The call resumed the execution, or one with its key did before. */
  static ReplyRecord resumed(String executionId, boolean repeated) {
    return reply(executionId, new WaitAnswer(repeated ? "repeated" : "resumed", 0, null));
  }

  private static ReplyRecord reply(String executionId, WaitAnswer answer) {
    return new ReplyRecord("", executionId, answer);
  }
}
