package dev.millrace.cli.n8n;

import dev.millrace.cli.api.JsonObject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What workflows name by id: other workflows (Execute Workflow and its kind, the error workflow,
 * who may call) and credentials. Pure functions; what is given is not changed.
 */
final class References {
  /** The parameter by which nodes name a workflow. */
  private static final String WORKFLOW = "workflowId";

  private References() {}

  /**
   * A credential as a node names it.
   *
   * @param id empty where the node names none
   * @param node that names it
   */
  record Named(String type, String id, String name, String node) {}

  /** The credentials that nodes name which are not disabled. */
  static List<Named> credentials(JsonObject workflow) {
    List<Named> named = new ArrayList<>();
    for (JsonObject node : workflow.objects("nodes")) {
      if (!node.flag("disabled")) {
        node.object("credentials")
            .raw()
            .forEach((type, value) -> {
              if (value instanceof Map<?, ?>) {
                JsonObject credential = JsonObject.of(value);
                named.add(
                    new Named(
                        type, credential.text("id"), credential.text("name"), node.text("name")));
              }
            });
      }
    }
    return named;
  }

  /** The ids of other workflows that it names, each with what names it. */
  static Map<String, String> workflows(JsonObject workflow) {
    Map<String, String> named = new LinkedHashMap<>();
    for (JsonObject node : workflow.objects("nodes")) {
      if (!node.flag("disabled")) {
        String id = workflowId(node.object("parameters").raw().get(WORKFLOW));
        boolean used =
            node.object("parameters").given("source").orElse("database").equals("database");
        if (used && !id.isBlank() && !id.startsWith("=")) {
          named.putIfAbsent(id, "node \"" + node.text("name") + "\"");
        }
      }
    }
    JsonObject settings = workflow.object("settings");
    settings
        .given("errorWorkflow")
        .filter(id -> !id.equals("DEFAULT"))
        .ifPresent(id -> named.putIfAbsent(id, "the error workflow of its settings"));
    return named;
  }

  private static String workflowId(@Nullable Object value) {
    return value instanceof String text
        ? text
        : value instanceof Map<?, ?> ? JsonObject.of(value).text("value") : "";
  }

  /**
   * A workflow that names others by their new ids.
   *
   * @param workflows the new id of each whose id is another one
   * @param credentials the new id of a credential, empty to leave it
   */
  static Map<String, @Nullable Object> rewritten(
      Map<String, @Nullable Object> workflow,
      Map<String, String> workflows,
      Function<Named, String> credentials) {
    Map<String, @Nullable Object> rewritten = new LinkedHashMap<>(workflow);
    if (workflow.get("nodes") instanceof List<?> nodes) {
      rewritten.put(
          "nodes", nodes.stream().map(node -> node(node, workflows, credentials)).toList());
    }
    if (workflow.get("settings") instanceof Map<?, ?> settings) {
      rewritten.put("settings", settings(JsonObject.of(settings), workflows));
    }
    return rewritten;
  }

  private static @Nullable Object node(
      @Nullable Object value, Map<String, String> workflows, Function<Named, String> credentials) {
    if (!(value instanceof Map<?, ?>)) {
      return value;
    }
    JsonObject node = JsonObject.of(value);
    Map<String, @Nullable Object> rewritten = new LinkedHashMap<>(node.raw());
    JsonObject parameters = node.object("parameters");
    if (parameters.has(WORKFLOW)) {
      Map<String, @Nullable Object> changed = new LinkedHashMap<>(parameters.raw());
      changed.computeIfPresent(WORKFLOW, (name, reference) -> reference(reference, workflows));
      rewritten.put("parameters", changed);
    }
    JsonObject named = node.object("credentials");
    if (!named.raw().isEmpty()) {
      Map<String, @Nullable Object> changed = new LinkedHashMap<>(named.raw());
      changed.replaceAll((type, credential) ->
          credential instanceof Map<?, ?>
              ? credential(type, JsonObject.of(credential), node.text("name"), credentials)
              : credential);
      rewritten.put("credentials", changed);
    }
    return rewritten;
  }

  private static Object reference(Object reference, Map<String, String> workflows) {
    if (reference instanceof String id) {
      return workflows.getOrDefault(id, id);
    }
    JsonObject locator = JsonObject.of(reference);
    String id = locator.text("value");
    String other = workflows.get(id);
    if (other == null) {
      return reference;
    }
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(locator.raw());
    changed.put("value", other);
    changed.computeIfPresent(
        "cachedResultUrl",
        (name, url) -> url instanceof String text ? text.replace("/" + id, "/" + other) : url);
    return changed;
  }

  private static Object credential(
      String type, JsonObject credential, String node, Function<Named, String> credentials) {
    String id =
        credentials.apply(new Named(type, credential.text("id"), credential.text("name"), node));
    if (id.isEmpty() || id.equals(credential.text("id"))) {
      return credential.raw();
    }
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(credential.raw());
    changed.put("id", id);
    return changed;
  }

  private static Map<String, @Nullable Object> settings(
      JsonObject settings, Map<String, String> workflows) {
    Map<String, @Nullable Object> changed = new LinkedHashMap<>(settings.raw());
    UnaryOperator<String> other = id -> workflows.getOrDefault(id, id);
    changed.computeIfPresent(
        "errorWorkflow", (name, id) -> id instanceof String text ? other.apply(text) : id);
    changed.computeIfPresent(
        "callerIds",
        (name, ids) ->
            ids instanceof String text && workflows.keySet().stream().anyMatch(text::contains)
                ? Arrays.stream(text.split(",", -1))
                    .map(String::strip)
                    .map(other)
                    .collect(Collectors.joining(","))
                : ids);
    return changed;
  }
}
