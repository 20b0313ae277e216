package dev.millrace.workflow;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A workflow as n8n exports it. The JSON object that was read is kept whole, so what Millrace does
 * not know is written back unchanged; the typed view beside it is what the engine uses. Immutable.
 */
public final class WorkflowDocument {
  /** n8n's default when neither workflow nor instance says otherwise. */
  public static final ZoneId DEFAULT_ZONE = ZoneId.of("America/New_York");

  private final Map<String, @Nullable Object> raw;
  private final Map<String, WorkflowNode> nodes;
  private final List<Connection> connections;

  private WorkflowDocument(
      Map<String, @Nullable Object> raw,
      Map<String, WorkflowNode> nodes,
      List<Connection> connections) {
    this.raw = raw;
    this.nodes = nodes;
    this.connections = connections;
  }

  /**
   * Reads a workflow from JSON text.
   *
   * @throws MillraceException {@code INVALID_JSON} or {@code INVALID_WORKFLOW}, naming the place
   */
  public static WorkflowDocument parse(byte[] utf8) {
    Object value = Json.parse(utf8);
    // Some exports wrap a single workflow in an array.
    if (value instanceof List<?> list && list.size() == 1) {
      value = list.get(0);
    }
    if (!(value instanceof Map<?, ?> object)) {
      throw invalid("the file holds no JSON object");
    }
    return of(stringKeys(object));
  }

  /** Reads a workflow from the value model. The map is kept and must not be changed afterwards. */
  public static WorkflowDocument of(Map<String, @Nullable Object> raw) {
    if (!(raw.get("nodes") instanceof List<?> nodeList)) {
      throw invalid("\"nodes\" is missing or is not an array; is this a workflow of n8n?");
    }
    Map<String, WorkflowNode> nodes = new LinkedHashMap<>();
    for (int i = 0; i < nodeList.size(); i++) {
      if (!(nodeList.get(i) instanceof Map<?, ?> node)) {
        throw invalid("nodes[" + i + "] is not an object");
      }
      WorkflowNode parsed = node(stringKeys(node), i);
      // Of two nodes of one name the later one counts, as in n8n.
      nodes.put(parsed.name(), parsed);
    }
    return new WorkflowDocument(raw, nodes, connections(raw.get("connections"), nodes));
  }

  public Optional<String> id() {
    return raw.get("id") instanceof String id && !id.isEmpty()
        ? Optional.of(id)
        : raw.get("id") instanceof Number n ? Optional.of(Coercion.toText(n)) : Optional.empty();
  }

  public String name() {
    return raw.get("name") instanceof String name ? name : "";
  }

  public boolean active() {
    return Boolean.TRUE.equals(raw.get("active"));
  }

  /** The nodes in the document's order. */
  public List<WorkflowNode> nodes() {
    return List.copyOf(nodes.values());
  }

  public Optional<WorkflowNode> node(String name) {
    return Optional.ofNullable(nodes.get(name));
  }

  /** The edges of type {@code main}, by source node, output and place. */
  public List<Connection> connections() {
    return connections;
  }

  public Map<String, @Nullable Object> settings() {
    return raw.get("settings") instanceof Map<?, ?> settings ? stringKeys(settings) : Map.of();
  }

  /** The time zone of its settings; {@link #DEFAULT_ZONE} where they name none that is known. */
  public ZoneId zone() {
    if (settings().get("timezone") instanceof String name && !name.equals("DEFAULT")) {
      try {
        return ZoneId.of(name);
      } catch (DateTimeException unknownZone) {
        return DEFAULT_ZONE;
      }
    }
    return DEFAULT_ZONE;
  }

  /** The pinned items of each node, for manual runs. */
  public Map<String, List<Item>> pinData() {
    Map<String, List<Item>> pinned = new LinkedHashMap<>();
    if (raw.get("pinData") instanceof Map<?, ?> pins) {
      pins.forEach((name, items) -> {
        if (items instanceof List<?> list) {
          pinned.put(String.valueOf(name), list.stream().map(WorkflowDocument::pinned).toList());
        }
      });
    }
    return pinned;
  }

  /** The workflow under an id, which is the one that it is published under. */
  public WorkflowDocument withId(String id) {
    if (id().filter(id::equals).isPresent()) {
      return this;
    }
    Map<String, @Nullable Object> renamed = new LinkedHashMap<>(raw);
    renamed.put("id", id);
    return of(renamed);
  }

  /** The static data that came with the document: by scope, {@code global} or {@code node:NAME}. */
  @SuppressWarnings("unchecked") // Read from a JSON object.
  public Map<String, @Nullable Object> staticData() {
    return raw.get("staticData") instanceof Map<?, ?> data
        ? (Map<String, @Nullable Object>) data
        : Map.of();
  }

  /** The workflow with one of its nodes alone, and nothing that belongs to the others. */
  public WorkflowDocument with(WorkflowNode only) {
    Map<String, @Nullable Object> lean = new LinkedHashMap<>(raw);
    lean.remove("pinData");
    lean.remove("staticData");
    lean.put("connections", Map.of());
    lean.put("nodes", List.of(only.raw()));
    return of(lean);
  }

  /** The whole document; unknown keys are where they were. Shared: it must not be changed. */
  public Map<String, @Nullable Object> raw() {
    return raw;
  }

  /** The document as compact JSON in UTF-8, equal in content to what was read. */
  public byte[] toBytes() {
    return Json.write(raw);
  }

  private static Item pinned(@Nullable Object form) {
    if (form instanceof Map<?, ?> object) {
      return object.get("json") instanceof Map<?, ?>
          ? Item.fromJson(object)
          : Item.of(stringKeys(object));
    }
    throw invalid("a pinned item is not an object");
  }

  private static WorkflowNode node(Map<String, @Nullable Object> raw, int index) {
    if (!(raw.get("name") instanceof String name)) {
      throw invalid("nodes[" + index + "] has no name");
    }
    if (!(raw.get("type") instanceof String type)) {
      throw invalid("node \"" + name + "\" has no type");
    }
    double x = 0;
    double y = 0;
    if (raw.get("position") instanceof List<?> position && position.size() >= 2) {
      x = Coercion.toNumber(position.get(0));
      y = Coercion.toNumber(position.get(1));
    } else if (raw.get("position") instanceof Map<?, ?> position) {
      x = Coercion.toNumber(position.get("x"));
      y = Coercion.toNumber(position.get("y"));
    }
    return new WorkflowNode(
        raw.get("id") instanceof String id ? id : name,
        name,
        type,
        raw.get("typeVersion") instanceof Number version ? version.doubleValue() : 1,
        x,
        y,
        raw.get("parameters") instanceof Map<?, ?> parameters ? stringKeys(parameters) : Map.of(),
        Boolean.TRUE.equals(raw.get("disabled")),
        Boolean.TRUE.equals(raw.get("alwaysOutputData")),
        Boolean.TRUE.equals(raw.get("executeOnce")),
        Boolean.TRUE.equals(raw.get("retryOnFail")),
        Math.clamp(
            raw.get("maxTries") instanceof Number n && n.intValue() != 0 ? n.intValue() : 3, 2, 5),
        Math.clamp(
            raw.get("waitBetweenTries") instanceof Number n && n.intValue() != 0
                ? n.intValue()
                : 1000,
            0,
            5000),
        onError(raw),
        raw.get("webhookId") instanceof String id ? id : null,
        raw);
  }

  private static WorkflowNode.OnError onError(Map<String, @Nullable Object> raw) {
    if (raw.get("onError") instanceof String onError) {
      return switch (onError) {
        case "continueRegularOutput" -> WorkflowNode.OnError.CONTINUE_REGULAR_OUTPUT;
        case "continueErrorOutput" -> WorkflowNode.OnError.CONTINUE_ERROR_OUTPUT;
        default -> WorkflowNode.OnError.STOP_WORKFLOW;
      };
    }
    return Boolean.TRUE.equals(raw.get("continueOnFail"))
        ? WorkflowNode.OnError.CONTINUE_REGULAR_OUTPUT
        : WorkflowNode.OnError.STOP_WORKFLOW;
  }

  private static List<Connection> connections(
      @Nullable Object form, Map<String, WorkflowNode> nodes) {
    List<Connection> result = new ArrayList<>();
    if (!(form instanceof Map<?, ?> bySource)) {
      return List.of();
    }
    bySource.forEach((source, byType) -> {
      // An edge from or to a node that is not there is kept in the document and ignored here.
      if (byType instanceof Map<?, ?> types
          && types.get("main") instanceof List<?> outputs
          && nodes.containsKey(source)) {
        for (int output = 0; output < outputs.size(); output++) {
          if (outputs.get(output) instanceof List<?> slot) {
            for (int place = 0; place < slot.size(); place++) {
              if (slot.get(place) instanceof Map<?, ?> target
                  && target.get("node") instanceof String to
                  && nodes.containsKey(to)) {
                int input = target.get("index") instanceof Number n ? n.intValue() : 0;
                result.add(new Connection(String.valueOf(source), output, to, input, place));
              }
            }
          }
        }
      }
    });
    return List.copyOf(result);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> stringKeys(Map<?, ?> jsonObject) {
    return (Map<String, @Nullable Object>) jsonObject;
  }

  private static MillraceException invalid(String message) {
    return new MillraceException(ErrorCode.INVALID_WORKFLOW, message);
  }
}
