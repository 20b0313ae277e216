package dev.millrace.node;

import java.util.Map;

/**
 * The answer that a workflow gives to the HTTP request that it is serving.
 *
 * @param status HTTP status code
 * @param headers names in lower case; no {@code content-length}
 * @param body the bytes as they go out
 */
public record WebhookResponse(int status, Map<String, String> headers, byte[] body) {}
