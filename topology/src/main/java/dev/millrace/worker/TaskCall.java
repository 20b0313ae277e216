package dev.millrace.worker;

import dev.millrace.avro.TaskRecord;
import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.parameter.CompiledParameters;
import dev.millrace.parameter.EffectParameters;
import dev.millrace.parameter.NodeParameters;
import dev.millrace.serde.ItemRecords;
import dev.millrace.workflow.WorkflowNode;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** A run that was asked for by a record: its own items, and parameters that are resolved. */
public final class TaskCall implements NodeCall {
  private final TaskRecord task;
  private final WorkflowNode node;
  private final List<@Nullable List<Item>> inputs;
  private final List<@Nullable Source> sources;
  private final EffectParameters parameters;
  private final ExecutionView view;
  private final NodeCatalogue catalogue;
  private final ExpressionEngine expressions;
  private @Nullable NodeParameters stored;

  /**
   * @param node of the task
   * @param view what the run sees of its execution
   */
  public TaskCall(
      TaskRecord task,
      WorkflowNode node,
      ExecutionView view,
      NodeCatalogue catalogue,
      ExpressionEngine expressions) {
    this.task = task;
    this.node = node;
    this.inputs = ItemRecords.toPorts(task.getInputs());
    this.sources = ItemRecords.toSources(task.getSources());
    this.parameters = EffectParameters.read(ItemRecords.bytes(task.getParameters()));
    this.view = view;
    this.catalogue = catalogue;
    this.expressions = expressions;
  }

  /** How the task's execution was started. */
  public static ExecutionMode mode(TaskRecord task) {
    return ExecutionMode.valueOf(task.getMode().toUpperCase(Locale.ROOT));
  }

  /** The context that the task's node keeps in its execution. */
  public static Map<String, @Nullable Object> context(TaskRecord task) {
    return task.getContext() == null ? Map.of() : ItemRecords.fromJsonBytes(task.getContext());
  }

  /** The variables that the task's execution began with. */
  public static Map<String, String> variables(TaskRecord task) {
    return task.getVariables() == null ? Map.of() : task.getVariables();
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
    return sources;
  }

  @Override
  public int runIndex() {
    return task.getRun();
  }

  @Override
  public int attempt() {
    return task.getAttempt();
  }

  @Override
  public ExecutionView execution() {
    return view;
  }

  @Override
  public @Nullable Object parameter(String path, int itemIndex) {
    return parameters.get(path, itemIndex);
  }

  @Override
  public @Nullable Object rawParameter(String path) {
    return stored().raw(path);
  }

  /** The parameters as they are stored; few nodes ask for them. */
  private NodeParameters stored() {
    NodeParameters known = stored;
    if (known == null) {
      known =
          catalogue
              .find(node.type())
              .map(type -> CompiledParameters.compile(type.spec(), node, expressions))
              .orElseThrow();
      stored = known;
    }
    return known;
  }

  @Override
  public @Nullable Object evaluate(String template, int itemIndex) {
    return expressions.compile(template).evaluate(scope(itemIndex));
  }

  @Override
  public EvaluationScope scope(int itemIndex) {
    return new EvaluationScope(
        view,
        node,
        task.getRun(),
        itemIndex,
        inputs,
        sources,
        task.getRequestedAt(),
        (name, index) -> parameters.get("", index) instanceof Map<?, ?> all ? named(all) : Map.of(),
        Map.of());
  }

  @SuppressWarnings("unchecked") // Read from a JSON object.
  private static Map<String, @Nullable Object> named(Map<?, ?> object) {
    return (Map<String, @Nullable Object>) object;
  }

  @Override
  public ZonedDateTime now() {
    return task.getRequestedAt().atZone(view.zone());
  }

  @Override
  public double random() {
    return ThreadLocalRandom.current().nextDouble();
  }
}
