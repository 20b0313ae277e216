package dev.millrace.engine;

import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeRun;
import dev.millrace.parameter.EffectParameters;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the world answered to a recorded execution, and what it had been asked: by node and run. It
 * is found by applying the events once more.
 */
final class RecordedAnswers {
  private final Plan plan;
  private final EngineClock clock;
  private final ExpressionEngine expressions;
  private final Map<Place, List<Command.Outcome>> outcomes = new HashMap<>();
  private final Map<Place, Object> requests = new HashMap<>();
  private final Map<Place, Map<Integer, Event.ChildReturned>> children = new HashMap<>();
  private final Map<Place, @Nullable List<Item>> resumes = new HashMap<>();
  private final Map<String, Map<Integer, Instant>> starts = new HashMap<>();

  /**
   * A run of a node, or what was to be one and came to nothing.
   *
   * @param skipped how often the node had been skipped by then, which makes no run
   */
  record Place(String node, int run, int skipped) {}

  /**
   * @param plan of the version that the execution ran in
   */
  RecordedAnswers(Plan plan, Recording recording, EngineClock clock, ExpressionEngine expressions) {
    this.plan = plan;
    this.clock = clock;
    this.expressions = expressions;
    ExecutionState state = new ExecutionState(plan, recording.state().variables());
    Map<String, Integer> skipped = new HashMap<>();
    boolean outside = false;
    Place resumed = null;
    for (Event event : recording.events()) {
      Place here = place(state, skipped);
      switch (event) {
        case Event.EffectRequested e -> {
          outside = true;
          ask(state, e, here);
        }
        case Event.AttemptFailed e -> {
          if (outside) {
            answer(here, new Command.Outcome.Failed(e.error(), 0));
          }
        }
        case Event.NodeCompleted e -> {
          starts
              .computeIfAbsent(here.node(), node -> new HashMap<>())
              .put(here.run(), e.run().started());
          if (outside) {
            answer(here, outcome(e));
          }
          if (here.equals(resumed) && !e.run().outputs().isEmpty()) {
            resumes.put(here, e.run().outputs().getFirst());
          }
        }
        case Event.NodeSkipped e -> {
          if (outside) {
            answer(here, new Command.Outcome.Answered(NodeOutput.NOTHING, 0));
          }
          skipped.merge(e.node(), 1, Integer::sum);
        }
        case Event.ChildReturned e ->
            children.computeIfAbsent(here, place -> new HashMap<>()).put(e.index(), e);
        case Event.WaitResumed e -> resumed = here;
        case Event.StaticDataChanged e -> {}
        case Event.ExecutionStarted e -> {}
        case Event.HistoryTaken e -> {}
        case Event.NodePostponed e -> {}
        case Event.WaitStarted e -> {}
        case Event.ChildrenStarted e -> {}
        case Event.RetryDue e -> {}
        case Event.WaitingReleased e -> {}
        case Event.ExecutionYielded e -> {}
        case Event.ExecutionEnded e -> {}
      }
      state.apply(event);
      outside &= !(event instanceof Event.NodeCompleted || event instanceof Event.NodeSkipped);
    }
  }

  /**
   * Where an execution is: at the entry in front of its queue.
   *
   * @param skipped how often each node was skipped
   */
  static Place place(ExecutionState state, Map<String, Integer> skipped) {
    QueueEntry entry = state.queue().front();
    String node = entry == null ? "" : entry.node();
    return new Place(node, state.runCount(node), skipped.getOrDefault(node, 0));
  }

  private void answer(Place place, Command.Outcome outcome) {
    outcomes.computeIfAbsent(place, p -> new ArrayList<>()).add(outcome);
  }

  private Command.Outcome outcome(Event.NodeCompleted completed) {
    Map<String, @Nullable Object> error = completed.run().error();
    if (error == null && answeredNothing(completed.run())) {
      return new Command.Outcome.Answered(NodeOutput.NOTHING, completed.run().durationMicros());
    }
    return error == null
        ? new Command.Outcome.Answered(
            new NodeOutput(completed.run().outputs(), completed.context(), null),
            completed.run().durationMicros())
        : new Command.Outcome.Failed(error, completed.run().durationMicros());
  }

  /**
   * Whether the one empty item of {@code alwaysOutputData} stands for no answer at all: any answer
   * of a node with an error output was recorded with that output.
   */
  private boolean answeredNothing(NodeRun run) {
    PlannedNode planned = plan.find(run.node()).orElse(null);
    return planned != null
        && planned.node().onError() == WorkflowNode.OnError.CONTINUE_ERROR_OUTPUT
        && run.outputs().size() <= planned.ports().outputs();
  }

  private void ask(ExecutionState state, Event.EffectRequested requested, Place here) {
    QueueEntry entry = state.queue().front();
    PlannedNode planned = plan.find(here.node()).orElse(null);
    if (entry == null || planned == null || requests.containsKey(here)) {
      return;
    }
    Attempt attempt = Attempt.of(planned, entry, requested.attempt(), requested.at());
    EngineNodeCall call =
        new EngineNodeCall(
            state,
            planned,
            attempt.inputs(),
            entry.sources(),
            requested.attempt(),
            requested.at(),
            clock,
            expressions);
    try {
      byte[] parameters = EffectParameters.resolve(planned.parameters(), call, call::scope);
      requests.put(here, request(planned, attempt.inputs(), parameters));
    } catch (MillraceException unresolved) {
      // It was resolved then, so it reads something that is not recorded: there is nothing to
      // compare with.
      requests.remove(here);
    }
  }

  /** What a call asks for as JSON: how the node is set up, by item, and its items. */
  static Map<String, @Nullable Object> request(
      PlannedNode planned, List<@Nullable List<Item>> inputs, byte[] parameters) {
    Map<String, @Nullable Object> request = new LinkedHashMap<>();
    request.put("type", planned.node().type());
    request.put("parameters", Json.parse(parameters));
    List<@Nullable Object> items = new ArrayList<>();
    for (List<Item> input : inputs) {
      items.add(
          input == null
              ? null
              : input.stream().map(item -> item.withPairing(null).toJson()).toList());
    }
    request.put("items", items);
    return request;
  }

  /** What was asked for at a place, null when nothing was or it cannot be told any more. */
  @Nullable Object request(Place place) {
    return requests.get(place);
  }

  /** How an attempt at a call ended; the last one where it has more; null when there was none. */
  Command.@Nullable Outcome outcome(Place place, int attempt) {
    List<Command.Outcome> all = outcomes.get(place);
    return all == null ? null : all.get(Math.min(attempt, all.size()) - 1);
  }

  /** What an execution answered that was called at a place, null when there was none. */
  Event.@Nullable ChildReturned child(Place place, int index) {
    return children.getOrDefault(place, Map.of()).get(index);
  }

  /** What the call brought that a node waited for at a place, null when none came. */
  @Nullable List<Item> resumed(Place place) {
    return resumes.get(place);
  }

  /** When a run began, null when there was none. */
  @Nullable Instant started(String node, int run) {
    return starts.getOrDefault(node, Map.of()).get(run);
  }
}
