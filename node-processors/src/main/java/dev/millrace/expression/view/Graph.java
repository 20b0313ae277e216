package dev.millrace.expression.view;

import dev.millrace.workflow.Connection;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** How a node of a workflow is connected to the nodes before it. */
final class Graph {
  private final WorkflowDocument workflow;

  Graph(WorkflowDocument workflow) {
    this.workflow = workflow;
  }

  /**
   * The output of {@code ancestor} through which {@code node} is reached, the nearest one first;
   * null when no path leads from one to the other.
   */
  @Nullable Integer outputTowards(String ancestor, String node) {
    Deque<String> todo = new ArrayDeque<>(List.of(root(node)));
    Set<String> seen = new HashSet<>(todo);
    while (!todo.isEmpty()) {
      String current = todo.removeFirst();
      Map<Integer, List<Connection>> byInput = new TreeMap<>();
      for (Connection connection : workflow.connections()) {
        if (connection.to().equals(current)) {
          byInput.merge(connection.input(), List.of(connection), Graph::joined);
        }
      }
      for (List<Connection> connections : byInput.values()) {
        for (Connection connection : connections) {
          if (connection.from().equals(ancestor)) {
            return connection.output();
          }
          if (seen.add(connection.from())) {
            todo.addLast(connection.from());
          }
        }
      }
    }
    return null;
  }

  /** Of a sub-node (a model, memory or tool) the node that it serves in the end; else itself. */
  String root(String node) {
    String current = node;
    Set<String> seen = new HashSet<>();
    while (seen.add(current)) {
      String parent = served(current);
      if (parent == null) {
        return current;
      }
      current = parent;
    }
    return current;
  }

  /**
   * The sub-nodes of one kind that serve a node, and those that serve them in the same way, the
   * nearest first.
   */
  List<String> servants(String node, String type) {
    List<String> found = new ArrayList<>();
    Deque<String> todo = new ArrayDeque<>(List.of(node));
    while (!todo.isEmpty()) {
      String current = todo.removeFirst();
      for (WorkflowNode each : workflow.nodes()) {
        if (!found.contains(each.name()) && targets(each.name(), type).contains(current)) {
          found.add(each.name());
          todo.addLast(each.name());
        }
      }
    }
    return found;
  }

  /** Whether a node serves any other in this way. */
  boolean serves(String node, String type) {
    return !targets(node, type).isEmpty();
  }

  private List<String> targets(String node, String type) {
    List<String> targets = new ArrayList<>();
    if (workflow.raw().get("connections") instanceof Map<?, ?> bySource
        && bySource.get(node) instanceof Map<?, ?> byType
        && byType.get(type) instanceof List<?> outputs) {
      for (Object output : outputs) {
        for (Object target : output instanceof List<?> list ? list : List.of()) {
          if (target instanceof Map<?, ?> map && map.get("node") instanceof String name) {
            targets.add(name);
          }
        }
      }
    }
    return targets;
  }

  private @Nullable String served(String node) {
    if (workflow.raw().get("connections") instanceof Map<?, ?> bySource
        && bySource.get(node) instanceof Map<?, ?> byType) {
      for (Map.Entry<?, ?> type : byType.entrySet()) {
        if (!"main".equals(type.getKey())
            && type.getValue() instanceof List<?> outputs
            && !outputs.isEmpty()
            && outputs.get(0) instanceof List<?> targets
            && !targets.isEmpty()
            && targets.get(0) instanceof Map<?, ?> target
            && target.get("node") instanceof String name) {
          return name;
        }
      }
    }
    return null;
  }

  private static List<Connection> joined(List<Connection> a, List<Connection> b) {
    List<Connection> all = new ArrayList<>(a);
    all.addAll(b);
    return all;
  }
}
