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
    static Optional<Key> of(WorkflowNode node, String type) {
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

  /** A credential's fields as n8n names them, empty when there is none. They must not be logged. */
  Optional<Map<String, @Nullable Object>> find(Key key);

  /** What calls with a credential are limited to: its key {@code millrace}. */
  default Optional<Map<String, @Nullable Object>> limits(Key key) {
    return Optional.empty();
  }

  @Override
  default Optional<Map<String, @Nullable Object>> limits(WorkflowNode node, String type) {
    return Key.of(node, type).flatMap(this::limits);
  }

  @Override
  default Optional<Map<String, @Nullable Object>> find(WorkflowNode node, String type) {
    return Key.of(node, type).flatMap(this::find);
  }

  /** A store without credentials: every webhook that needs one refuses its callers. */
  static CredentialStore none() {
    return key -> Optional.empty();
  }
}
