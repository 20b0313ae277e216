package dev.millrace.control;

import dev.millrace.control.access.Role;
import dev.millrace.control.db.Ids;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Bodies that the endpoints below {@code /api/v1} take, by their ids. */
final class PublicApiBodies {
  private PublicApiBodies() {}

  /**
   * @param target the id that every object has which something can be done to
   */
  static Map<String, @Nullable Object> of(String target) {
    Map<String, @Nullable Object> bodies = new HashMap<>();
    Map<String, @Nullable Object> made = draft("New", Ids.next());
    made.put("projectId", target);
    Map<String, @Nullable Object> transfer = Map.of("destinationProjectId", target);
    bodies.put("v1.workflows.create", made);
    bodies.put("v1.workflows.update", draft("Changed", "target"));
    bodies.put("v1.workflows.transfer", transfer);
    bodies.put("v1.workflows.setTags", List.of(Map.of("id", target)));
    bodies.put("v1.executions.setTags", List.of(Map.of("id", target)));
    bodies.put("v1.variables.update", Map.of("key", "target", "value", "y"));
    bodies.put("v1.executions.stopMany", Map.of("status", List.of("running")));
    bodies.put(
        "v1.credentials.create",
        Map.of(
            "name",
            "New",
            "type",
            "httpHeaderAuth",
            "data",
            Map.of("name", "x-key", "value", "secret"),
            "projectId",
            target));
    bodies.put("v1.credentials.update", Map.of("name", "Changed"));
    bodies.put("v1.credentials.transfer", transfer);
    bodies.put("v1.users.invite", List.of(Map.of("email", "new@example.com")));
    bodies.put("v1.users.changeRole", Map.of("newRoleName", Role.MEMBER.slug()));
    bodies.put("v1.projects.create", Map.of("name", "New"));
    bodies.put("v1.projects.update", Map.of("name", "Changed"));
    bodies.put(
        "v1.projects.addUsers",
        Map.of("relations", List.of(Map.of("userId", target, "role", Role.PROJECT_VIEWER.slug()))));
    bodies.put("v1.projects.changeUser", Map.of("role", Role.PROJECT_VIEWER.slug()));
    return bodies;
  }

  /** A workflow with what n8n lets callers set, and nothing else. */
  static Map<String, @Nullable Object> draft(String name, String path) {
    Map<String, @Nullable Object> draft = WorkflowLifeTest.workflow(name, path);
    draft.remove("meta");
    return draft;
  }
}
