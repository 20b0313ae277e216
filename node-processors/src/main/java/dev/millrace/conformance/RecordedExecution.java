package dev.millrace.conformance;

import dev.millrace.item.Item;
import dev.millrace.item.Source;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NodeRun;
import dev.millrace.workflow.WorkflowDocument;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An execution that has happened, given as data: what expression cases are evaluated in. */
record RecordedExecution(
    WorkflowDocument workflow,
    Map<String, List<NodeRun>> runs,
    ExecutionMode mode,
    ZoneId zone,
    Map<String, Map<String, @Nullable Object>> contexts)
    implements ExecutionView {

  /** Reads n8n's {@code resultData.runData}: by node name its runs. */
  static Map<String, List<NodeRun>> runs(@Nullable Object runData) {
    Map<String, List<NodeRun>> runs = new LinkedHashMap<>();
    if (runData instanceof Map<?, ?> byNode) {
      byNode.forEach((name, list) -> {
        List<NodeRun> read = new ArrayList<>();
        if (list instanceof List<?> recorded) {
          for (Object run : recorded) {
            read.add(run(String.valueOf(name), read.size(), (Map<?, ?>) run));
          }
        }
        runs.put(String.valueOf(name), read);
      });
    }
    return runs;
  }

  private static NodeRun run(String node, int index, Map<?, ?> form) {
    List<@Nullable Source> sources = new ArrayList<>();
    if (form.get("source") instanceof List<?> list) {
      for (Object source : list) {
        sources.add(source instanceof Map<?, ?> map ? source(map) : null);
      }
    }
    List<@Nullable List<Item>> outputs = new ArrayList<>();
    if (form.get("data") instanceof Map<?, ?> data && data.get("main") instanceof List<?> main) {
      for (Object output : main) {
        outputs.add(output instanceof List<?> items ? items(items) : null);
      }
    }
    return new NodeRun(node, index, 0, Instant.EPOCH, 0, sources, outputs, null);
  }

  private static @Nullable Source source(Map<?, ?> form) {
    return form.get("previousNode") instanceof String node
        ? new Source(node, number(form, "previousNodeOutput"), number(form, "previousNodeRun"))
        : null;
  }

  private static int number(Map<?, ?> form, String key) {
    return form.get(key) instanceof Number n ? n.intValue() : 0;
  }

  /** Reads items in n8n's form. */
  static List<Item> items(List<?> forms) {
    return forms.stream().map(form -> Item.fromJson((Map<?, ?>) form)).toList();
  }

  @Override
  public String executionId() {
    return "777";
  }

  @Override
  public int runCount(String node) {
    return runs.getOrDefault(node, List.of()).size();
  }

  @Override
  public @Nullable NodeRun run(String node, int run) {
    List<NodeRun> all = runs.getOrDefault(node, List.of());
    return run >= 0 && run < all.size() ? all.get(run) : null;
  }

  @Override
  public @Nullable List<Item> pinned(String node) {
    return workflow.pinData().get(node);
  }

  @Override
  public Map<String, @Nullable Object> context(String node) {
    return contexts.getOrDefault(node, new HashMap<>());
  }

  @Override
  public Map<String, String> variables() {
    return Map.of("region", "eu");
  }

  @Override
  public Map<String, String> customData() {
    return Map.of();
  }

  @Override
  public String resumeUrl() {
    return "https://h.example/webhook-waiting/777";
  }
}
