package dev.millrace.nodes;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeSpec;
import dev.millrace.parameter.CompiledParameters;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowNode;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** One run of a node on one input, with real parameters: defaults filled in by the node's spec. */
public final class FakeCall implements NodeCall {
  /** The time at which every run begins. */
  public static final Instant NOW = Instant.parse("2026-03-15T14:30:45.123Z");

  private final WorkflowNode node;
  private final List<@Nullable List<Item>> inputs;
  private final ExecutionView execution;
  private final CompiledParameters parameters;
  private final ExpressionEngine engine;
  private final Random random = new Random(42);

  public FakeCall(
      NodeSpec spec,
      WorkflowNode node,
      List<Item> input,
      ExecutionView execution,
      ExpressionEngine engine) {
    this(spec, node, execution, engine, List.of(input));
  }

  public FakeCall(
      NodeSpec spec,
      WorkflowNode node,
      ExecutionView execution,
      ExpressionEngine engine,
      List<? extends @Nullable List<Item>> inputs) {
    this.node = node;
    this.inputs = Collections.unmodifiableList(inputs);
    this.execution = execution;
    this.engine = engine;
    this.parameters = CompiledParameters.compile(spec, node, engine);
  }

  @Override
  public WorkflowNode node() {
    return node;
  }

  @Override
  public List<@Nullable List<Item>> inputs() {
    return inputs;
  }

  @Override
  public List<@Nullable Source> sources() {
    return Collections.nCopies(inputs.size(), new Source("before", 0, 0));
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
        (name, index) -> Map.of("unused", Undefined.UNDEFINED),
        Map.of());
  }

  @Override
  public ZonedDateTime now() {
    return NOW.atZone(execution.zone());
  }

  @Override
  public double random() {
    return random.nextDouble();
  }
}
