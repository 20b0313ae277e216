package dev.millrace.control.credentials;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which credential, for which workflow.
 *
 * @param type such as {@code httpBasicAuth}
 * @param id as the node names it; may be empty
 * @param name used where no credential that the workflow may use has the id; may be empty
 * @param want the part of it that is needed
 * @param refused a token that a service refused, to get another one; empty for whatever is good
 */
public record LeaseRequest(
    String workflowId, String type, String id, String name, Want want, String refused) {
  /** What of a credential is needed. */
  public enum Want {
    FIELDS,
    /** Nothing that is secret. */
    LIMITS
  }

  /** The same credential with another token than the one that a service refused. */
  public LeaseRequest after(String token) {
    return new LeaseRequest(workflowId, type, id, name, Want.FIELDS, token);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "LeaseRequest[" + workflowId + " " + type + " " + id + " " + name + " " + want + "]";
  }

  Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("workflowId", workflowId);
    json.put("type", type);
    json.put("id", id);
    json.put("name", name);
    json.put("want", want.name());
    json.put("refused", refused);
    return json;
  }

  /** Empty when it is none. */
  static Optional<LeaseRequest> read(Map<String, @Nullable Object> json) {
    return json.get("workflowId") instanceof String workflow
            && json.get("type") instanceof String type
            && json.get("id") instanceof String id
            && json.get("name") instanceof String name
            && json.get("want") instanceof String want
            && (want.equals(Want.FIELDS.name()) || want.equals(Want.LIMITS.name()))
            && json.get("refused") instanceof String refused
        ? Optional.of(new LeaseRequest(workflow, type, id, name, Want.valueOf(want), refused))
        : Optional.empty();
  }
}
