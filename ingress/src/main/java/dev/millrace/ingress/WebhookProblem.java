package dev.millrace.ingress;

import dev.millrace.error.ErrorCode;

/**
 * A webhook of an active workflow that is not served, or not under all of its methods, and why.
 *
 * @param node empty where the workflow as a whole cannot be read
 */
public record WebhookProblem(String workflowId, String node, ErrorCode code, String message) {}
