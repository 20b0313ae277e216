package dev.millrace.engine;

import dev.millrace.limit.GatePolicy;
import dev.millrace.node.NodeCredentials;
import dev.millrace.workflow.WorkflowDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The limits in the nodes' settings, and those of the credentials that nodes name: a gate that all
 * nodes with the credential share, in all workflows.
 */
public final class CredentialGates implements CallGates {
  private final NodeCredentials credentials;

  public CredentialGates(NodeCredentials credentials) {
    this.credentials = credentials;
  }

  /**
   * @throws dev.millrace.error.MillraceException {@code INVALID_LIMITS} when a credential's limits
   *     cannot be meant
   */
  @Override
  public List<Named> of(WorkflowDocument workflow, PlannedNode node) {
    List<Named> own = OF_NODES.of(workflow, node);
    if (!(node.node().raw().get("credentials") instanceof Map<?, ?> named) || named.isEmpty()) {
      return own;
    }
    List<Named> all = new ArrayList<>(own);
    named.forEach((type, reference) ->
        credentials
            .of(workflow)
            .limits(node.node(), String.valueOf(type))
            .flatMap(limits -> GatePolicy.read(limits, "credential of type " + type))
            .ifPresent(policy -> all.add(new Named(name(type, reference), policy))));
    return all;
  }

  private static String name(Object type, Object reference) {
    Object id = reference instanceof Map<?, ?> fields ? fields.get("id") : null;
    Object name = reference instanceof Map<?, ?> fields ? fields.get("name") : null;
    return "credential:"
        + type
        + ":"
        + (id instanceof String text && !text.isEmpty() ? text : name);
  }
}
