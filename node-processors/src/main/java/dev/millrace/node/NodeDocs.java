package dev.millrace.node;

import dev.millrace.value.Coercion;
import dev.millrace.value.Json;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowNode;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The catalogue as Markdown: an index and one page per node, made from the specs alone. */
public final class NodeDocs {
  private NodeDocs() {}

  /** The pages by file name. */
  public static SortedMap<String, String> render(NodeCatalogue catalogue) {
    SortedMap<String, String> pages = new TreeMap<>();
    StringBuilder index =
        new StringBuilder("# Nodes\n\nGenerated from the node specs.\n\n")
            .append("| Node | Type | Versions | What it does |\n|---|---|---|---|\n");
    for (NodeProcessor node : catalogue.all()) {
      NodeSpec spec = node.spec();
      String file = spec.type().replace("@", "").replace('/', '.') + ".md";
      pages.put(file, page(node));
      index
          .append("| [")
          .append(cell(spec.displayName()))
          .append("](")
          .append(file)
          .append(") | `")
          .append(spec.type())
          .append("` | ")
          .append(versions(spec))
          .append(" | ")
          .append(cell(spec.description()))
          .append(" |\n");
    }
    pages.put("README.md", index.toString());
    return pages;
  }

  private static String page(NodeProcessor node) {
    NodeSpec spec = node.spec();
    StringBuilder out = new StringBuilder();
    out.append("# ").append(spec.displayName()).append("\n\n");
    out.append(spec.description()).append("\n\n");
    out.append("| | |\n|---|---|\n");
    row(out, "Type", "`" + spec.type() + "`");
    row(out, "Kind", kind(node));
    row(out, "Versions", versions(spec));
    row(out, "Ports", ports(spec));
    if (spec.maxNodes() > 0) {
      row(out, "At most per workflow", String.valueOf(spec.maxNodes()));
    }
    if (!spec.credentials().isEmpty()) {
      row(
          out,
          "Credentials",
          spec.credentials().stream()
              .map(name -> "`" + name + "`")
              .collect(Collectors.joining(", ")));
    }
    if (!spec.properties().isEmpty()) {
      out.append("\n## Parameters\n\n");
      parameters(out, spec.properties(), 0);
    }
    return out.toString();
  }

  private static void row(StringBuilder out, String key, String value) {
    out.append("| ").append(key).append(" | ").append(value).append(" |\n");
  }

  private static String kind(NodeProcessor node) {
    return switch (node) {
      case TransformNode transform -> "transform";
      case FlowNode flow -> "flow";
      case EffectNode effect -> "effect";
      case TriggerNode trigger -> "trigger";
      case KeyedNode keyed -> "keyed";
    };
  }

  private static String versions(NodeSpec spec) {
    return spec.versions().stream().map(Coercion::numberText).collect(Collectors.joining(", "));
  }

  /** The ports of a new node of the latest version. */
  private static String ports(NodeSpec spec) {
    WorkflowNode fresh =
        new WorkflowNode(
            "",
            "",
            spec.type(),
            spec.versions().getLast(),
            0,
            0,
            Map.of(),
            false,
            false,
            false,
            false,
            3,
            1000,
            WorkflowNode.OnError.STOP_WORKFLOW,
            null,
            Map.of());
    Map<String, @Nullable Object> defaults =
        new dev.millrace.parameter.ParameterDefaults(
                spec.properties(),
                dev.millrace.parameter.DisplayOptions.Context.of(fresh.typeVersion(), fresh.type()))
            .apply(Map.of(), dev.millrace.parameter.ParameterDefaults.Keep.FOR_RUN);
    Ports ports = spec.ports().apply(fresh, defaults);
    return count(ports.inputs(), "input") + ", " + count(ports.outputs(), "output");
  }

  private static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  private static void parameters(StringBuilder out, List<Property> properties, int depth) {
    String indent = "  ".repeat(depth);
    for (Property property : properties) {
      out.append(indent).append("- `").append(property.name()).append("`");
      if (!property.displayName().isEmpty()) {
        out.append(" ").append(property.displayName());
      }
      if (!property.type().equals(Property.GROUP)) {
        out.append(", ").append(property.type());
      }
      if (property.required()) {
        out.append(", required");
      }
      Object value = property.defaultValue();
      if (!Undefined.orNull(value)
          && !"".equals(value)
          && !Map.of().equals(value)
          && !List.of().equals(value)) {
        out.append(", default `").append(Json.text(sorted(value))).append("`");
      }
      out.append(condition(property.displayOptions())).append("\n");
      for (Property.Option option : property.options()) {
        out.append(indent)
            .append("  - `")
            .append(Coercion.toText(option.value()))
            .append("` ")
            .append(option.name())
            .append(condition(option.displayOptions()))
            .append("\n");
      }
      parameters(out, property.children(), depth + 1);
    }
  }

  private static String condition(Map<String, ? extends @Nullable Object> rules) {
    StringBuilder text = new StringBuilder();
    for (String rule : List.of("show", "hide")) {
      if (rules.get(rule) instanceof Map<?, ?> keys) {
        text.append(text.isEmpty() ? "; " : ", ").append(rule.equals("show") ? "when " : "unless ");
        text.append(
            new TreeMap<>(keys)
                .entrySet().stream()
                    .map(key -> "`" + key.getKey() + "` is " + values(key.getValue()))
                    .collect(Collectors.joining(rule.equals("show") ? " and " : " or ")));
      }
    }
    return text.toString();
  }

  private static String values(@Nullable Object values) {
    if (!(values instanceof List<?> list)) {
      return String.valueOf(values);
    }
    return list.stream()
        .map(value ->
            value instanceof Map<?, ?> form && form.get("_cnd") instanceof Map<?, ?> operators
                ? operators.entrySet().stream()
                    .map(o -> "`" + o.getKey() + " " + Json.text(sorted(o.getValue())) + "`")
                    .collect(Collectors.joining(" or "))
                : "`" + Coercion.toText(value) + "`")
        .collect(Collectors.joining(" or "));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  /** With keys in alphabetical order: immutable maps have another order in every process. */
  private static @Nullable Object sorted(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      SortedMap<String, @Nullable Object> copy = new TreeMap<>();
      map.forEach((key, entry) -> copy.put(String.valueOf(key), sorted(entry)));
      return copy;
    }
    return value instanceof List<?> list ? list.stream().map(NodeDocs::sorted).toList() : value;
  }
}
