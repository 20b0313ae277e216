package dev.millrace.engine;

import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.EffectNode;
import dev.millrace.node.FlowNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a recorded execution once more in some version of its workflow, with the trigger that it
 * had, at the times that it had, and with the answers that it got from the world. Nothing leaves: a
 * call that has no recorded answer ends the rehearsal. One thread, one use.
 */
public final class Rehearsal implements EngineClock {
  private final Engine engine;
  private final Recording recording;
  private final RecordedAnswers answers;
  private final ExecutionState state;
  private final Deque<Command> todo = new ArrayDeque<>();
  private final List<Request> requests = new ArrayList<>();
  private final Map<String, Integer> skipped = new HashMap<>();
  private Instant now;
  private @Nullable Unanswered unanswered;

  /**
   * A call to the outside that the rehearsed version makes.
   *
   * @param recorded what the recorded execution asked for in that run as JSON, null when that
   *     cannot be told
   * @param rehearsed what this one asks for
   */
  public record Request(String node, int run, @Nullable Object recorded, Object rehearsed) {}

  /** What ended the rehearsal early: nothing recorded answers it. */
  public record Unanswered(String node, int run, String what) {}

  /**
   * How it went.
   *
   * @param state when it ended
   * @param unanswered null when it came to an end of its own
   */
  public record Result(
      ExecutionState state, List<Request> requests, @Nullable Unanswered unanswered) {}

  /**
   * @param recording an execution that began at its trigger
   * @param recordedPlan of the version that it ran in
   * @param plan of the version to rehearse
   */
  public Rehearsal(
      Recording recording, Plan recordedPlan, Plan plan, ExpressionEngine expressions) {
    this(recording, recordedPlan, plan, expressions, Budget.DEFAULT);
  }

  /**
   * @param bounds on what the execution does in all
   */
  Rehearsal(
      Recording recording,
      Plan recordedPlan,
      Plan plan,
      ExpressionEngine expressions,
      Budget bounds) {
    this.recording = recording;
    this.now = recording.started().at();
    this.state = new ExecutionState(plan, recording.state().variables());
    this.answers = new RecordedAnswers(recordedPlan, recording, this, expressions);
    this.engine =
        new Engine(
            expressions,
            // Nothing else waits for this thread.
            new Budget(
                Integer.MAX_VALUE,
                Long.MAX_VALUE,
                bounds.stepsInAll(),
                Long.MAX_VALUE,
                bounds.bytesPerRun()));
  }

  public Result run() {
    Event.ExecutionStarted started = recording.started();
    decide(
        new Command.Start(
            started.executionId(),
            started.mode(),
            started.startNode(),
            started.startOutput(),
            started.items(),
            started.destination()));
    while (!state.status().terminal() && unanswered == null) {
      Command next = todo.poll();
      if (next == null) {
        next = waitedFor();
      }
      if (next == null) {
        stop(frontNode(), frontRun(), "waits for something that is not recorded");
      } else {
        decide(next);
      }
    }
    return new Result(state, requests, unanswered);
  }

  private void decide(Command command) {
    Decision decision = engine.decide(state, command, Rehearsal::run, this);
    for (Event event : decision.events()) {
      if (event instanceof Event.NodeSkipped skip) {
        skipped.merge(skip.node(), 1, Integer::sum);
      }
    }
    for (Effect effect : decision.effects()) {
      switch (effect) {
        case Effect.CallOutside call -> answer(call);
        case Effect.CallOwner owner -> answer(owner.run());
        case Effect.StartChild child -> answer(child);
        case Effect.YieldExecution again -> todo.add(new Command.Continue());
        case Effect.StartTimer timer -> {}
        case Effect.Respond respond -> {}
        case Effect.CancelChild cancel -> {}
        case Effect.CancelCall cancel -> {}
        case Effect.LeaveGates leave -> {}
      }
    }
  }

  private void answer(Effect.CallOutside call) {
    String node = call.planned().name();
    RecordedAnswers.Place here = RecordedAnswers.place(state, skipped);
    Object recorded = answers.request(here);
    Command.Outcome outcome = answers.outcome(here, call.attempt());
    if (outcome == null) {
      stop(node, call.run(), "would make a call that the recorded execution did not make");
      return;
    }
    if (call.attempt() == 1) {
      requests.add(
          new Request(
              node,
              call.run(),
              recorded,
              RecordedAnswers.request(call.planned(), call.inputs(), call.parameters())));
    }
    todo.add(new Command.EffectDone(call.call(), outcome));
  }

  private void answer(Effect.StartChild child) {
    if (child.call() == 0) {
      return;
    }
    String node = frontNode();
    Event.ChildReturned returned =
        answers.child(RecordedAnswers.place(state, skipped), child.index());
    if (returned == null) {
      stop(node, frontRun(), "would call a workflow that the recorded execution did not call");
    } else {
      todo.add(
          new Command.ChildDone(child.call(), child.index(), returned.outputs(), returned.error()));
    }
  }

  /**
   * What the execution waits for comes at once: the call that the recorded one had, or a time; null
   * when it waits for neither.
   */
  private @Nullable Command waitedFor() {
    Instant due = state.retryAt();
    Event.WaitStarted waiting = state.waiting();
    if (due == null && waiting != null) {
      List<Item> call = answers.resumed(RecordedAnswers.place(state, skipped));
      if (call != null && waiting.awaited() != null) {
        return new Command.Resume(waiting.call(), call, null, null);
      }
      due = waiting.until().equals(Event.WaitStarted.NEVER) ? null : waiting.until();
    }
    if (due == null) {
      return null;
    }
    now = due;
    return new Command.TimerDue(due);
  }

  private void stop(String node, int run, String what) {
    if (unanswered == null) {
      unanswered = new Unanswered(node, run, what);
    }
  }

  private String frontNode() {
    QueueEntry front = state.queue().front();
    return front == null ? "" : front.node();
  }

  private int frontRun() {
    return state.runCount(frontNode());
  }

  private static NodeOutput run(PlannedNode planned, NodeCall call) {
    return switch (Objects.requireNonNull(planned.processor())) {
      case TransformNode transform -> transform.run(call);
      case FlowNode flow -> flow.run(call);
      case TriggerNode trigger -> trigger.run(call);
      case KeyedNode keyed -> keyed.run(call);
      case EffectNode effect ->
          throw new IllegalStateException(effect.spec().type() + " is answered, not run");
    };
  }

  /**
   * When the run that is next began in the recording, so that what reads the time sees the same.
   */
  @Override
  public Instant now() {
    Instant recorded = answers == null ? null : answers.started(frontNode(), frontRun());
    if (recorded != null) {
      now = recorded;
    }
    return now;
  }

  /** Stands still: how long something takes is not compared. */
  @Override
  public long nanos() {
    return 0;
  }

  @Override
  public double random() {
    return 0.5;
  }
}
