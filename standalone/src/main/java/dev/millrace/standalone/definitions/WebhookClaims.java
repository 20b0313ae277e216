package dev.millrace.standalone.definitions;

import dev.millrace.control.workflows.WebhookEndpoint;
import dev.millrace.error.MillraceException;
import dev.millrace.workflow.WorkflowDocument;
import java.util.HashMap;
import java.util.Map;

/**
 * Which workflow has which webhook. The first to claim a method and path keeps them until it
 * changes or goes. Not thread-safe.
 */
final class WebhookClaims {
  private record Claim(String workflowId, String node) {}

  private final Map<WebhookEndpoint, Claim> claims = new HashMap<>();

  /**
   * Replaces the claims of a workflow by those of its new document.
   *
   * @throws MillraceException {@code WEBHOOK_CONFLICT} when another workflow, or another node of
   *     this one, has one of them; nothing is changed then
   */
  void claim(String workflowId, WorkflowDocument workflow) {
    Map<WebhookEndpoint, String> wanted = WebhookEndpoint.of(workflow);
    wanted.forEach((endpoint, node) -> {
      Claim holder = claims.get(endpoint);
      if (holder != null && !holder.workflowId().equals(workflowId)) {
        throw endpoint.taken(node, holder.node(), "workflow " + holder.workflowId());
      }
    });
    release(workflowId);
    wanted.forEach((endpoint, node) -> claims.put(endpoint, new Claim(workflowId, node)));
  }

  /** Gives up what a workflow claimed. */
  void release(String workflowId) {
    claims.values().removeIf(claim -> claim.workflowId().equals(workflowId));
  }
}
