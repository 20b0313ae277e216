package dev.millrace.control.credentials;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The use of a credential for a while.
 *
 * @param fields in clear, as n8n names them, with the hosts that they may be sent to; empty where
 *     only the limits were asked for. They must not be logged
 * @param limits what calls with it are limited to; empty for none
 * @param validFor from when it was asked for
 */
public record Lease(
    Map<String, @Nullable Object> fields, Map<String, @Nullable Object> limits, Duration validFor) {
  /** Without the fields. */
  @Override
  public String toString() {
    return "Lease[" + validFor + "]";
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("fields", fields);
    json.put("limits", limits);
    json.put("validFor", validFor.toMillis() / 1000.0);
    return json;
  }

  @SuppressWarnings("unchecked") // JSON objects have text as keys.
  static Lease read(Map<String, @Nullable Object> json) {
    if (json.get("fields") instanceof Map<?, ?> fields
        && json.get("limits") instanceof Map<?, ?> limits
        && json.get("validFor") instanceof Double seconds
        && seconds >= 0
        && seconds <= Duration.ofHours(1).toSeconds()) {
      return new Lease(
          (Map<String, @Nullable Object>) fields,
          (Map<String, @Nullable Object>) limits,
          Duration.ofMillis((long) (seconds * 1000)));
    }
    throw new MillraceException(
        ErrorCode.CREDENTIALS_UNAVAILABLE, "The control plane answers with something else");
  }
}
