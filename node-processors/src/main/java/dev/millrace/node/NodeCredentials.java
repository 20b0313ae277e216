package dev.millrace.node;

import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The credentials of nodes. A node gets only those that its stored JSON names. Thread-safe; asked
 * in stream threads, so it must not wait for anything.
 */
@FunctionalInterface
public interface NodeCredentials {
  /**
   * A credential's fields as n8n names them; empty when the node names none of the type, or it is
   * not set up. They must not be logged or become part of an item.
   *
   * @param type such as {@code jwtAuth}
   */
  Optional<Map<String, @Nullable Object>> find(WorkflowNode node, String type);

  /**
   * What calls with a credential are limited to, as its owner wrote it; empty for no limits. Not
   * secret.
   */
  default Optional<Map<String, @Nullable Object>> limits(WorkflowNode node, String type) {
    return Optional.empty();
  }

  /**
   * The same as one workflow may use them. Where credentials belong to projects, a workflow finds
   * only those of its own project and those shared with it, and without this it finds none.
   */
  default NodeCredentials of(WorkflowDocument workflow) {
    return this;
  }

  /**
   * A credential whose token a service refused, with a token that was fetched since, once for all
   * who ask. Asked by effect workers; blocks.
   *
   * @param refused the token that the service refused
   * @return empty where tokens are not renewed here; the node may then fetch one for itself
   */
  default Optional<Map<String, @Nullable Object>> renewed(
      WorkflowNode node, String type, String refused) {
    return Optional.empty();
  }

  /** No credentials: a node that needs one fails. */
  static NodeCredentials none() {
    return (node, type) -> Optional.empty();
  }
}
