package dev.millrace.cli.n8n;

import dev.millrace.cli.api.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * Which project what comes from n8n belongs to.
 *
 * @param preset where everything goes that belongs to no other
 * @param teams the project for each of n8n's, by n8n's id
 */
record Homes(String preset, Map<String, String> teams) {
  Homes {
    teams = Map.copyOf(teams);
  }

  /** Of a workflow, whose owner is among those that it is shared with. */
  String ofWorkflow(JsonObject workflow) {
    List<JsonObject> shared = workflow.objects("shared");
    String theirs =
        shared.stream()
            .filter(share -> share.text("role").equals("workflow:owner"))
            .findFirst()
            .or(() -> shared.stream().findFirst())
            .map(share -> share.given("projectId").orElse(share.object("project").text("id")))
            .orElse(workflow.object("homeProject").text("id"));
    return teams.getOrDefault(theirs, preset);
  }

  /** Of a variable; empty for one of the whole installation. */
  String ofVariable(JsonObject variable) {
    String theirs = variable.given("projectId").orElse(variable.object("project").text("id"));
    return theirs.isEmpty() ? "" : teams.getOrDefault(theirs, preset);
  }
}
