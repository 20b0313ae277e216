package dev.millrace.control.workflows;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A method and path that one workflow can have.
 *
 * @param path segments that are parameters count as equal
 */
public record WebhookEndpoint(String method, String path) {
  private static final String WEBHOOK = "n8n-nodes-base.webhook";

  /**
   * Those of a workflow, each with the name of its node.
   *
   * @throws MillraceException {@code WEBHOOK_CONFLICT} when two of its nodes want the same
   */
  public static Map<WebhookEndpoint, String> of(WorkflowDocument workflow) {
    Map<WebhookEndpoint, String> nodes = new LinkedHashMap<>();
    for (WorkflowNode node : workflow.nodes()) {
      if (node.disabled() || !node.type().equals(WEBHOOK)) {
        continue;
      }
      for (WebhookEndpoint endpoint : of(node)) {
        String other = nodes.putIfAbsent(endpoint, node.name());
        if (other != null) {
          throw endpoint.taken(node.name(), other, "this workflow");
        }
      }
    }
    return nodes;
  }

  /** The error that tells that somebody else has it. */
  public MillraceException taken(String node, String holder, String workflow) {
    return new MillraceException(
        ErrorCode.WEBHOOK_CONFLICT,
        method
            + " /webhook/"
            + path
            + " of node \""
            + node
            + "\" already belongs to node \""
            + holder
            + "\" of "
            + workflow);
  }

  private static List<WebhookEndpoint> of(WorkflowNode node) {
    String path =
        node.parameters().get("path") instanceof String text ? text.replaceAll("^/+|/+$", "") : "";
    String id = node.webhookId() == null ? "" : node.webhookId();
    if (path.isEmpty()) {
      path = id;
    } else if (path.startsWith(":") || path.contains("/:")) {
      path = id + "/" + path.replaceAll("(?<=^|/):[^/]*", ":");
    }
    List<WebhookEndpoint> endpoints = new ArrayList<>();
    Object methods = node.parameters().get("httpMethod");
    for (Object method : methods instanceof List<?> several ? several : List.of()) {
      endpoints.add(new WebhookEndpoint(String.valueOf(method), path));
    }
    if (endpoints.isEmpty()) {
      endpoints.add(new WebhookEndpoint(methods instanceof String one ? one : "GET", path));
    }
    return endpoints;
  }
}
