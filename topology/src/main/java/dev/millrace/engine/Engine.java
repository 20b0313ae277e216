package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.ExpressionException;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.node.CodeEffects;
import dev.millrace.node.ErrorOutputRouting;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeRun;
import dev.millrace.node.PairingRules;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a command leads to, by the execution semantics of n8n: which node runs next, with
 * what, and what follows from what it answers. Runs an execution to its end, to its next wait or to
 * the end of its budget in one call. Shared by all threads; an execution's state belongs to one.
 */
public final class Engine {
  private final ExpressionEngine expressions;
  private final Budget budget;

  public Engine(ExpressionEngine expressions, Budget budget) {
    this.expressions = expressions;
    this.budget = budget;
  }

  /**
   * Decides on a command. The events are applied to the state as they are made.
   *
   * @return the events and effects; none when the command no longer fits the state
   */
  public Decision decide(
      ExecutionState state, Command command, NodeRunner runner, EngineClock clock) {
    Turn turn = new Turn(state, runner, clock);
    switch (command) {
      case Command.Start start -> turn.start(start);
      case Command.TimerDue timer -> turn.timer(timer);
      case Command.Continue again -> turn.run();
      case Command.Cancel cancel -> turn.cancel(cancel.reason());
      case Command.Fail fail -> turn.fail(fail.code(), fail.reason());
    }
    return new Decision(turn.events, turn.effects);
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

  /** The work on one command. */
  private final class Turn {
    private final ExecutionState state;
    private final NodeRunner runner;
    private final EngineClock clock;
    private final long startedNanos;
    private final List<Event> events = new ArrayList<>();
    private final List<Effect> effects = new ArrayList<>();
    private int steps;

    Turn(ExecutionState state, NodeRunner runner, EngineClock clock) {
      this.state = state;
      this.runner = runner;
      this.clock = clock;
      this.startedNanos = clock.nanos();
    }

    private void emit(Event event) {
      state.apply(event);
      events.add(event);
    }

    private void end(ExecutionStatus status, @Nullable Map<String, @Nullable Object> error) {
      emit(new Event.ExecutionEnded(status, error, clock.now()));
    }

    void start(Command.Start start) {
      if (state.startNode() != null) {
        return;
      }
      Plan plan = state.plan();
      Optional<PlannedNode> from =
          start.startNode() == null ? plan.defaultStart() : plan.find(start.startNode());
      String name =
          from.map(PlannedNode::name).orElse(start.startNode() == null ? "" : start.startNode());
      emit(
          new Event.ExecutionStarted(
              start.executionId(),
              start.mode(),
              name,
              start.startOutput(),
              start.items(),
              start.destination(),
              clock.now()));
      Plan.Issue issue = startIssue(from, start);
      if (issue != null) {
        end(ExecutionStatus.ERROR, RunErrors.of(issue));
        return;
      }
      run();
    }

    private Plan.@Nullable Issue startIssue(Optional<PlannedNode> from, Command.Start start) {
      if (from.isEmpty()) {
        return start.startNode() == null
            ? new Plan.Issue(
                ErrorCode.NO_START_NODE, "", "the workflow has no enabled node to start from")
            : new Plan.Issue(
                ErrorCode.UNKNOWN_NODE,
                start.startNode(),
                "the workflow has no node named \"" + start.startNode() + "\"");
      }
      if (from.get().node().disabled()) {
        return new Plan.Issue(
            ErrorCode.NO_START_NODE,
            from.get().name(),
            "the start node \"" + from.get().name() + "\" is disabled");
      }
      Command.Destination destination = start.destination();
      if (destination != null && state.plan().find(destination.node()).isEmpty()) {
        return new Plan.Issue(
            ErrorCode.UNKNOWN_NODE,
            destination.node(),
            "the workflow has no node named \"" + destination.node() + "\"");
      }
      List<Plan.Issue> issues = state.plan().issues(from.get().name());
      return issues.stream()
          .filter(issue -> state.mayRun(issue.node()) && state.pinned(issue.node()) == null)
          .findFirst()
          .orElse(null);
    }

    void timer(Command.TimerDue timer) {
      Instant retryAt = state.retryAt();
      if (!state.status().terminal() && retryAt != null && !timer.due().isBefore(retryAt)) {
        emit(new Event.RetryDue(timer.due()));
        run();
      }
    }

    void cancel(String reason) {
      if (state.startNode() != null && !state.status().terminal()) {
        end(
            ExecutionStatus.CANCELED,
            reason.isEmpty() ? null : RunErrors.of(ErrorCode.EXECUTION_CANCELED, reason, ""));
      }
    }

    void fail(ErrorCode code, String reason) {
      if (state.startNode() != null && !state.status().terminal()) {
        end(ExecutionStatus.ERROR, RunErrors.of(code, reason, ""));
      }
    }

    void run() {
      while (state.status() == ExecutionStatus.RUNNING) {
        QueueEntry entry = state.queue().front();
        if (entry == null) {
          Optional<WorkQueue.Release> release = state.queue().nextRelease();
          if (release.isEmpty()) {
            end(ExecutionStatus.SUCCESS, null);
          } else {
            WorkQueue.Release r = release.get();
            emit(new Event.WaitingReleased(r.node(), r.slot(), r.runs()));
          }
          continue;
        }
        // A queue longer than the budget would exceed it too, and fill the memory until then.
        if (state.executionIndex() >= budget.stepsInAll()
            || state.queue().size() > budget.stepsInAll()) {
          end(
              ExecutionStatus.ERROR,
              RunErrors.of(
                  ErrorCode.BUDGET_EXCEEDED,
                  "the execution ran "
                      + state.executionIndex()
                      + " nodes without coming to an end, and has "
                      + state.queue().size()
                      + " more to run; node \""
                      + entry.node()
                      + "\" would be next",
                  entry.node()));
          return;
        }
        if (steps > 0
            && (steps >= budget.stepsPerGo()
                || clock.nanos() - startedNanos > budget.nanosPerGo())) {
          emit(new Event.ExecutionYielded(steps));
          effects.add(new Effect.YieldExecution());
          return;
        }
        steps++;
        step(entry);
      }
    }

    private void step(QueueEntry entry) {
      PlannedNode planned = state.plan().node(entry.node());
      if (!state.mayRun(entry.node())) {
        emit(new Event.NodeSkipped(entry.node()));
        return;
      }
      if (state.plan().order() == Plan.ExecutionOrder.V0 && lacksInput(planned, entry)) {
        postpone(entry);
        return;
      }
      List<@Nullable List<Item>> inputs = stamped(planned.node(), entry.inputs());
      Instant began = clock.now();
      long beganNanos = clock.nanos();
      NodeOutput output = NodeOutput.NOTHING;
      List<@Nullable List<Item>> outputs = List.of();
      Map<String, @Nullable Object> failure = null;
      Map<String, String> customData = null;
      int attempt = state.attempt() + 1;
      boolean mayRetry = attempt < maxAttempts(planned.node());
      try {
        output = outputOf(planned, entry, inputs, attempt, began);
        List<@Nullable List<Item>> answered = output.outputs();
        if (answered == null && !planned.node().alwaysOutputData()) {
          emit(new Event.NodeSkipped(planned.name()));
          return;
        }
        Map<String, @Nullable Object> returned =
            mayRetry && answered != null ? RunErrors.returned(answered) : Map.of();
        customData = customDataOf(output);
        if (!returned.isEmpty()) {
          retry(planned.node(), attempt, returned, customData);
          return;
        }
        outputs = finished(planned, entry, inputs, answered);
        checkSize(outputs, output.context());
      } catch (Throwable thrown) {
        // Nothing a node throws may reach the partition: it becomes the run's error.
        failure = RunErrors.of(thrown, planned.name());
        customData = customDataOf(thrown);
        if (mayRetry) {
          retry(planned.node(), attempt, failure, customData);
          return;
        }
      }
      long micros = (clock.nanos() - beganNanos) / 1_000;
      if (failure != null) {
        output = NodeOutput.NOTHING;
        if (!planned.node().continuesOnFail()) {
          emit(
              new Event.NodeCompleted(
                  run(planned, entry, began, micros, List.of(), failure),
                  null,
                  true,
                  attempt,
                  customData));
          end(ExecutionStatus.ERROR, failure);
          return;
        }
        List<@Nullable List<Item>> passed = new ArrayList<>();
        passed.add(inputs.isEmpty() ? null : inputs.get(0));
        outputs = passed;
      }
      if (output.response() != null) {
        effects.add(new Effect.Respond(output.response()));
      }
      emit(
          new Event.NodeCompleted(
              run(planned, entry, began, micros, outputs, failure),
              output.context(),
              false,
              attempt,
              customData));
    }

    private void checkSize(
        List<@Nullable List<Item>> outputs, @Nullable Map<String, @Nullable Object> context) {
      // A loop keeps its items in its context, which is one record with what it answers.
      long bytes = context == null ? 0 : Json.write(context).length;
      for (List<Item> items : outputs) {
        for (int i = 0; items != null && i < items.size(); i++) {
          bytes += items.get(i).size();
        }
      }
      if (bytes > budget.bytesPerRun()) {
        throw new MillraceException(
            ErrorCode.BATCH_TOO_LARGE,
            "the node answered "
                + bytes
                + " bytes of items, files and context, more than the limit of "
                + budget.bytesPerRun());
      }
    }

    private boolean lacksInput(PlannedNode planned, QueueEntry entry) {
      List<@Nullable List<Item>> inputs = entry.inputs();
      for (int i = 0; i < planned.parents().size(); i++) {
        // A node that was forced to start has its first input alone. It goes on without the second
        // one, but not without a third.
        boolean missing = i < inputs.size() ? inputs.get(i) == null : i > inputs.size();
        if (missing
            && !planned.parents().get(i).isEmpty()
            && !planned.name().equals(state.startNode())) {
          return true;
        }
      }
      return false;
    }

    private void postpone(QueueEntry entry) {
      // When all that is queued was postponed and nothing ran in between, nothing ever will.
      if (state.postponedInARow() >= state.queue().size()) {
        end(
            ExecutionStatus.ERROR,
            RunErrors.of(
                ErrorCode.BUDGET_EXCEEDED,
                "node \"" + entry.node() + "\" waits for an input that nothing will fill",
                entry.node()));
      } else {
        emit(new Event.NodePostponed(entry.node()));
      }
    }

    /** The inputs with every item pointing at exactly its own place, cut when run once. */
    private List<@Nullable List<Item>> stamped(
        WorkflowNode node, List<@Nullable List<Item>> inputs) {
      List<@Nullable List<Item>> stamped = new ArrayList<>(inputs.size());
      for (int input = 0; input < inputs.size(); input++) {
        List<Item> items = inputs.get(input);
        if (items == null) {
          stamped.add(null);
          continue;
        }
        int count = node.executeOnce() ? Math.min(1, items.size()) : items.size();
        List<Item> copies = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          copies.add(items.get(i).withPairing(Pairing.to(i, input)));
        }
        stamped.add(copies);
      }
      return stamped;
    }

    private NodeOutput outputOf(
        PlannedNode planned,
        QueueEntry entry,
        List<@Nullable List<Item>> inputs,
        int attempt,
        Instant began) {
      if (planned.node().disabled()) {
        List<Item> first = inputs.isEmpty() ? null : inputs.get(0);
        return first == null ? NodeOutput.NOTHING : NodeOutput.of(first);
      }
      List<Item> pinned = state.pinned(planned.name());
      if (pinned != null) {
        return NodeOutput.of(pinned);
      }
      if (!hasInput(planned, inputs)) {
        return NodeOutput.NOTHING;
      }
      return runner.run(
          planned,
          new EngineNodeCall(
              state, planned, inputs, entry.sources(), attempt, began, clock, expressions));
    }

    /** Whether there is anything to run on: order v0 looks at the first input only. */
    private boolean hasInput(PlannedNode planned, List<@Nullable List<Item>> inputs) {
      if (planned.name().equals(state.startNode()) && state.runCount(planned.name()) == 0) {
        return true;
      }
      if (state.plan().order() == Plan.ExecutionOrder.V0) {
        List<Item> first = inputs.isEmpty() ? null : inputs.get(0);
        return first != null && !first.isEmpty();
      }
      return QueueEntry.anyItems(inputs);
    }

    /**
     * A node's answer as it is recorded: lineage, error output, alwaysOutputData. An answer of
     * nothing at all only comes here to be made one empty item.
     */
    private List<@Nullable List<Item>> finished(
        PlannedNode planned,
        QueueEntry entry,
        List<@Nullable List<Item>> inputs,
        @Nullable List<@Nullable List<Item>> answered) {
      WorkflowNode node = planned.node();
      List<@Nullable List<Item>> filled = PairingRules.fill(inputs, answered);
      List<@Nullable List<Item>> outputs = filled == null ? List.of() : filled;
      if (answered != null
          && node.onError() == WorkflowNode.OnError.CONTINUE_ERROR_OUTPUT
          && !node.disabled()) {
        outputs =
            ErrorOutputRouting.route(
                inputs, entry.sources(), outputs, planned.ports().outputs(), state);
      }
      if (node.alwaysOutputData()) {
        List<Item> first = outputs.isEmpty() ? null : outputs.get(0);
        if (first == null || first.isEmpty()) {
          outputs = new ArrayList<>(outputs);
          List<Item> one = List.of(Item.empty().withPairing(pairingToAll(inputs)));
          if (outputs.isEmpty()) {
            outputs.add(one);
          } else {
            outputs.set(0, one);
          }
        }
      }
      return RunErrors.asJson(outputs);
    }

    private NodeRun run(
        PlannedNode planned,
        QueueEntry entry,
        Instant began,
        long micros,
        List<@Nullable List<Item>> outputs,
        @Nullable Map<String, @Nullable Object> failure) {
      List<@Nullable Source> sources = entry.sources();
      return new NodeRun(
          planned.name(),
          state.runCount(planned.name()),
          state.executionIndex(),
          began,
          micros,
          sources,
          outputs,
          failure);
    }

    private void retry(
        WorkflowNode node,
        int attempt,
        Map<String, @Nullable Object> error,
        @Nullable Map<String, String> customData) {
      Instant at = clock.now().plusMillis(node.waitBetweenTries());
      emit(new Event.AttemptFailed(node.name(), attempt, error, at, customData));
      if (node.waitBetweenTries() == 0) {
        emit(new Event.RetryDue(at));
      } else {
        effects.add(new Effect.StartTimer(at));
      }
    }
  }

  private static @Nullable Map<String, String> customDataOf(NodeOutput output) {
    CodeEffects effects = output.effects();
    return effects == null || effects.customData().isEmpty() ? null : effects.customData();
  }

  /** What user code had stored before it failed: it stays stored, so a retry sees it. */
  private static @Nullable Map<String, String> customDataOf(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof ExpressionException code && !code.customData().isEmpty()) {
        return code.customData();
      }
    }
    return null;
  }

  private static int maxAttempts(WorkflowNode node) {
    return node.retryOnFail() ? node.maxTries() : 1;
  }

  private static Pairing pairingToAll(List<@Nullable List<Item>> inputs) {
    List<dev.millrace.item.PairedItem> all = new ArrayList<>();
    for (int input = 0; input < inputs.size(); input++) {
      List<Item> items = inputs.get(input);
      for (int i = 0; items != null && i < items.size(); i++) {
        all.add(dev.millrace.item.PairedItem.of(i, input));
      }
    }
    return Pairing.to(all);
  }
}
