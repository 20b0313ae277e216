package dev.millrace.testing;

import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds the document of a graph of {@link GraphNodes}. */
public final class GraphWorkflow {
  private final List<Map<String, @Nullable Object>> nodes = new ArrayList<>();
  private final Map<String, List<List<Object>>> edges = new LinkedHashMap<>();
  private final Map<String, @Nullable Object> settings = new LinkedHashMap<>();
  private Map<String, @Nullable Object> pins = Map.of();

  /** Adds a node; {@code more} are keys of the node itself, such as {@code disabled}. */
  public GraphWorkflow node(
      String name,
      String kind,
      double x,
      double y,
      Map<String, @Nullable Object> parameters,
      Map<String, @Nullable Object> more) {
    Map<String, @Nullable Object> node = new LinkedHashMap<>();
    node.put("name", name);
    node.put("type", kind.contains(".") ? kind : GraphNodes.type(kind));
    node.put("typeVersion", 1.0);
    node.put("position", List.of(x, y));
    node.put("parameters", parameters);
    node.putAll(more);
    nodes.add(node);
    return this;
  }

  public GraphWorkflow node(String name, String kind) {
    return node(name, kind, 100.0 * nodes.size(), 0, Map.of(), Map.of());
  }

  public GraphWorkflow node(String name, String kind, Map<String, @Nullable Object> parameters) {
    return node(name, kind, 100.0 * nodes.size(), 0, parameters, Map.of());
  }

  public GraphWorkflow edge(String from, int output, String to, int input) {
    List<List<Object>> slots = edges.computeIfAbsent(from, name -> new ArrayList<>());
    while (slots.size() <= output) {
      slots.add(new ArrayList<>());
    }
    slots.get(output).add(Map.of("node", to, "type", "main", "index", (double) input));
    return this;
  }

  public GraphWorkflow edge(String from, String to) {
    return edge(from, 0, to, 0);
  }

  public GraphWorkflow setting(String name, @Nullable Object value) {
    settings.put(name, value);
    return this;
  }

  /** The items pinned to nodes, in JSON form. */
  public GraphWorkflow pins(Map<String, @Nullable Object> items) {
    pins = items;
    return this;
  }

  /**
   * @param order {@code v1} or {@code v0}
   */
  public WorkflowDocument document(String order) {
    Map<String, @Nullable Object> workflow = new LinkedHashMap<>();
    workflow.put("name", "graph");
    workflow.put("nodes", nodes);
    Map<String, @Nullable Object> connections = new LinkedHashMap<>();
    edges.forEach((from, slots) -> connections.put(from, Map.of("main", slots)));
    workflow.put("connections", connections);
    Map<String, @Nullable Object> all = new LinkedHashMap<>(settings);
    if (order.equals("v1")) {
      all.put("executionOrder", "v1");
    }
    workflow.put("settings", all);
    workflow.put("pinData", pins);
    return WorkflowDocument.of(workflow);
  }

  /** The graph as JSON, so that a failed test can be rerun by hand. */
  @Override
  public String toString() {
    return Json.text(document("v1").raw());
  }
}
