package dev.millrace.chaos;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.bench.BenchParts;
import dev.millrace.engine.Budget;
import dev.millrace.engine.Command;
import dev.millrace.engine.Decision;
import dev.millrace.engine.Effect;
import dev.millrace.engine.Engine;
import dev.millrace.engine.EngineClock;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.NodeRunner;
import dev.millrace.engine.Plan;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.EffectNode;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.FlowNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import dev.millrace.topology.EventRecords;
import dev.millrace.workflow.WorkflowDocument;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The engine's core alone, in memory and without faults: runs what an execution was started with to
 * where it has to stand. The outside is a function, waits are over at once unless they are longer
 * than any test, and calls of other workflows are calls. One thread at a time.
 */
final class Reference implements Expectation, AutoCloseable {
  private static final Duration LONGER_THAN_ANY_TEST = Duration.ofHours(3);

  private final ExpressionEngine expressions = BenchParts.expressions();
  private final NodeCatalogue catalogue = BenchParts.catalogue(expressions);
  private final Engine engine = new Engine(expressions, Budget.DEFAULT);
  private final Map<String, Plan> plans = new HashMap<>();
  private final Map<String, Set<String>> endings;

  /**
   * @param workflows by their ids
   */
  Reference(Map<String, WorkflowDocument> workflows) {
    this(workflows, Map.of());
  }

  /**
   * @param workflows by their ids
   * @param endings of workflows that it does not run, where they are to end with errors
   */
  Reference(Map<String, WorkflowDocument> workflows, Map<String, Set<String>> endings) {
    this.endings = Map.copyOf(endings);
    workflows.forEach(
        (id, workflow) -> plans.put(id, Plan.compile(workflow, catalogue, expressions)));
  }

  @Override
  public Set<String> endings(String workflowId) {
    return endings.getOrDefault(workflowId, Set.of("success"));
  }

  @Override
  public boolean callsStubOnly(String workflowId) {
    return plans.containsKey(workflowId);
  }

  @Override
  public Optional<Standing> of(EventBatch batch, ExecutionStartedEvent started) {
    Plan plan = plans.get(batch.getWorkflowId());
    if (plan == null) {
      return Optional.empty();
    }
    if (!(EventRecords.toEvent(batch.getExecutionId(), started)
        instanceof Event.ExecutionStarted begun)) {
      throw new IllegalStateException("a beginning is something else");
    }
    Command.Start start =
        new Command.Start(
            begun.executionId(),
            begun.mode(),
            begun.startNode(),
            begun.startOutput(),
            begun.items(),
            begun.destination());
    ExecutionState state = run(plan, start);
    Map<String, List<List<Object>>> runs = new HashMap<>();
    state
        .allRuns()
        .forEach((node, all) ->
            all.forEach(run -> runs.put(node + "#" + run.run(), json(run.outputs()))));
    return Optional.of(new Standing(!state.status().terminal(), runs));
  }

  /** The JSON of the items of each output. */
  static List<List<Object>> json(List<@Nullable List<Item>> outputs) {
    List<List<Object>> all = new ArrayList<>();
    for (List<Item> output : outputs) {
      all.add(output == null ? List.of() : output.stream().<Object>map(Item::json).toList());
    }
    return all;
  }

  private ExecutionState run(Plan plan, Command.Start start) {
    ExecutionState state = new ExecutionState(plan, Map.of());
    TestClock clock = new TestClock();
    Deque<Effect> todo = new ArrayDeque<>(decide(state, start, clock));
    while (!state.status().terminal() && !todo.isEmpty()) {
      switch (todo.remove()) {
        case Effect.StartTimer timer -> {
          if (timer.due().isAfter(clock.now().plus(LONGER_THAN_ANY_TEST))) {
            return state;
          }
          clock.now = timer.due();
          todo.addAll(decide(state, new Command.TimerDue(timer.due()), clock));
        }
        case Effect.CallOutside call ->
            todo.addAll(
                decide(
                    state,
                    new Command.EffectDone(
                        call.call(), new Command.Outcome.Answered(outside(call), 0)),
                    clock));
        case Effect.StartChild child -> todo.addAll(decide(state, called(child), clock));
        case Effect.YieldExecution again ->
            todo.addAll(decide(state, new Command.Continue(), clock));
        case Effect.CallOwner call ->
            throw new IllegalStateException(
                "no workflow of the mix has state beyond its execution: " + call.state());
        case Effect.CancelChild none -> {}
        case Effect.CancelCall none -> {}
        case Effect.LeaveGates none -> {}
        case Effect.Respond none -> {}
      }
    }
    return state;
  }

  private List<Effect> decide(ExecutionState state, Command command, EngineClock clock) {
    Decision decision = engine.decide(state, command, RUNNER, clock);
    return decision.effects();
  }

  /** What the stub answers to what {@code http.json} sends: the same. */
  private static NodeOutput outside(Effect.CallOutside call) {
    List<Item> answers = new ArrayList<>();
    List<Item> asked = Objects.requireNonNull(call.inputs().getFirst());
    for (int i = 0; i < asked.size(); i++) {
      Map<?, ?> body = (Map<?, ?>) Objects.requireNonNull(asked.get(i).json().get("body"));
      Map<String, @Nullable Object> answer = new HashMap<>();
      answer.put("id", body.get("id"));
      answer.put("n", body.get("n"));
      answers.add(Item.of(answer).withPairing(Pairing.to(i)));
    }
    return NodeOutput.of(answers);
  }

  private Command.ChildDone called(Effect.StartChild child) {
    Plan plan =
        Objects.requireNonNull(plans.get(child.workflowId()), "a workflow that is not in the mix");
    ExecutionState ended =
        run(
            plan,
            new Command.Start(
                child.childId(),
                ExecutionMode.INTEGRATED,
                "Start",
                0,
                child.items().stream().map(item -> item.withPairing(null)).toList(),
                null));
    return new Command.ChildDone(
        child.call(),
        child.index(),
        ended.runs(Objects.requireNonNull(ended.lastNode())).getLast().outputs(),
        null);
  }

  private static final NodeRunner RUNNER =
      (planned, call) ->
          switch (Objects.requireNonNull(planned.processor())) {
            case TransformNode node -> node.run(call);
            case FlowNode node -> node.run(call);
            case TriggerNode node -> node.run(call);
            case KeyedNode node -> node.run(call);
            case EffectNode node ->
                throw new IllegalStateException(node.spec().type() + " runs outside");
          };

  private static final class TestClock implements EngineClock {
    private Instant now = Instant.now();

    @Override
    public Instant now() {
      return now;
    }

    @Override
    public long nanos() {
      return System.nanoTime();
    }

    @Override
    public double random() {
      return 0.5;
    }
  }

  @Override
  public void close() {
    expressions.close();
  }
}
