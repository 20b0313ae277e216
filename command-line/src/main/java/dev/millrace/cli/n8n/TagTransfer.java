package dev.millrace.cli.n8n;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.cli.n8n.ImportReport.Outcome;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Makes the tags that are missing, and gives workflows theirs. */
final class TagTransfer {
  private final HttpApi api;
  private final ImportReport report;
  private final boolean dryRun;
  private final Map<String, String> ids = new HashMap<>();
  private boolean kept = true;

  TagTransfer(HttpApi api, ImportReport report, boolean dryRun) {
    this.api = api;
    this.report = report;
    this.dryRun = dryRun;
  }

  /** Makes those of an export and of its workflows. */
  void bring(N8nExport export) {
    Set<String> names = new LinkedHashSet<>(export.tags());
    export.workflows().forEach(workflow -> names.addAll(of(workflow)));
    if (names.isEmpty()) {
      return;
    }
    try {
      api.list("/api/tags", Map.of(), OptionalInt.empty())
          .forEach(tag -> ids.put(tag.text("name"), tag.text("id")));
    } catch (ApiFailure refused) {
      if (refused.status() == 401) {
        throw refused;
      }
      kept = false;
      report.note("Tags were left out: " + refused.line());
      return;
    }
    names.forEach(this::make);
  }

  private void make(String name) {
    if (ids.containsKey(name)) {
      report.brought("tag", "", ids.getOrDefault(name, ""), name, Outcome.UNCHANGED);
    } else if (dryRun) {
      report.brought("tag", "", "", name, Outcome.CREATED);
    } else {
      try {
        String id = api.post("/api/tags", Map.of("name", name)).text("id");
        ids.put(name, id);
        report.brought("tag", "", id, name, Outcome.CREATED);
      } catch (ApiFailure refused) {
        if (refused.status() == 401) {
          throw refused;
        }
        report.brought("tag", "", "", name, Outcome.FAILED);
        report.note("The tag \"" + name + "\" could not be made: " + refused.line());
      }
    }
  }

  /** The names of a workflow's tags, which exports have as objects or as texts. */
  static Set<String> of(JsonObject workflow) {
    Set<String> names = new LinkedHashSet<>(workflow.texts("tags"));
    workflow.objects("tags").forEach(tag -> tag.given("name").ifPresent(names::add));
    return names;
  }

  /**
   * Gives a workflow its tags.
   *
   * @param now what it has
   */
  void give(String workflow, Set<String> wanted, Set<String> now) {
    List<String> chosen =
        wanted.stream().filter(ids::containsKey).map(name -> ids.getOrDefault(name, "")).toList();
    boolean there = now.containsAll(wanted);
    if (!kept || dryRun || there || chosen.isEmpty()) {
      return;
    }
    Set<String> all = new LinkedHashSet<>(chosen);
    // Tags that it was given here stay.
    now.stream().filter(ids::containsKey).forEach(name -> all.add(ids.getOrDefault(name, "")));
    api.put(HttpApi.path("/api/workflows/{}/tags", workflow), Map.of("tagIds", List.copyOf(all)));
  }
}
