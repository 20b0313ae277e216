package dev.millrace.expression.view;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionException;
import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.NodeRun;
import dev.millrace.workflow.WorkflowNode;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The execution as an expression sees it. Both evaluation paths read through here, so they fail
 * with the same errors. Stateless.
 */
public final class ScopeData {
  /** Which of a node's items are asked for. */
  public enum Which {
    FIRST,
    LAST,
    ALL
  }

  private ScopeData() {}

  /** {@code $input.item}, whose JSON is {@code $json}. */
  public static Item currentItem(EvaluationScope scope) {
    return itemAt(scope, scope.itemIndex());
  }

  /** The input item with another index. */
  public static Item itemAt(EvaluationScope scope, int index) {
    List<Item> items = inputItems(scope);
    if (index < 0 || index >= items.size()) {
      throw noData(scope.node().name());
    }
    return items.get(index);
  }

  /**
   * The items of the node's effective input: with execution order v1 the first input that has any,
   * with the legacy order input 0. No items at all is an error.
   */
  public static List<Item> inputItems(EvaluationScope scope) {
    boolean legacy = legacyOrder(scope);
    for (List<Item> items : scope.inputs()) {
      if (items != null && !items.isEmpty()) {
        return items;
      }
      if (legacy) {
        break;
      }
    }
    throw noData(scope.node().name());
  }

  /**
   * {@code $items()}: the current input. One item of it where the node before is one that runs for
   * its first item only, however many that one gave.
   */
  public static List<Item> legacyInput(EvaluationScope scope) {
    List<Item> items = inputItems(scope);
    Source previous = previous(scope);
    boolean once =
        previous != null
            && scope
                .execution()
                .workflow()
                .node(previous.node())
                .filter(WorkflowNode::executeOnce)
                .isPresent();
    return once ? List.of(items.getFirst()) : items;
  }

  /** {@code $agentInfo}: of the active node where it is an agent, else undefined. */
  public static Object agentInfo(EvaluationScope scope) {
    return AgentInfo.of(scope);
  }

  /** The node that {@code $input.params} and {@code $prevNode} speak of, or null. */
  public static @Nullable Source previous(EvaluationScope scope) {
    return scope.sources().isEmpty() ? null : scope.sources().get(0);
  }

  /** A node of the workflow by name. */
  public static WorkflowNode node(EvaluationScope scope, String name) {
    return scope
        .execution()
        .workflow()
        .node(name)
        .orElseThrow(() ->
            ExpressionException.reference(
                "Referenced node doesn't exist",
                "paired_item_no_connection",
                name,
                "nodeNotFound"));
  }

  /** {@code $('name').isExecuted}. */
  public static boolean executed(EvaluationScope scope, String name) {
    return scope.execution().runCount(name) > 0 || pinned(scope, name) != null;
  }

  /**
   * {@code $('name').first()}, {@code .last()} and {@code .all()}.
   *
   * @param output index of the output, null for the one through which the active node is connected
   * @param run index of the run, null for the last
   */
  public static List<Item> items(
      EvaluationScope scope,
      String name,
      @Nullable Integer output,
      @Nullable Integer run,
      Which which) {
    List<Item> all = items(scope, name, output, run);
    return switch (which) {
      case ALL -> all;
      case FIRST -> all.isEmpty() ? all : List.of(all.getFirst());
      case LAST -> all.isEmpty() ? all : List.of(all.getLast());
    };
  }

  private static List<Item> items(
      EvaluationScope scope, String name, @Nullable Integer output, @Nullable Integer run) {
    node(scope, name);
    int runs = scope.execution().runCount(name);
    if (runs == 0) {
      List<Item> pinned = pinned(scope, name);
      if (pinned == null) {
        throw noData(name);
      }
      return pinned;
    }
    int index = run == null || run == -1 ? runs - 1 : run;
    NodeRun recorded = scope.execution().run(name, index);
    if (recorded == null) {
      throw ExpressionException.failed(
          "Run " + index + " of node '" + name + "' not found", "run_not_found");
    }
    int branch = output == null ? defaultOutput(scope, name) : output;
    if (branch < 0 || branch >= Math.max(1, recorded.outputs().size())) {
      throw ExpressionException.failed(
          "Node '" + name + "' has no branch with index " + branch + ".", "branch_not_found");
    }
    return recorded.output(branch);
  }

  /**
   * {@code $('name').item}, {@code .itemMatching(index)} and {@code .pairedItem(index)}.
   *
   * @param index of the input item whose lineage is followed; -1 for the current one
   * @return null where nothing matches and that is no error
   */
  public static @Nullable Item pairedItem(
      EvaluationScope scope, String name, String method, int index) {
    node(scope, name);
    List<Item> pinned = pinned(scope, name);
    if (scope.execution().runCount(name) == 0 && pinned == null) {
      throw noData(name);
    }
    int from = index < 0 ? scope.itemIndex() : index;
    List<Item> input = anyInput(scope);
    Lineage lineage = new Lineage(scope, name, method);
    if (input != null && from >= 0 && from < input.size()) {
      // What the lineage leads to is connected; the graph need not be searched for it.
      Item direct = lineage.chain(input.get(from), scope.sources());
      if (direct != null) {
        return direct;
      }
    }
    boolean adjacent = scope.sources().stream().anyMatch(s -> s != null && s.node().equals(name));
    Graph graph = new Graph(scope.execution().workflow());
    if (!adjacent && graph.outputTowards(name, scope.node().name()) == null) {
      throw ExpressionException.reference(
          "Invalid expression", "paired_item_no_connection", name, "pairedItemNoConnection");
    }
    if (input == null) {
      List<Item> items = pinned == null ? items(scope, name, null, null) : pinned;
      return from >= 0 && from < items.size() ? items.get(from) : null;
    }
    if (from < 0 || from >= input.size()) {
      throw ExpressionException.reference(
          "Can't get data for expression", "paired_item_no_info", name, "pairedItemNoInfo");
    }
    return lineage.resolve(input.get(from), scope.sources());
  }

  /** {@code $node["name"].json}: the item with the same index, without regard to lineage. */
  public static Item legacyItem(EvaluationScope scope, String name, int index) {
    List<Item> items = items(scope, name, null, null);
    int at = index < 0 ? Math.max(scope.itemIndex(), 0) : index;
    if (at >= items.size()) {
      throw ExpressionException.failed(
          "Can't get data for expression: node '" + name + "' has no item with index " + at,
          "paired_item_no_info");
    }
    return items.get(at);
  }

  /** The context that a node keeps in this execution. */
  public static Map<String, @Nullable Object> context(EvaluationScope scope, String name) {
    return scope.execution().context(name);
  }

  private static @Nullable List<Item> anyInput(EvaluationScope scope) {
    for (List<Item> items : scope.inputs()) {
      if (items != null && !items.isEmpty()) {
        return inputItems(scope);
      }
    }
    return null;
  }

  private static int defaultOutput(EvaluationScope scope, String name) {
    Integer output =
        new Graph(scope.execution().workflow()).outputTowards(name, scope.node().name());
    return output == null ? 0 : output;
  }

  private static @Nullable List<Item> pinned(EvaluationScope scope, String name) {
    return scope.execution().mode().isManual() ? scope.execution().pinned(name) : null;
  }

  private static boolean legacyOrder(EvaluationScope scope) {
    return !"v1".equals(scope.execution().workflow().settings().get("executionOrder"));
  }

  /** The error of asking a node for data before it has run. */
  public static ExpressionException noData(String node) {
    return ExpressionException.reference(
        "Node '" + node + "' hasn't been executed",
        "no_execution_data",
        node,
        "noNodeExecutionData");
  }
}
