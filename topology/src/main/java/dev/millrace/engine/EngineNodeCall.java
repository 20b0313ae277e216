package dev.millrace.engine;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NodeCall;
import dev.millrace.workflow.WorkflowNode;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the engine hands to a node for one attempt of one run. */
final class EngineNodeCall implements NodeCall {
  private final ExecutionState state;
  private final PlannedNode planned;
  private final List<@Nullable List<Item>> inputs;
  private final int attempt;
  private final Instant now;
  private final EngineClock clock;
  private final ExpressionEngine expressions;
  private EvaluationScope scope;

  EngineNodeCall(
      ExecutionState state,
      PlannedNode planned,
      List<@Nullable List<Item>> inputs,
      List<@Nullable Source> sources,
      int attempt,
      Instant now,
      EngineClock clock,
      ExpressionEngine expressions) {
    this.state = state;
    this.planned = planned;
    this.inputs = inputs;
    this.attempt = attempt;
    this.now = now;
    this.clock = clock;
    this.expressions = expressions;
    this.scope =
        new EvaluationScope(
            state,
            planned.node(),
            state.runCount(planned.name()),
            0,
            inputs,
            sources,
            now,
            this::parametersOf,
            Map.of());
  }

  /** Resolved when read: a parameter may refer to another one of its node. */
  private Map<String, @Nullable Object> parametersOf(String node, int itemIndex) {
    PlannedNode other = state.plan().find(node).orElse(planned);
    return other.parameters().view(scope.at(itemIndex));
  }

  @Override
  public WorkflowNode node() {
    return planned.node();
  }

  @Override
  public List<@Nullable List<Item>> inputs() {
    return inputs;
  }

  @Override
  public List<@Nullable Source> sources() {
    return scope.sources();
  }

  @Override
  public int runIndex() {
    return scope.runIndex();
  }

  @Override
  public int attempt() {
    return attempt;
  }

  @Override
  public ExecutionView execution() {
    return state;
  }

  @Override
  public @Nullable Object parameter(String path, int itemIndex) {
    return planned.parameters().resolve(path, at(itemIndex));
  }

  @Override
  public @Nullable Object rawParameter(String path) {
    return planned.parameters().raw(path);
  }

  @Override
  public <T> T derived(String key, Class<T> type, Supplier<T> make) {
    return planned.parameters().derived(key, type, make);
  }

  @Override
  public @Nullable Object evaluate(String template, int itemIndex) {
    return expressions.compile(template).evaluate(at(itemIndex));
  }

  @Override
  public EvaluationScope scope(int itemIndex) {
    return at(itemIndex);
  }

  @Override
  public ZonedDateTime now() {
    return now.atZone(state.zone());
  }

  @Override
  public double random() {
    return clock.random();
  }

  private EvaluationScope at(int itemIndex) {
    EvaluationScope moved = scope.at(itemIndex);
    scope = moved;
    return moved;
  }
}
