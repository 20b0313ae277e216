package dev.millrace.ingress;

import dev.millrace.node.NodeCredentials;
import dev.millrace.workflow.WorkflowNode;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The secrets that webhooks check their callers against, and that other nodes work with.
 * Thread-safe; asked for every request.
 */
public interface CredentialStore extends NodeCredentials {
  /**
   * A credential as a node names it.
   *
   * @param type such as {@code httpBasicAuth}
   * @param id may be empty
   * @param name used where no credential has the id; may be empty
   */
  record Key(String type, String id, String name) {
    /** What a node's stored JSON names for a type. */
    public static Optional<Key> of(WorkflowNode node, String type) {
      return node.raw().get("credentials") instanceof Map<?, ?> credentials
              && credentials.get(type) instanceof Map<?, ?> reference
          ? Optional.of(
              new Key(
                  type,
                  reference.get("id") instanceof String id ? id : "",
                  reference.get("name") instanceof String name ? name : ""))
          : Optional.empty();
    }
  }

  /**
   * A credential's fields as n8n names them, empty when the workflow may use none such. They must
   * not be logged.
   *
   * @param workflowId empty where it is not known
   */
  Optional<Map<String, @Nullable Object>> find(String workflowId, Key key);

  /** What calls with a credential are limited to: its key {@code millrace}. */
  default Optional<Map<String, @Nullable Object>> limits(String workflowId, Key key) {
    return Optional.empty();
  }

  /** Those that may be used without saying by which workflow. */
  @Override
  default Optional<Map<String, @Nullable Object>> find(WorkflowNode node, String type) {
    return Key.of(node, type).flatMap(key -> find("", key));
  }

  @Override
  default Optional<Map<String, @Nullable Object>> limits(WorkflowNode node, String type) {
    return Key.of(node, type).flatMap(key -> limits("", key));
  }

  /** A store without credentials: every webhook that needs one refuses its callers. */
  static CredentialStore none() {
    return (workflowId, key) -> Optional.empty();
  }
}
