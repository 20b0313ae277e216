package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.expression.ExpressionException;
import dev.millrace.item.Item;
import dev.millrace.limit.Gate;
import dev.millrace.limit.RetryPolicy;
import dev.millrace.node.CodeEffects;
import dev.millrace.node.ContextChange;
import dev.millrace.node.EffectNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.NodeRun;
import dev.millrace.node.StateScope;
import dev.millrace.node.Suspension;
import dev.millrace.parameter.EffectParameters;
import dev.millrace.value.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The work on one command: applies each event to the state as it makes it. One thread, one use. */
final class Turn {
  private final ExecutionState state;
  private final NodeRunner runner;
  private final EngineClock clock;
  private final ExpressionEngine expressions;
  private final Budget budget;
  private final CallGates gates;
  private final long startedNanos;
  private final List<Event> events = new ArrayList<>();
  private final List<Effect> effects = new ArrayList<>();
  private int steps;
  private long bytes;

  Turn(
      ExecutionState state,
      NodeRunner runner,
      EngineClock clock,
      ExpressionEngine expressions,
      Budget budget,
      CallGates gates) {
    this.expressions = expressions;
    this.budget = budget;
    this.gates = gates;
    this.state = state;
    this.runner = runner;
    this.clock = clock;
    this.startedNanos = clock.nanos();
  }

  List<Event> events() {
    return events;
  }

  List<Effect> effects() {
    return effects;
  }

  private void emit(Event event) {
    state.apply(event);
    events.add(event);
  }

  private void end(ExecutionStatus status, @Nullable Map<String, @Nullable Object> error) {
    leaveGates(Gate.Outcome.NONE);
    emit(new Event.ExecutionEnded(status, error, clock.now()));
  }

  /** The call in hand, if any, is over or no longer wanted. */
  private void leaveGates(Gate.Outcome outcome) {
    Event.EffectRequested awaiting = state.awaiting();
    if (awaiting != null && !awaiting.gates().isEmpty()) {
      effects.add(new Effect.LeaveGates(awaiting.gates(), awaiting.call(), outcome));
    }
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
    begin(start, name);
    runUnless(StartIssues.first(state, from, start));
  }

  void restart(Command.Restart restart) {
    if (state.startNode() != null) {
      return;
    }
    Command.Start start = restart.start();
    begin(start, start.startNode() == null ? "" : start.startNode());
    // Taken over even where it cannot go on, so that it can be retried once that is put right.
    emit(new Event.HistoryTaken(restart.history()));
    runUnless(StartIssues.first(state, restart.history()));
  }

  private void begin(Command.Start start, String node) {
    emit(
        new Event.ExecutionStarted(
            start.executionId(),
            start.mode(),
            node,
            start.startOutput(),
            start.items(),
            start.destination(),
            clock.now()));
  }

  private void runUnless(Plan.@Nullable Issue issue) {
    if (issue == null) {
      run();
    } else {
      end(ExecutionStatus.ERROR, RunErrors.of(issue));
    }
  }

  void timer(Command.TimerDue timer) {
    Instant retryAt = state.retryAt();
    if (!state.status().terminal() && retryAt != null && !timer.due().isBefore(retryAt)) {
      emit(new Event.RetryDue(timer.due()));
      run();
      return;
    }
    Event.WaitStarted waiting = state.waiting();
    if (waiting != null && !timer.due().isBefore(waiting.until())) {
      Attempt attempt = resumed(waiting.attempt(), waiting.at());
      List<Item> through = attempt.inputs().isEmpty() ? null : attempt.inputs().get(0);
      answered(attempt, NodeOutput.of(through == null ? List.of() : through), 0);
      run();
      return;
    }
    if (state.status() == ExecutionStatus.CALLING && overdue()) {
      timeOut();
    }
  }

  private boolean overdue() {
    Instant deadline = state.deadline();
    return deadline != null && !clock.now().isBefore(deadline);
  }

  private void timeOut() {
    cancelCalled();
    end(
        ExecutionStatus.CANCELED,
        RunErrors.of(
            ErrorCode.EXECUTION_TIMEOUT,
            "the execution ran longer than " + state.plan().timeLimit(),
            ""));
  }

  /** Has a result that is late find the execution over. */
  private void watchDeadline() {
    Instant deadline = state.deadline();
    if (deadline != null) {
      effects.add(new Effect.StartTimer(deadline));
    }
  }

  void cancel(String reason) {
    if (state.startNode() != null && !state.status().terminal()) {
      cancelCalled();
      end(
          ExecutionStatus.CANCELED,
          reason.isEmpty() ? null : RunErrors.of(ErrorCode.EXECUTION_CANCELED, reason, ""));
    }
  }

  void fail(ErrorCode code, String reason) {
    if (state.startNode() != null && !state.status().terminal()) {
      cancelCalled();
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
      if (overdue()) {
        timeOut();
        return;
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
              || bytes > budget.bytesPerGo()
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
    Attempt attempt = Attempt.of(planned, entry, state.attempt() + 1, clock.now());
    long beganNanos = clock.nanos();
    NodeOutput output = null;
    Throwable thrown = null;
    try {
      if (elsewhere(attempt)) {
        return;
      }
      output = outputOf(attempt);
    } catch (Throwable failed) {
      // Nothing a node throws may reach the partition: it becomes the run's error.
      thrown = failed;
    }
    long micros = (clock.nanos() - beganNanos) / 1_000;
    if (output == null) {
      Throwable cause = Objects.requireNonNull(thrown);
      failed(attempt, RunErrors.of(cause, planned.name()), customDataOf(cause), micros);
    } else {
      answered(attempt, output, micros);
    }
  }

  /** Goes on with the run that a worker had in hand. */
  void done(Command.EffectDone done) {
    Event.EffectRequested awaiting = state.awaiting();
    if (awaiting == null || done.call() != awaiting.call()) {
      return;
    }
    leaveGates(CallOutcomes.of(done.outcome()));
    Attempt attempt = resumed(awaiting.attempt(), awaiting.at());
    switch (done.outcome()) {
      case Command.Outcome.Answered a -> answered(attempt, a.output(), a.micros());
      case Command.Outcome.Failed f -> failed(attempt, f.error(), null, f.micros());
    }
    run();
  }

  /** Takes note of a child that is over, and goes on when it was the last. */
  void done(Command.ChildDone done) {
    Children children = state.children();
    if (children == null || !children.awaits(done.call(), done.index())) {
      return;
    }
    emit(new Event.ChildReturned(done.index(), done.outputs(), done.error()));
    if (!children.complete()) {
      return;
    }
    Attempt attempt = resumed(children.started().attempt(), children.started().at());
    long micros = Duration.between(attempt.began(), clock.now()).toNanos() / 1_000;
    Map<String, @Nullable Object> error = children.error();
    if (error == null) {
      answered(attempt, NodeOutput.ofOutputs(children.outputs()), micros);
    } else {
      Map<String, @Nullable Object> here = new LinkedHashMap<>(error);
      here.put("node", attempt.planned().name());
      failed(attempt, here, null, micros);
    }
    run();
  }

  /** Goes on with what the call brought that a node waited for. */
  void resume(Command.Resume resume) {
    Event.WaitStarted waiting = state.waiting();
    if (waiting == null
        || waiting.awaited() == null
        || waiting.call() != resume.call()
        || state.wasResumedBy(resume.idempotencyKey())) {
      return;
    }
    Attempt attempt = resumed(waiting.attempt(), waiting.at());
    emit(
        new Event.WaitResumed(
            waiting.node(), waiting.call(), resume.idempotencyKey(), resume.caller(), clock.now()));
    answered(attempt, NodeOutput.of(resume.items()), 0);
    run();
  }

  /** The attempt at the front of the queue that was begun by an earlier decision. */
  private Attempt resumed(int number, Instant began) {
    QueueEntry entry = Objects.requireNonNull(state.queue().front());
    PlannedNode planned = state.plan().node(entry.node());
    return Attempt.of(planned, entry, number, began);
  }

  /** Begins what a node waits for; false when it need not wait. */
  private boolean suspend(Attempt attempt, @Nullable Suspension suspension) {
    String node = attempt.planned().name();
    return switch (suspension) {
      case null -> false;
      case Suspension.Until until -> {
        emit(new Event.WaitStarted(node, attempt.number(), until.at(), attempt.began()));
        effects.add(new Effect.StartTimer(until.at()));
        yield true;
      }
      case Suspension.ForCall call -> {
        Instant until = call.until();
        checkSize(List.of(), null, Json.write(call.call().toJson()).length);
        emit(
            new Event.WaitStarted(
                node,
                attempt.number(),
                until == null ? Event.WaitStarted.NEVER : until,
                attempt.began(),
                state.calls() + 1,
                call.call()));
        if (until != null) {
          effects.add(new Effect.StartTimer(until));
        }
        yield true;
      }
      case Suspension.SubWorkflow sub -> {
        // Each call is a record of its own; all of them leave in one transaction.
        long definitions =
            sub.calls().stream()
                .mapToLong(each -> each.definition() == null ? 0 : each.definition().length)
                .sum();
        checkSize(sub.calls().stream().map(Suspension.Call::items).toList(), null, definitions);
        int count = sub.calls().size();
        boolean waits = sub.awaited() && count > 0;
        int call = waits ? state.calls() + 1 : 0;
        String parent = state.executionId();
        for (int i = 0; i < count; i++) {
          String child =
              waits
                  ? Children.id(parent, call, i)
                  : Children.detachedId(parent, state.executionIndex(), i);
          Suspension.Call each = sub.calls().get(i);
          effects.add(
              new Effect.StartChild(
                  child, call, i, each.workflowId(), each.definition(), each.items()));
        }
        if (waits) {
          watchDeadline();
          emit(new Event.ChildrenStarted(node, call, attempt.number(), count, attempt.began()));
        }
        yield waits;
      }
    };
  }

  /** Stops what was begun elsewhere for the entry at the front of the queue. */
  private void cancelCalled() {
    Event.EffectRequested awaiting = state.awaiting();
    if (awaiting != null) {
      effects.add(new Effect.CancelCall(awaiting.call()));
    }
    Children children = state.children();
    if (children != null) {
      for (int index : children.open()) {
        effects.add(
            new Effect.CancelChild(
                Children.id(state.executionId(), children.started().call(), index)));
      }
    }
  }

  /** Asks a worker or the owner of a state for the run, where it is theirs; false when not. */
  private boolean elsewhere(Attempt attempt) {
    PlannedNode planned = attempt.planned();
    NodeProcessor processor = planned.processor();
    if (!(processor instanceof EffectNode || processor instanceof KeyedNode)
        || planned.node().disabled()
        || state.pinned(planned.name()) != null
        || !hasInput(planned, attempt.inputs())) {
      return false;
    }
    if (!(processor instanceof KeyedNode keyed)) {
      request(attempt, effects::add, 0);
      return true;
    }
    StateScope scope = keyed.scope(call(attempt));
    if (scope == null) {
      return false;
    }
    byte[] workflow = StateRuns.workflow(state.workflow(), planned, scope);
    List<NodeRun> runs = scope.seesExecution() ? StateRuns.inOrder(state) : List.of();
    request(
        attempt,
        run ->
            effects.add(
                new Effect.CallOwner(scope.name(), run, workflow, runs, state.staticData())),
        workflow.length + StateRuns.size(runs, state.staticData()));
    return true;
  }

  /**
   * @param more bytes that leave with the run
   */
  private void request(Attempt attempt, Consumer<Effect.CallOutside> effect, long more) {
    PlannedNode planned = attempt.planned();
    EngineNodeCall call = call(attempt);
    byte[] parameters = EffectParameters.resolve(planned.parameters(), call, call::scope);
    checkSize(attempt.inputs(), null, parameters.length + more);
    int number = state.calls() + 1;
    List<CallGates.Named> passes =
        planned.processor() instanceof EffectNode ? gates.of(state.workflow(), planned) : List.of();
    emit(
        new Event.EffectRequested(
            planned.name(),
            number,
            attempt.number(),
            attempt.began(),
            passes.stream().map(CallGates.Named::name).toList()));
    effect.accept(
        new Effect.CallOutside(
            planned,
            number,
            state.runCount(planned.name()),
            attempt.number(),
            attempt.began(),
            attempt.inputs(),
            attempt.entry().sources(),
            parameters,
            passes));
    watchDeadline();
  }

  /** Records what a node answered, or what is wrong with it. */
  private void answered(Attempt attempt, NodeOutput output, long micros) {
    PlannedNode planned = attempt.planned();
    Map<String, String> customData = customDataOf(output);
    List<@Nullable List<Item>> outputs;
    try {
      if (suspend(attempt, output.suspension())) {
        return;
      }
      List<@Nullable List<Item>> answered = output.outputs();
      if (answered == null && !planned.node().alwaysOutputData()) {
        emit(new Event.NodeSkipped(planned.name()));
        return;
      }
      Map<String, @Nullable Object> returned =
          attempt.mayRepeat() && answered != null ? RunErrors.returned(answered) : Map.of();
      if (!returned.isEmpty()) {
        retry(attempt, returned, customData);
        return;
      }
      outputs = attempt.finished(answered, state);
      checkSize(outputs, output.context(), 0);
      Attempt.compact(outputs);
      Attempt.compact(attempt.inputs());
    } catch (Throwable thrown) {
      failed(attempt, RunErrors.of(thrown, planned.name()), customData, micros);
      return;
    }
    if (output.response() != null) {
      effects.add(new Effect.Respond(output.response()));
    }
    emit(
        new Event.NodeCompleted(
            run(attempt, micros, outputs, null),
            output.context(),
            false,
            attempt.number(),
            customData));
    CodeEffects left = output.effects();
    if (left != null && left.staticData() != null && state.mode().isManual()) {
      emit(new Event.StaticDataChanged(left.staticData()));
    }
  }

  private void failed(
      Attempt attempt,
      Map<String, @Nullable Object> failure,
      @Nullable Map<String, String> customData,
      long micros) {
    if (attempt.mayRepeat()) {
      retry(attempt, failure, customData);
      return;
    }
    boolean goesOn = attempt.planned().node().continuesOnFail();
    List<@Nullable List<Item>> outputs = new ArrayList<>();
    if (goesOn) {
      outputs.add(attempt.inputs().isEmpty() ? null : attempt.inputs().get(0));
    }
    emit(
        new Event.NodeCompleted(
            run(attempt, micros, outputs, failure), null, !goesOn, attempt.number(), customData));
    if (!goesOn) {
      end(ExecutionStatus.ERROR, failure);
    }
  }

  private void checkSize(
      List<? extends @Nullable List<Item>> ports, @Nullable ContextChange context, long more) {
    // A loop keeps its items in its context, which is one record with what it answers.
    long size =
        Item.size(ports)
            + more
            + switch (context) {
              case null -> 0;
              case ContextChange.Whole whole -> Json.write(whole.values()).length;
              case ContextChange.Part part -> Json.write(part.toJson()).length;
            };
    if (size > budget.bytesPerRun()) {
      throw new MillraceException(
          ErrorCode.BATCH_TOO_LARGE,
          "the node has "
              + size
              + " bytes of items, files and context, more than the limit of "
              + budget.bytesPerRun());
    }
    bytes += size;
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

  private NodeOutput outputOf(Attempt attempt) {
    PlannedNode planned = attempt.planned();
    List<@Nullable List<Item>> inputs = attempt.inputs();
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
    return runner.run(planned, call(attempt));
  }

  private EngineNodeCall call(Attempt attempt) {
    return new EngineNodeCall(
        state,
        attempt.planned(),
        attempt.inputs(),
        attempt.entry().sources(),
        attempt.number(),
        attempt.began(),
        clock,
        expressions);
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

  private NodeRun run(
      Attempt attempt,
      long micros,
      List<@Nullable List<Item>> outputs,
      @Nullable Map<String, @Nullable Object> failure) {
    String name = attempt.planned().name();
    return new NodeRun(
        name,
        state.runCount(name),
        state.executionIndex(),
        attempt.began(),
        micros,
        attempt.entry().sources(),
        outputs,
        failure);
  }

  private void retry(
      Attempt attempt,
      Map<String, @Nullable Object> error,
      @Nullable Map<String, String> customData) {
    PlannedNode planned = attempt.planned();
    RetryPolicy retry = Objects.requireNonNull(planned.limits().retry());
    Duration wait = retry.delay(attempt.number(), error, clock.random(), clock.now());
    Instant at = clock.now().plus(wait);
    emit(new Event.AttemptFailed(planned.name(), attempt.number(), error, at, customData));
    if (wait.isZero()) {
      emit(new Event.RetryDue(at));
    } else {
      effects.add(new Effect.StartTimer(at));
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
}
