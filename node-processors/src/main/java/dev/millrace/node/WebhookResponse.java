package dev.millrace.node;

import dev.millrace.item.BinaryData;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer that a workflow gives to the HTTP request that it is serving.
 *
 * @param status HTTP status code
 * @param headers names in lower case; no {@code content-length}
 * @param body the bytes as they go out, unless there is a file
 * @param file lies in the store, and is sent from there in place of the body
 */
public record WebhookResponse(
    int status, Map<String, String> headers, byte[] body, @Nullable BinaryData file) {
  /** An answer whose bytes are here. */
  public WebhookResponse(int status, Map<String, String> headers, byte[] body) {
    this(status, headers, body, null);
  }
}
