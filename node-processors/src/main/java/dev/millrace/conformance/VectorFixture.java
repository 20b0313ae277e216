package dev.millrace.conformance;

import dev.millrace.expression.EvaluationScope;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.BinaryData;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The execution that the expression vectors are evaluated in: Start, then Prep, then Split, then
 * the active node Target; NotRun stands by itself.
 */
final class VectorFixture {
  private static final Instant NOW = Instant.parse("2026-03-15T14:30:45.123Z");
  private static final String WORKFLOW =
      """
      {"id": "wf1", "name": "Vec WF", "active": true,
       "settings": {"executionOrder": "v1"},
       "nodes": [
        {"id": "1", "name": "Start", "type": "t", "typeVersion": 1, "position": [0, 0],
         "parameters": {"mode": "", "nested": {}, "color": "", "expr": "", "other": "dflt"}},
        {"id": "2", "name": "Prep", "type": "t", "typeVersion": 1, "position": [0, 0],
         "parameters": {"mode": "", "nested": {}, "color": "teal",
          "expr": "={{ $json.id * 10 }}", "other": "dflt"}},
        {"id": "3", "name": "Split", "type": "t", "typeVersion": 1, "position": [0, 0],
         "parameters": {"mode": "", "nested": {}, "color": "", "expr": "", "other": "dflt"}},
        {"id": "4", "name": "Target", "type": "t", "typeVersion": 1, "position": [0, 0],
         "parameters": {"mode": "m1", "nested": {"k": "v"}, "color": "", "expr": "",
          "other": "dflt"}},
        {"id": "5", "name": "NotRun", "type": "t", "typeVersion": 1, "position": [0, 0],
         "parameters": {"mode": "", "nested": {}, "color": "", "expr": "", "other": "dflt"}}],
       "connections": {
        "Start": {"main": [[{"node": "Prep", "type": "main", "index": 0}]]},
        "Prep": {"main": [[{"node": "Split", "type": "main", "index": 0}]]},
        "Split": {"main": [[{"node": "Target", "type": "main", "index": 0}]]}}}
      """;

  private VectorFixture() {}

  /** The scope of one vector. */
  static EvaluationScope scope(ExpressionEngine engine, String zone, int itemIndex) {
    WorkflowDocument workflow =
        WorkflowDocument.parse(WORKFLOW.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Item file =
        prepared(1)
            .withBinary(
                Map.of(
                    "file",
                    new BinaryData(
                        "aGVsbG8=", "text/plain", "h.txt", "txt", null, "5 B", null, null, -1)))
            .withPairing(Pairing.to(0));
    Item third = prepared(3).withPairing(Pairing.to(2));
    Map<String, List<NodeRun>> runs = new LinkedHashMap<>();
    runs.put("Start", List.of(run("Start", List.of(), List.of(List.of(item("{\"src\":\"a\"}"))))));
    runs.put(
        "Prep",
        List.of(
            run(
                "Prep",
                List.of(new Source("Start", 0, 0)),
                List.of(
                    List.of(prepared(1), prepared(2), prepared(3)).stream()
                        .map(each -> each.withPairing(Pairing.to(0)))
                        .toList()))));
    runs.put(
        "Split",
        List.of(
            run(
                "Split",
                List.of(new Source("Prep", 0, 0)),
                List.of(List.of(file, third), List.of(prepared(2).withPairing(Pairing.to(1)))))));
    RecordedExecution execution =
        new RecordedExecution(
            workflow,
            runs,
            ExecutionMode.TRIGGER,
            ZoneId.of(zone),
            Map.of("Prep", Map.of("ctxKey", "ctxVal")));
    return new Parameters(engine)
        .scope(
            execution,
            workflow.node("Target").orElseThrow(),
            0,
            itemIndex,
            List.of(List.of(file.withPairing(Pairing.to(0)), third.withPairing(Pairing.to(1)))),
            List.of(new Source("Split", 0, 0)),
            NOW,
            Map.of());
  }

  private static Item prepared(int i) {
    return item(
        "{'id':%1$d,'name':'n%1$d','tags':['x','y'],'obj':{'a':{'b':%1$d}},'s':'text %1$d',"
            .formatted(i)
            .concat(
                "'n':%1$d.5,'t':true,'nul':null,'iso':'2026-01-0%1$dT10:00:00.000Z'}".formatted(i))
            .replace('\'', '"'));
  }

  private static Item item(String json) {
    return Item.of(Json.parseObject(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  private static NodeRun run(String node, List<Source> sources, List<List<Item>> outputs) {
    return new NodeRun(
        node, 0, 0, NOW, 0, List.copyOf(sources), List.<@Nullable List<Item>>copyOf(outputs), null);
  }

  /** Resolves the parameters of recorded nodes by evaluating their texts. */
  record Parameters(ExpressionEngine engine) {
    EvaluationScope scope(
        RecordedExecution execution,
        WorkflowNode node,
        int runIndex,
        int itemIndex,
        List<@Nullable List<Item>> inputs,
        List<@Nullable Source> sources,
        Instant now,
        Map<String, @Nullable Object> extra) {
      EvaluationScope[] holder = new EvaluationScope[1];
      holder[0] =
          new EvaluationScope(
              execution,
              node,
              runIndex,
              itemIndex,
              inputs,
              sources,
              now,
              (name, index) -> resolved(execution, name, holder[0].at(index)),
              extra);
      return holder[0];
    }

    private Map<String, @Nullable Object> resolved(
        RecordedExecution execution, String name, EvaluationScope scope) {
      Map<String, @Nullable Object> resolved = new LinkedHashMap<>();
      execution
          .workflow()
          .node(name)
          .ifPresent(node ->
              node.parameters()
                  .forEach((key, value) ->
                      resolved.put(
                          key,
                          value instanceof String text
                              ? engine.compile(text).evaluate(scope)
                              : value)));
      return resolved;
    }
  }
}
