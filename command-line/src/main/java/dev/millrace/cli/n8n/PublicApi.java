package dev.millrace.cli.n8n;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** What n8n tells by its public API, version 1. It tells no credential's content. */
public final class PublicApi {
  private static final String ROOT = "/api/v1";

  private final HttpApi api;
  private final List<String> notes = new ArrayList<>();

  private PublicApi(HttpApi api) {
    this.api = api;
  }

  /**
   * Reads everything that the key may.
   *
   * @throws ApiFailure when not even workflows may be read
   */
  public static N8nExport read(HttpApi n8n) {
    PublicApi source = new PublicApi(n8n);
    List<JsonObject> workflows =
        source.api.list(ROOT + "/workflows", Map.of(), OptionalInt.empty()).stream()
            .map(source::whole)
            .toList();
    List<String> tags =
        source.optional("tags").stream()
            .map(tag -> tag.text("name"))
            .filter(name -> !name.isBlank())
            .toList();
    Map<String, String> projects = new LinkedHashMap<>();
    source.optional("projects").stream()
        .filter(project -> project.text("type").equals("team"))
        .forEach(project -> projects.put(project.text("id"), project.text("name")));
    List<JsonObject> variables = source.optional("variables");
    return new N8nExport(workflows, List.of(), false, tags, variables, projects, source.notes);
  }

  /** A list may come without the nodes. */
  private JsonObject whole(JsonObject workflow) {
    return workflow.raw().get("nodes") instanceof List<?>
        ? workflow
        : api.get(HttpApi.path(ROOT + "/workflows/{}", workflow.text("id"))).json();
  }

  /** What an installation may not have, or a key may not read. */
  private List<JsonObject> optional(String what) {
    try {
      return api.list(ROOT + "/" + what, Map.of(), OptionalInt.empty());
    } catch (ApiFailure refused) {
      if (refused.status() != 403 && refused.status() != 404) {
        throw refused;
      }
      notes.add("n8n did not give its " + what + " (status " + refused.status() + ")");
      return List.of();
    }
  }
}
