package dev.millrace.control.history;

import dev.millrace.value.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the nodes of an execution answered, in n8n's form. Pure functions. */
final class RunData {
  private RunData() {}

  /**
   * n8n's {@code data} of an execution.
   *
   * @param runs in order
   */
  static Map<String, @Nullable Object> of(ExecutionRow execution, List<NodeRuns> runs) {
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    result.put("runData", byNode(runs));
    result.put("lastNodeExecuted", execution.lastNode());
    Failure error = execution.error();
    if (error != null) {
      result.put("error", error.toJson());
    }
    result.put("metadata", execution.customData());
    Map<String, @Nullable Object> data = new LinkedHashMap<>();
    data.put("resultData", result);
    return data;
  }

  private static Map<String, @Nullable Object> byNode(List<NodeRuns> runs) {
    Map<String, @Nullable Object> byNode = new LinkedHashMap<>();
    Map<String, List<@Nullable Object>> lists = new LinkedHashMap<>();
    for (NodeRuns batch : runs) {
      if (Json.parse(batch.json()) instanceof List<?> all) {
        for (Object each : all) {
          if (each instanceof Map<?, ?> run && run.get("node") instanceof String node) {
            lists.computeIfAbsent(node, name -> new ArrayList<>()).add(run.get("data"));
          }
        }
      }
    }
    byNode.putAll(lists);
    return byNode;
  }
}
