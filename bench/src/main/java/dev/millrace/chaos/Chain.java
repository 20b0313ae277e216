package dev.millrace.chaos;

import dev.millrace.value.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Workflows whose nodes follow each other, made for one scenario. */
final class Chain {
  private final String id;
  private final List<Map<String, @Nullable Object>> nodes = new ArrayList<>();

  /** Nodes that are not in the chain, with the one that each leads to. */
  private final Map<String, String> others = new LinkedHashMap<>();

  private Chain(String id) {
    this.id = id;
  }

  /**
   * Begins with a webhook of the method POST.
   *
   * @param id of the workflow, and what follows {@code /webhook/}
   * @param mode n8n's name for when the caller is answered
   */
  static Chain webhook(String id, String mode) {
    return new Chain(id)
        .then(
            "Webhook",
            "webhook",
            2,
            Map.of("httpMethod", "POST", "path", id, "responseMode", mode),
            Map.of("webhookId", id));
  }

  /** Adds a node. */
  Chain then(String name, String type, double version, Map<String, Object> parameters) {
    return then(name, type, version, parameters, Map.of());
  }

  /**
   * Adds a node.
   *
   * @param settings beside its parameters, such as its limits
   */
  Chain then(
      String name,
      String type,
      double version,
      Map<String, Object> parameters,
      Map<String, Object> settings) {
    Map<String, @Nullable Object> node = new LinkedHashMap<>(settings);
    node.put("id", name);
    node.put("name", name);
    node.put("type", "n8n-nodes-base." + type);
    node.put("typeVersion", version);
    node.put("position", List.of(200.0 * nodes.size(), 0.0));
    node.put("parameters", parameters);
    nodes.add(node);
    return this;
  }

  /** Adds a node that nothing leads to, in front of one that is there already. */
  Chain from(
      String name, String type, double version, Map<String, Object> parameters, String next) {
    then(name, type, version, parameters);
    others.put(name, next);
    return this;
  }

  /** Adds a Set node with one field. */
  Chain set(String name, String field, String type, String value) {
    return then(
        name,
        "set",
        3.4,
        Map.of(
            "mode",
            "manual",
            "assignments",
            Map.of(
                "assignments",
                List.of(Map.of("id", "a", "name", field, "type", type, "value", value)))));
  }

  /** The workflow, active. */
  String json() {
    Map<String, @Nullable Object> connections = new LinkedHashMap<>();
    String before = null;
    for (Map<String, @Nullable Object> node : nodes) {
      String name = String.valueOf(node.get("name"));
      if (others.containsKey(name)) {
        connections.put(name, to(others.get(name)));
        continue;
      }
      if (before != null) {
        connections.put(before, to(name));
      }
      before = name;
    }
    Map<String, @Nullable Object> workflow = new LinkedHashMap<>();
    workflow.put("id", id);
    workflow.put("name", id);
    workflow.put("active", true);
    workflow.put("nodes", nodes);
    workflow.put("connections", connections);
    workflow.put("settings", Map.of("executionOrder", "v1"));
    return new String(Json.write(workflow), StandardCharsets.UTF_8);
  }

  private static Map<String, Object> to(@Nullable String node) {
    return Map.of(
        "main",
        List.of(List.of(Map.of("node", String.valueOf(node), "type", "main", "index", 0.0))));
  }
}
