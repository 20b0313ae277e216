package dev.millrace.node;

import dev.millrace.parameter.DisplayOptions;
import dev.millrace.value.Undefined;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names and sentences that the editor gives a new node, and what a node's description says of its
 * role. They work on n8n's JSON description of a node type, {@code {name, displayName, description,
 * defaults, group, inputs, outputs, properties}}.
 */
public final class NodeNaming {
  private static final String TOOL = "ai_tool";

  private NodeNaming() {}

  /** The name of a new node: its action, its operation and resource, or its default name. */
  public static String name(Map<?, ?> parameters, Map<?, ?> description) {
    Optional<String> action = action(parameters, description);
    Optional<String> operation = operation(parameters);
    String suffix = isTool(description, parameters) ? " in " + defaultName(description) : "";
    return action
        .or(() -> operation.map(NodeNaming::capitalised))
        .map(text -> text + suffix)
        .orElseGet(() -> defaultName(description));
  }

  /** One sentence on what a node with these parameters does. */
  public static String sentence(Map<?, ?> parameters, Map<?, ?> description) {
    return action(parameters, description)
        .or(() -> operation(parameters))
        .map(text -> text + " in " + defaultName(description))
        .orElseGet(() -> text(description.get("description")));
  }

  /** Whether a name is one that the editor gave, perhaps with a number behind it. */
  public static boolean isDefaultName(String name, Map<?, ?> description, Map<?, ?> parameters) {
    return Pattern.matches(Pattern.quote(name(parameters, description)) + "\\d*", name);
  }

  /**
   * The new sentence for a tool whose parameters changed, where its sentence was ours and not the
   * user's.
   */
  public static Optional<String> updatedSentence(
      @Nullable Map<?, ?> description, @Nullable Map<?, ?> now, @Nullable Map<?, ?> before) {
    if (description == null || now == null || !"manual".equals(now.get("descriptionType"))) {
      return Optional.empty();
    }
    String current = text(now.get("toolDescription"));
    boolean ours =
        current.isBlank()
            || current.equals(text(description.get("description")))
            || (before != null && current.equals(sentence(before, description)));
    return ours ? Optional.of(sentence(now, description)) : Optional.empty();
  }

  /** The sentence that describes a node used as a tool: the user's, or ours. */
  public static String toolSentence(Map<?, ?> parameters, Map<?, ?> description) {
    String own = text(parameters.get("toolDescription"));
    return "manual".equals(parameters.get("descriptionType")) && !own.isBlank()
        ? own
        : sentence(parameters, description);
  }

  /** Whether the type can be given to an agent as a tool. */
  public static boolean isTool(Map<?, ?> description, Map<?, ?> parameters) {
    return (text(description.get("name")).contains("vectorStore")
            && "retrieve-as-tool".equals(parameters.get("mode")))
        || outputs(description).contains(TOOL);
  }

  /** Whether the type serves another node instead of passing items on. */
  public static boolean isSubNode(@Nullable Map<?, ?> description) {
    return description != null
        && outputs(description).stream().anyMatch(output -> !output.equals("main"));
  }

  /** Whether the type starts executions. */
  public static boolean isTrigger(Map<?, ?> description) {
    return description.get("group") instanceof List<?> groups && groups.contains("trigger");
  }

  /**
   * Whether the engine or an agent runs nodes of the type. Outputs given by an expression are only
   * known for a stored node, so they count.
   */
  public static boolean isExecutable(Map<?, ?> description) {
    List<String> outputs = outputs(description);
    return isTrigger(description)
        || outputs.contains("main")
        || outputs.contains(TOOL)
        || description.get("outputs") instanceof String;
  }

  private static List<String> outputs(Map<?, ?> description) {
    return description.get("outputs") instanceof List<?> outputs
        ? outputs.stream()
            .map(output -> text(output instanceof Map<?, ?> form ? form.get("type") : output))
            .toList()
        : List.of();
  }

  private static Optional<String> action(Map<?, ?> parameters, Map<?, ?> description) {
    // The Code node has a language where other nodes have an operation.
    String key =
        parameters.get("operation") instanceof String
            ? "operation"
            : text(description.get("name")).endsWith(".code") ? "language" : "";
    if (key.isEmpty() || !(description.get("properties") instanceof List<?> properties)) {
      return Optional.empty();
    }
    for (Object property : properties) {
      if (property instanceof Map<?, ?> form
          && key.equals(form.get("name"))
          && shown(form, parameters)
          && form.get("options") instanceof List<?> choices) {
        for (Object choice : choices) {
          if (choice instanceof Map<?, ?> option
              && option.get("action") instanceof String action
              && java.util.Objects.equals(option.get("value"), parameters.get(key))) {
            return Optional.of(action);
          }
        }
      }
    }
    return Optional.empty();
  }

  @SuppressWarnings("unchecked")
  private static boolean shown(Map<?, ?> property, Map<?, ?> parameters) {
    return !(property.get("displayOptions") instanceof Map<?, ?> rules)
        || DisplayOptions.shown(
            (Map<String, @Nullable Object>) rules,
            parameters,
            parameters,
            DisplayOptions.Context.NONE);
  }

  private static Optional<String> operation(Map<?, ?> parameters) {
    String operation = text(parameters.get("operation"));
    String resource = text(parameters.get("resource"));
    return operation.isEmpty() || resource.isEmpty()
        ? Optional.empty()
        : Optional.of(words(operation) + " " + words(resource));
  }

  private static String words(String camelCase) {
    return camelCase.replaceAll("(\\p{Ll})(\\p{Lu})", "$1 $2").toLowerCase(Locale.ROOT);
  }

  private static String capitalised(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  private static String defaultName(Map<?, ?> description) {
    String name =
        description.get("defaults") instanceof Map<?, ?> defaults ? text(defaults.get("name")) : "";
    return name.isEmpty() ? text(description.get("displayName")) : name;
  }

  private static String text(@Nullable Object value) {
    return Undefined.orNull(value) || !(value instanceof String text) ? "" : text;
  }
}
