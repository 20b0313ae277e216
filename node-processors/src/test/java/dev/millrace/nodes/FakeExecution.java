package dev.millrace.nodes;

import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NodeRun;
import dev.millrace.workflow.WorkflowDocument;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An execution whose nodes ran once each, with what a test put in. */
public final class FakeExecution implements ExecutionView {
  private final WorkflowDocument workflow;
  private final Map<String, List<Item>> outputs = new HashMap<>();
  private final Map<String, Map<String, @Nullable Object>> contexts = new HashMap<>();
  private ExecutionMode mode = ExecutionMode.MANUAL;
  private String id = "1";
  private @Nullable Map<String, @Nullable Object> staticData;
  private String resumeUrl = "";

  public FakeExecution(WorkflowDocument workflow) {
    this.workflow = workflow;
  }

  void ran(String node, List<Item> items) {
    outputs.put(node, items);
  }

  public FakeExecution id(String newId) {
    id = newId;
    return this;
  }

  public FakeExecution staticData(@Nullable Map<String, @Nullable Object> data) {
    staticData = data;
    return this;
  }

  @Override
  public @Nullable Map<String, @Nullable Object> staticData() {
    return staticData;
  }

  public void mode(ExecutionMode newMode) {
    mode = newMode;
  }

  void resumeUrl(String url) {
    resumeUrl = url;
  }

  void context(String node, Map<String, @Nullable Object> context) {
    contexts.put(node, context);
  }

  @Override
  public String executionId() {
    return id;
  }

  @Override
  public ExecutionMode mode() {
    return mode;
  }

  @Override
  public WorkflowDocument workflow() {
    return workflow;
  }

  @Override
  public ZoneId zone() {
    return ZoneId.of("America/New_York");
  }

  @Override
  public int runCount(String node) {
    return outputs.containsKey(node) ? 1 : 0;
  }

  @Override
  public @Nullable NodeRun run(String node, int run) {
    List<Item> items = outputs.get(node);
    return items == null
        ? null
        : new NodeRun(node, 0, 0, Instant.EPOCH, 0, List.of(), List.of(items), null);
  }

  @Override
  public @Nullable List<Item> pinned(String node) {
    return null;
  }

  @Override
  public Map<String, @Nullable Object> context(String node) {
    return contexts.getOrDefault(node, new LinkedHashMap<>());
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
    return resumeUrl;
  }
}
