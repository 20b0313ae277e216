package dev.millrace.nodes;

import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.item.Source;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ExecutionView;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeRun;
import dev.millrace.value.Json;
import dev.millrace.value.PropertyPath;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A node call without an engine: parameters come from a map, expressions from a function. It stamps
 * the input items with their lineage as the engine does.
 */
public final class FakeNodeCall implements NodeCall {
  /** Evaluates a template that starts with {@code =}. */
  public interface Expressions {
    @Nullable Object evaluate(String template, Item item);
  }

  private final WorkflowNode node;
  private final Map<String, @Nullable Object> parameters;
  private final List<@Nullable List<Item>> inputs;
  private final List<@Nullable Source> sources;
  private final WorkflowDocument workflow;
  private final Expressions expressions;
  private ExecutionMode mode = ExecutionMode.WEBHOOK;
  private Map<String, @Nullable Object> context = Map.of();

  private FakeNodeCall(
      WorkflowNode node,
      Map<String, @Nullable Object> parameters,
      List<@Nullable List<Item>> inputs,
      List<@Nullable Source> sources,
      WorkflowDocument workflow,
      Expressions expressions) {
    this.node = node;
    this.parameters = parameters;
    this.inputs = inputs;
    this.sources = sources;
    this.workflow = workflow;
    this.expressions = expressions;
  }

  /** A call of the named node of a workflow. */
  public static FakeNodeCall of(
      WorkflowDocument workflow,
      String node,
      List<? extends @Nullable List<Item>> inputs,
      Expressions expressions) {
    WorkflowNode found = workflow.node(node).orElseThrow();
    List<@Nullable Source> sources = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      sources.add(new Source("Input " + i, 0, 0));
    }
    return new FakeNodeCall(
        found, found.parameters(), stamped(inputs), sources, workflow, expressions);
  }

  /** A call of a node that stands alone, without expressions. */
  public static FakeNodeCall of(
      String type,
      double version,
      Map<String, @Nullable Object> parameters,
      Map<String, @Nullable Object> settings,
      List<? extends @Nullable List<Item>> inputs) {
    Map<String, @Nullable Object> node = new LinkedHashMap<>();
    node.put("id", "1");
    node.put("name", "Node");
    node.put("type", type);
    node.put("typeVersion", version);
    node.put("position", List.of(0.0, 0.0));
    node.put("parameters", parameters);
    node.putAll(settings);
    WorkflowDocument workflow =
        WorkflowDocument.of(Map.of("nodes", List.of(node), "connections", Map.of()));
    return of(
        workflow,
        "Node",
        inputs,
        (template, item) -> {
          throw new IllegalStateException("no expressions here: " + template);
        });
  }

  public FakeNodeCall withMode(ExecutionMode newMode) {
    mode = newMode;
    return this;
  }

  public FakeNodeCall withContext(Map<String, @Nullable Object> newContext) {
    context = newContext;
    return this;
  }

  private static List<@Nullable List<Item>> stamped(List<? extends @Nullable List<Item>> inputs) {
    List<@Nullable List<Item>> stamped = new ArrayList<>();
    for (int input = 0; input < inputs.size(); input++) {
      List<Item> items = inputs.get(input);
      if (items == null) {
        stamped.add(null);
        continue;
      }
      List<Item> copies = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        copies.add(items.get(i).withPairing(new Pairing.One(PairedItem.of(i, input))));
      }
      stamped.add(copies);
    }
    return stamped;
  }

  @Override
  public WorkflowNode node() {
    return node;
  }

  @Override
  public List<@Nullable List<Item>> inputs() {
    return inputs;
  }

  @Override
  public List<@Nullable Source> sources() {
    return sources;
  }

  @Override
  public dev.millrace.expression.EvaluationScope scope(int itemIndex) {
    throw new UnsupportedOperationException("this call has no expression engine");
  }

  @Override
  public int runIndex() {
    return 0;
  }

  @Override
  public @Nullable Object parameter(String path, int itemIndex) {
    return resolve(rawParameter(path), itemIndex);
  }

  private @Nullable Object resolve(@Nullable Object raw, int itemIndex) {
    return switch (raw) {
      case String text when text.startsWith("=") -> evaluate(text, itemIndex);
      case Map<?, ?> map -> {
        Map<String, @Nullable Object> resolved = new LinkedHashMap<>();
        map.forEach((key, value) -> resolved.put((String) key, resolve(value, itemIndex)));
        yield resolved;
      }
      case List<?> list -> {
        List<@Nullable Object> resolved = new ArrayList<>();
        list.forEach(value -> resolved.add(resolve(value, itemIndex)));
        yield resolved;
      }
      case null, default -> raw;
    };
  }

  @Override
  public @Nullable Object rawParameter(String path) {
    return PropertyPath.get(parameters, path);
  }

  @Override
  public @Nullable Object evaluate(String template, int itemIndex) {
    Item item = itemIndex < input().size() ? input().get(itemIndex) : Item.empty();
    return expressions.evaluate(template, item);
  }

  @Override
  public ZonedDateTime now() {
    return ZonedDateTime.of(2026, 1, 15, 12, 0, 0, 0, ZoneOffset.UTC);
  }

  @Override
  public double random() {
    return 0.5;
  }

  @Override
  public ExecutionView execution() {
    return new View();
  }

  private final class View implements ExecutionView {
    @Override
    public String executionId() {
      return "1";
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
      return ZoneOffset.UTC;
    }

    @Override
    public int runCount(String name) {
      return 0;
    }

    @Override
    public @Nullable NodeRun run(String name, int run) {
      return null;
    }

    @Override
    public @Nullable List<Item> pinned(String name) {
      return null;
    }

    @Override
    public Map<String, @Nullable Object> context(String name) {
      return name.equals(node.name()) ? context : Map.of();
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

  @Override
  public String toString() {
    return node.name() + " " + Json.text(parameters) + (Undefined.orNull(inputs) ? "" : inputs);
  }
}
