package dev.millrace.standalone.definitions;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which workflow has which webhook. The first to claim a method and path keeps them until it
 * changes or goes. Not thread-safe.
 */
final class WebhookClaims {
  private static final String WEBHOOK = "n8n-nodes-base.webhook";

  /** A method and a path; segments that are parameters count as equal. */
  private record Endpoint(String method, String path) {}

  private record Claim(String workflowId, String node) {}

  private final Map<Endpoint, Claim> claims = new HashMap<>();

  /**
   * Replaces the claims of a workflow by those of its new document.
   *
   * @throws MillraceException {@code WEBHOOK_CONFLICT} when another workflow, or another node of
   *     this one, has one of them; nothing is changed then
   */
  void claim(String workflowId, WorkflowDocument workflow) {
    Map<Endpoint, Claim> wanted = new HashMap<>();
    for (WorkflowNode node : workflow.nodes()) {
      if (node.disabled() || !node.type().equals(WEBHOOK)) {
        continue;
      }
      for (Endpoint endpoint : endpoints(node)) {
        Claim holder = claims.get(endpoint);
        if (holder == null || holder.workflowId().equals(workflowId)) {
          holder = wanted.putIfAbsent(endpoint, new Claim(workflowId, node.name()));
        }
        if (holder != null) {
          throw new MillraceException(
              ErrorCode.WEBHOOK_CONFLICT,
              endpoint.method()
                  + " /webhook/"
                  + endpoint.path()
                  + " of node \""
                  + node.name()
                  + "\" already belongs to node \""
                  + holder.node()
                  + "\" of workflow "
                  + holder.workflowId());
        }
      }
    }
    release(workflowId);
    claims.putAll(wanted);
  }

  /** Gives up what a workflow claimed. */
  void release(String workflowId) {
    claims.values().removeIf(claim -> claim.workflowId().equals(workflowId));
  }

  private static List<Endpoint> endpoints(WorkflowNode node) {
    String path =
        node.parameters().get("path") instanceof String text ? text.replaceAll("^/+|/+$", "") : "";
    String id = node.webhookId() == null ? "" : node.webhookId();
    if (path.isEmpty()) {
      path = id;
    } else if (path.startsWith(":") || path.contains("/:")) {
      path = id + "/" + path.replaceAll("(?<=^|/):[^/]*", ":");
    }
    List<Endpoint> endpoints = new ArrayList<>();
    Object methods = node.parameters().get("httpMethod");
    for (Object method : methods instanceof List<?> several ? several : List.of()) {
      endpoints.add(new Endpoint(String.valueOf(method), path));
    }
    if (endpoints.isEmpty()) {
      endpoints.add(new Endpoint(methods instanceof String one ? one : "GET", path));
    }
    return endpoints;
  }
}
