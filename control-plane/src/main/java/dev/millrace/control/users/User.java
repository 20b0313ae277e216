package dev.millrace.control.users;

import dev.millrace.control.http.Schema;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An account.
 *
 * @param role the slug of the role in the installation
 * @param pending whether the invitation was not accepted yet
 */
public record User(
    String id,
    String email,
    String firstName,
    String lastName,
    String role,
    boolean pending,
    boolean disabled,
    Instant createdAt,
    Instant updatedAt) {
  /** What {@link #json} gives. */
  public static final Schema SCHEMA = fields().named("User");

  /** The fields of what {@link #json} gives. */
  static Schema.Fields fields() {
    return Schema.object()
        .must("id", Schema.text())
        .must("email", Schema.text())
        .must("firstName", Schema.text())
        .must("lastName", Schema.text())
        .must("role", Schema.text())
        .must("isPending", Schema.flag())
        .must("disabled", Schema.flag())
        .must("createdAt", Schema.time())
        .must("updatedAt", Schema.time());
  }

  /** For the API. */
  public Map<String, @Nullable Object> json() {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("email", email);
    json.put("firstName", firstName);
    json.put("lastName", lastName);
    json.put("role", role);
    json.put("isPending", pending);
    json.put("disabled", disabled);
    json.put("createdAt", createdAt.toString());
    json.put("updatedAt", updatedAt.toString());
    return json;
  }
}
