package dev.millrace.expression;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NodeRun;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluation scopes for tests: a node Before has run and its items are the input of Active. */
public final class Scopes {
  static final Instant NOW = Instant.parse("2026-03-15T14:30:45.123Z");

  private static final String WORKFLOW =
      """
      {"id": "w", "name": "Test", "settings": {"executionOrder": "v1"},
       "staticData": {"global": {"count": 1}},
       "nodes": [
        {"id": "1", "name": "Before", "type": "t", "position": [0, 0]},
        {"id": "2", "name": "Active", "type": "t", "position": [0, 0]},
        {"id": "3", "name": "Never", "type": "t", "position": [0, 0]}],
       "connections": {"Before": {"main": [[{"node": "Active", "type": "main", "index": 0}]]}}}
      """;

  private Scopes() {}

  public static EvaluationScope of(String... itemJson) {
    WorkflowDocument workflow = WorkflowDocument.parse(WORKFLOW.getBytes(StandardCharsets.UTF_8));
    return in(workflow, "Active", List.of("Before"), itemJson);
  }

  /** In another workflow, in which each of {@code executed} has given these items. */
  static EvaluationScope in(
      WorkflowDocument workflow, String activeNode, List<String> executed, String... itemJson) {
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < itemJson.length; i++) {
      items.add(
          Item.of(Json.parseObject(itemJson[i].getBytes(StandardCharsets.UTF_8)))
              .withPairing(Pairing.to(i)));
    }
    Map<String, NodeRun> runs = new HashMap<>();
    for (String node : executed) {
      runs.put(
          node,
          new NodeRun(node, 0, 0, NOW, 0, List.of(), List.<@Nullable List<Item>>of(items), null));
    }
    return new EvaluationScope(
        new View("e1", workflow, runs),
        workflow.node(activeNode).orElseThrow(),
        0,
        items.isEmpty() ? -1 : 0,
        List.<@Nullable List<Item>>of(items),
        List.<@Nullable Source>of(new Source("Before", 0, 0)),
        NOW,
        (node, index) -> Map.of(),
        Map.of());
  }

  private record View(String executionId, WorkflowDocument workflow, Map<String, NodeRun> runs)
      implements ExecutionView {
    @Override
    public ExecutionMode mode() {
      return ExecutionMode.TRIGGER;
    }

    @Override
    public ZoneId zone() {
      return ZoneId.of("Europe/Berlin");
    }

    @Override
    public int runCount(String node) {
      return runs.containsKey(node) ? 1 : 0;
    }

    @Override
    public @Nullable NodeRun run(String node, int run) {
      return run == 0 ? runs.get(node) : null;
    }

    @Override
    public @Nullable List<Item> pinned(String node) {
      return null;
    }

    @Override
    public Map<String, @Nullable Object> context(String node) {
      return Map.of();
    }

    @Override
    public Map<String, String> variables() {
      return Map.of();
    }

    @Override
    public Map<String, String> customData() {
      return Map.of();
    }

    @Override
    public String resumeUrl() {
      return "";
    }
  }
}
