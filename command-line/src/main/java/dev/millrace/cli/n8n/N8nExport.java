package dev.millrace.cli.n8n;

import dev.millrace.cli.api.JsonObject;
import java.util.List;
import java.util.Map;

/**
 * What an installation of n8n has, as far as it could be read.
 *
 * @param workflows n8n's documents
 * @param credentials with their secrets: {@code {id, name, type, data}}
 * @param readsCredentials whether credentials could be read at all; else each has to be given anew
 * @param tags names
 * @param variables {@code {key, value, project?}}
 * @param projects names of teams' projects, by n8n's id
 * @param notes what was left out, for people
 */
public record N8nExport(
    List<JsonObject> workflows,
    List<JsonObject> credentials,
    boolean readsCredentials,
    List<String> tags,
    List<JsonObject> variables,
    Map<String, String> projects,
    List<String> notes) {

  public N8nExport {
    workflows = List.copyOf(workflows);
    credentials = List.copyOf(credentials);
    tags = List.copyOf(tags);
    variables = List.copyOf(variables);
    projects = Map.copyOf(projects);
    notes = List.copyOf(notes);
  }

  /** A text keeps secrets to itself. */
  @Override
  public String toString() {
    return "N8nExport[" + workflows.size() + " workflows, " + credentials.size() + " credentials]";
  }
}
