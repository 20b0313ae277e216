package dev.millrace.expression;

import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.ExecutionView;
import dev.millrace.workflow.WorkflowNode;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What one evaluation sees.
 *
 * @param execution the execution around it
 * @param node the active node
 * @param runIndex index of the active node's run
 * @param itemIndex the item that {@code $json} means; -1 when there are no items
 * @param inputs the active node's items by input
 * @param sources where they came from
 * @param now the frozen clock
 * @param parameters resolves a parameter of a node for an item: {@code (node name, item index) →
 *     parameters with defaults and expressions resolved}; for {@code $parameter} and {@code
 *     $node["X"].parameter}
 * @param extra more variables by name, such as {@code $pageCount}; they win over the standard ones
 */
public record EvaluationScope(
    ExecutionView execution,
    WorkflowNode node,
    int runIndex,
    int itemIndex,
    List<@Nullable List<Item>> inputs,
    List<@Nullable Source> sources,
    Instant now,
    BiFunction<String, Integer, Map<String, @Nullable Object>> parameters,
    Map<String, @Nullable Object> extra) {

  /** Key in {@link #extra} of the static data that code gets in place of the execution's. */
  public static final String STATIC_DATA = "$getWorkflowStaticData()";

  /** The same scope with other static data. */
  public EvaluationScope withStaticData(Map<String, @Nullable Object> data) {
    Map<String, @Nullable Object> more = new LinkedHashMap<>(extra);
    more.put(STATIC_DATA, data);
    return new EvaluationScope(
        execution, node, runIndex, itemIndex, inputs, sources, now, parameters, more);
  }

  /** The same scope with another current item. */
  public EvaluationScope at(int newItemIndex) {
    return newItemIndex == itemIndex
        ? this
        : new EvaluationScope(
            execution, node, runIndex, newItemIndex, inputs, sources, now, parameters, extra);
  }
}
