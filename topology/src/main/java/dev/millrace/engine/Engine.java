package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.expression.ExpressionEngine;
import java.util.List;

/**
 * Decides what a command leads to, by the execution semantics of n8n: which node runs next, with
 * what, and what follows from what it answers. Runs an execution to its end, to its next wait or to
 * the end of its budget in one call. Shared by all threads; an execution's state belongs to one.
 */
public final class Engine {
  private final ExpressionEngine expressions;
  private final Budget budget;
  private final CallGates gates;

  /** An engine that knows of no limits but those in the workflow. */
  public Engine(ExpressionEngine expressions, Budget budget) {
    this(expressions, budget, CallGates.OF_NODES);
  }

  public Engine(ExpressionEngine expressions, Budget budget, CallGates gates) {
    this.expressions = expressions;
    this.budget = budget;
    this.gates = gates;
  }

  /**
   * Decides on a command. The events are applied to the state as they are made.
   *
   * @return the events and effects; none when the command no longer fits the state
   */
  public Decision decide(
      ExecutionState state, Command command, NodeRunner runner, EngineClock clock) {
    Turn turn = new Turn(state, runner, clock, expressions, budget, gates);
    switch (command) {
      case Command.Start start -> turn.start(start);
      case Command.Restart restart -> turn.restart(restart);
      case Command.TimerDue timer -> turn.timer(timer);
      case Command.EffectDone done -> turn.done(done);
      case Command.ChildDone done -> turn.done(done);
      case Command.Resume resume -> turn.resume(resume);
      case Command.Continue again -> turn.run();
      case Command.Cancel cancel -> turn.cancel(cancel.reason());
      case Command.Fail fail -> turn.fail(fail.code(), fail.reason());
    }
    return new Decision(turn.events(), turn.effects());
  }

  /** Records an execution that cannot start at all, with the reason. */
  public Decision reject(
      ExecutionState state,
      Command.Start start,
      ErrorCode code,
      String message,
      EngineClock clock) {
    List<Event> events =
        List.of(
            new Event.ExecutionStarted(
                start.executionId(),
                start.mode(),
                start.startNode() == null ? "" : start.startNode(),
                start.startOutput(),
                start.items(),
                null,
                clock.now()),
            new Event.ExecutionEnded(
                ExecutionStatus.ERROR, RunErrors.of(code, message, ""), clock.now()));
    events.forEach(state::apply);
    return new Decision(events, List.of());
  }
}
