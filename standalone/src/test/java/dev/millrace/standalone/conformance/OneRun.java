package dev.millrace.standalone.conformance;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NoRuns;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.parameter.CompiledParameters;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One run of an effect node of a workflow, on one empty item. */
final class OneRun implements NodeCall, EffectContext {
  private static final Instant NOW = Instant.parse("2026-03-15T14:30:45.123Z");

  private final NoRuns execution;
  private final WorkflowNode node;
  private final CompiledParameters parameters;
  private final ExpressionEngine engine;

  private OneRun(
      WorkflowDocument workflow, WorkflowNode node, EffectNode type, ExpressionEngine engine) {
    this.execution = new NoRuns("1", ExecutionMode.MANUAL, workflow, Map.of());
    this.node = node;
    this.engine = engine;
    this.parameters = CompiledParameters.compile(type.spec(), node, engine);
  }

  /** The items of output 0. */
  static List<Item> of(
      WorkflowDocument workflow, WorkflowNode node, EffectNode type, ExpressionEngine engine)
      throws Exception {
    OneRun run = new OneRun(workflow, node, type, engine);
    NodeOutput output = type.run(run, run);
    return Objects.requireNonNull(Objects.requireNonNull(output.outputs()).getFirst());
  }

  @Override
  public WorkflowNode node() {
    return node;
  }

  @Override
  public List<@Nullable List<Item>> inputs() {
    return List.of(List.of(Item.empty()));
  }

  @Override
  public List<@Nullable Source> sources() {
    return List.of(new Source("before", 0, 0));
  }

  @Override
  public int runIndex() {
    return 0;
  }

  @Override
  public ExecutionView execution() {
    return execution;
  }

  @Override
  public @Nullable Object parameter(String path, int itemIndex) {
    return parameters.resolve(path, scope(itemIndex));
  }

  @Override
  public @Nullable Object rawParameter(String path) {
    return parameters.raw(path);
  }

  @Override
  public @Nullable Object evaluate(String template, int itemIndex) {
    return engine.compile(template).evaluate(scope(itemIndex));
  }

  @Override
  public EvaluationScope scope(int itemIndex) {
    return new EvaluationScope(
        execution,
        node,
        0,
        itemIndex,
        inputs(),
        sources(),
        NOW,
        (name, index) -> Map.of(),
        Map.of());
  }

  @Override
  public ZonedDateTime now() {
    return NOW.atZone(execution.zone());
  }

  @Override
  public double random() {
    return 0.5;
  }

  @Override
  public String idempotencyKey(int itemIndex) {
    return "1/" + node.name() + "/0/" + itemIndex;
  }

  @Override
  public Duration timeLeft() {
    return Duration.ofMinutes(1);
  }
}
