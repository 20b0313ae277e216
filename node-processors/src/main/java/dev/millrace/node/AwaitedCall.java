package dev.millrace.node;

import dev.millrace.value.Json;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The call from outside that a node waits for, with everything that is needed to serve it. Made
 * when the wait begins and kept with it, so that neither another version of the workflow nor
 * another instance changes what was asked for.
 *
 * @param kind what serves it
 * @param workflowId whose credentials may be used; empty where it is not known
 * @param node name of the waiting node, for messages
 * @param suffix what follows the execution in the path, without slashes around it; may be empty
 * @param condition stored text of {@code onlyRunIf}, which is evaluated with the call; or null
 * @param parameters the node's other parameters, their expressions already evaluated: nothing in
 *     them may be evaluated again
 * @param credentials the credentials that the node names, by type, as stored
 */
public record AwaitedCall(
    Kind kind,
    String workflowId,
    String node,
    String suffix,
    @Nullable String condition,
    Map<String, @Nullable Object> parameters,
    Map<String, @Nullable Object> credentials) {

  /** What serves the call. */
  public enum Kind {
    /** A request of any kind. */
    WEBHOOK,
    /** A page with a form, and its submission. */
    FORM
  }

  /** As a JSON object, for {@link #fromJson}. */
  public Map<String, @Nullable Object> toJson() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("kind", kind == Kind.FORM ? "form" : "webhook");
    json.put("workflowId", workflowId);
    json.put("node", node);
    json.put("suffix", suffix);
    if (condition != null) {
      json.put("condition", condition);
    }
    json.put("parameters", parameters);
    json.put("credentials", credentials);
    return json;
  }

  /** The same after its way through a store: dates are text, and what is undefined is gone. */
  public AwaitedCall stored() {
    return fromJson(Json.parseObject(Json.write(toJson())));
  }

  /** What {@link #toJson} made. */
  public static AwaitedCall fromJson(Map<String, @Nullable Object> json) {
    return new AwaitedCall(
        "form".equals(json.get("kind")) ? Kind.FORM : Kind.WEBHOOK,
        json.get("workflowId") instanceof String workflow ? workflow : "",
        json.get("node") instanceof String node ? node : "",
        json.get("suffix") instanceof String suffix ? suffix : "",
        json.get("condition") instanceof String condition ? condition : null,
        object(json.get("parameters")),
        object(json.get("credentials")));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, @Nullable Object> object(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, @Nullable Object>) map : Map.of();
  }
}
