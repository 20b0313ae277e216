package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.node.EffectNode;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeException;
import dev.millrace.testing.ConstantExpressions;
import dev.millrace.testing.GraphNodes;
import dev.millrace.testing.ManualClock;
import dev.millrace.workflow.WorkflowDocument;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/** Drives one execution of a graph, doing what its effects ask for, and keeps its event batches. */
final class TestExecution {
  private static final int MOST_COMMANDS = 50_000;

  private final Engine engine;
  private final ManualClock clock = new ManualClock();
  private final List<List<Event>> batches = new ArrayList<>();
  private ExecutionState state;
  private BiPredicate<String, Integer> fault = (node, run) -> false;
  private final Deque<Effect> todo = new ArrayDeque<>();

  TestExecution(WorkflowDocument document, Budget budget) {
    this(plan(document), budget);
  }

  TestExecution(Plan plan, Budget budget) {
    this.engine = new Engine(new ConstantExpressions(), budget);
    this.state = new ExecutionState(plan, Map.of());
  }

  static Plan plan(WorkflowDocument document) {
    return Plan.compile(document, GraphNodes.catalogue(), new ConstantExpressions());
  }

  /** A manual run from a node with one empty item. */
  static Command.Start start(String node, Command.@Nullable Destination destination) {
    return new Command.Start(
        "execution-1", ExecutionMode.MANUAL, node, 0, List.of(Item.empty()), destination);
  }

  ExecutionState state() {
    return state;
  }

  List<List<Event>> batches() {
    return batches;
  }

  /** Has every attempt of some runs fail. */
  TestExecution failing(BiPredicate<String, Integer> fault) {
    this.fault = fault;
    return this;
  }

  private NodeRunner runner() {
    NodeRunner runner = GraphNodes.runner();
    return (planned, call) -> {
      if (fault.test(planned.name(), call.runIndex())) {
        throw new NodeException("injected");
      }
      return runner.run(planned, call);
    };
  }

  /** What the batches so far tell. */
  Recording recording() {
    return new Recording(state.plan(), Map.of(), batches.stream().flatMap(List::stream).toList());
  }

  /** Decides on one command. */
  TestExecution give(Command command) {
    Decision decision = engine.decide(state, command, runner(), clock);
    batches.add(decision.events());
    if (state.status().terminal()) {
      todo.clear();
    }
    for (Effect effect : decision.effects()) {
      boolean asksNothing =
          effect instanceof Effect.Respond
              || effect instanceof Effect.CancelChild
              || effect instanceof Effect.LeaveGates
              || effect instanceof Effect.CancelCall;
      if (!asksNothing) {
        todo.add(effect);
      }
    }
    return this;
  }

  /** Whether the last decision left something to do. */
  boolean goesOn() {
    return !todo.isEmpty();
  }

  /** Gives the command that the last decision asked for. */
  TestExecution goOn() {
    switch (todo.poll()) {
      case Effect.StartTimer timer -> {
        clock.advanceTo(timer.due());
        give(new Command.TimerDue(timer.due()));
      }
      case Effect.CallOutside call -> {
        Command.Outcome outcome = outcome(call);
        ignored(new Command.EffectDone(call.call() - 1, outcome));
        give(new Command.EffectDone(call.call(), outcome));
        ignored(new Command.EffectDone(call.call(), outcome));
      }
      case Effect.CallOwner call ->
          throw new IllegalStateException("these graphs have no state beyond their execution");
      case Effect.StartChild child -> {
        if (child.call() > 0) {
          Command.ChildDone done = returned(child);
          ignored(new Command.ChildDone(child.call() - 1, child.index(), List.of(), null));
          give(done);
          ignored(done);
        }
      }
      case Effect.CancelChild child ->
          throw new IllegalStateException("only an execution that has ended cancels");
      case Effect.CancelCall call ->
          throw new IllegalStateException("only an execution that has ended cancels");
      case Effect.YieldExecution again -> give(new Command.Continue());
      case null -> throw new IllegalStateException("there is nothing to do");
      case Effect.LeaveGates leave -> throw new IllegalStateException("not kept");
      case Effect.Respond respond -> throw new IllegalStateException("not kept");
    }
    return this;
  }

  /** A result that is not awaited, or not any more. */
  private void ignored(Command done) {
    if (!engine.decide(state, done, GraphNodes.runner(), clock).events().isEmpty()) {
      throw new IllegalStateException("took " + done);
    }
  }

  /** What an execution of another workflow answers: its items, or the error that it is told. */
  private static Command.ChildDone returned(Effect.StartChild child) {
    if (child.workflowId().equals("fails")) {
      return new Command.ChildDone(
          child.call(),
          child.index(),
          List.of(),
          RunErrors.of(ErrorCode.NODE_FAILED, "the other workflow fails", "Elsewhere"));
    }
    return new Command.ChildDone(child.call(), child.index(), List.of(child.items()), null);
  }

  private Command.Outcome outcome(Effect.CallOutside call) {
    PlannedNode planned = call.planned();
    if (fault.test(planned.name(), call.run())) {
      return new Command.Outcome.Failed(
          RunErrors.of(new NodeException("injected"), planned.name()), 0);
    }
    try {
      return new Command.Outcome.Answered(
          GraphNodes.runOutside(
              (EffectNode) Objects.requireNonNull(planned.processor()),
              new ReferenceInterpreter.Call(
                  planned.node(),
                  call.inputs(),
                  call.sources(),
                  call.run(),
                  call.attempt(),
                  state)),
          0);
    } catch (Throwable thrown) {
      return new Command.Outcome.Failed(RunErrors.of(thrown, planned.name()), 0);
    }
  }

  /** Starts and does all that it asks for. */
  TestExecution run(Command start) {
    give(start);
    return finish();
  }

  TestExecution finish() {
    for (int i = 0; goesOn(); i++) {
      if (i > MOST_COMMANDS) {
        throw new IllegalStateException("the execution does not end");
      }
      goOn();
    }
    return this;
  }

  /** Goes on with another state in place of its own, as after a restart. */
  void replaceState(ExecutionState restored) {
    state = restored;
  }
}
