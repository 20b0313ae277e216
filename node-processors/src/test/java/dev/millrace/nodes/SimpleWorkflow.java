package dev.millrace.nodes;

import dev.millrace.item.Item;
import dev.millrace.node.EffectNode;
import dev.millrace.node.FlowNode;
import dev.millrace.node.KeyedNode;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeProcessor;
import dev.millrace.node.TransformNode;
import dev.millrace.node.TriggerNode;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.Connection;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs workflows that are trees of transform and effect nodes: every node once, each on what the
 * one before it answered. The rules of errors and of {@code alwaysOutputData} are the engine's, as
 * far as a tree needs them.
 */
final class SimpleWorkflow {
  private final WorkflowDocument workflow;
  private final NodeCatalogue nodes;
  private final TestJavaScript engine;
  private final FakeExecution execution;
  private final Map<String, List<Item>> outputs = new LinkedHashMap<>();

  SimpleWorkflow(WorkflowDocument workflow, NodeCatalogue nodes, TestJavaScript engine) {
    this.workflow = workflow;
    this.nodes = nodes;
    this.engine = engine;
    this.execution = new FakeExecution(workflow);
  }

  /** Output 0 of every node that ran, by name. */
  Map<String, List<Item>> run() {
    WorkflowNode start =
        workflow.nodes().stream()
            .filter(node -> node.type().endsWith(".manualTrigger"))
            .findFirst()
            .orElseThrow();
    run(start, List.of(Item.empty()));
    return outputs;
  }

  private void run(WorkflowNode node, List<Item> input) {
    List<List<Item>> result = new ArrayList<>();
    try {
      result.addAll(outputsOf(node, input));
    } catch (NodeException failed) {
      if (!node.continuesOnFail()) {
        throw failed;
      }
      result.add(input);
    }
    if (node.onError() == WorkflowNode.OnError.CONTINUE_ERROR_OUTPUT) {
      List<Item> failed =
          result.getFirst().stream().filter(item -> item.json().containsKey("error")).toList();
      result.set(0, result.getFirst().stream().filter(item -> !failed.contains(item)).toList());
      result.add(failed);
    }
    if (node.alwaysOutputData() && result.getFirst().isEmpty()) {
      result.set(0, List.of(Item.empty()));
    }
    outputs.put(node.name(), result.getFirst());
    execution.ran(node.name(), result.getFirst());
    for (Connection connection : workflow.connections()) {
      if (connection.from().equals(node.name())
          && connection.output() < result.size()
          && !result.get(connection.output()).isEmpty()) {
        run(workflow.node(connection.to()).orElseThrow(), result.get(connection.output()));
      }
    }
  }

  private List<List<Item>> outputsOf(WorkflowNode node, List<Item> input) {
    String type = node.type().substring(node.type().lastIndexOf('.') + 1);
    return switch (type) {
      case "manualTrigger", "noOp" -> List.of(input);
      case "set" ->
          node.typeVersion() < 3
              ? List.of(input.stream().map(item -> set(node, item)).toList())
              : ofCatalogue(node, input);
      case "n8nTrainingCustomerDatastore" -> List.of(customers());
      default -> ofCatalogue(node, input);
    };
  }

  private List<List<Item>> ofCatalogue(WorkflowNode node, List<Item> input) {
    NodeProcessor processor = nodes.find(node.type()).orElseThrow();
    FakeCall call = new FakeCall(processor.spec(), node, input, execution, engine);
    NodeOutput output =
        switch (processor) {
          case TransformNode transform -> transform.run(call);
          case EffectNode effect -> FakeWorker.run(effect, call);
          case KeyedNode keyed -> MemoryState.run(keyed, call);
          case FlowNode flow -> flow.run(call);
          case TriggerNode trigger -> trigger.run(call);
        };
    return Objects.requireNonNull(output.outputs()).stream()
        .map(items -> items == null ? List.<Item>of() : items)
        .toList();
  }

  /** The Set node of version 2, as the date tests use it. */
  private Item set(WorkflowNode node, Item item) {
    Map<String, @Nullable Object> json =
        Boolean.TRUE.equals(node.parameters().get("keepOnlySet"))
            ? new LinkedHashMap<>()
            : new LinkedHashMap<>(item.json());
    if (node.parameters().get("values") instanceof Map<?, ?> kinds) {
      for (Object rows : kinds.values()) {
        for (Object row : (List<?>) Objects.requireNonNull(rows)) {
          Map<?, ?> entry = (Map<?, ?>) Objects.requireNonNull(row);
          Object value = entry.get("value");
          if (value instanceof String text && text.startsWith("={{")) {
            String key = text.replaceAll(".*\\$json\\.(\\w+).*", "$1");
            value = item.json().getOrDefault(key, Undefined.UNDEFINED);
          }
          json.put(String.valueOf(entry.get("name")), value);
        }
      }
    }
    return Item.of(json);
  }

  /** The sample customers, as the one test that uses them shows them. */
  private List<Item> customers() {
    Item pinned =
        Objects.requireNonNull(workflow.pinData().get("No Operation, do nothing1")).getFirst();
    List<Item> items = new ArrayList<>();
    for (Object customer : (List<?>) Objects.requireNonNull(pinned.json().get("data2"))) {
      items.add(Item.fromJson(Map.of("json", Objects.requireNonNull(customer))));
    }
    return items;
  }
}
