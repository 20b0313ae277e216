package dev.millrace.cli.n8n;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.cli.api.Projects;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Brings what n8n has to a Millrace server. Run again it finds by their ids what it brought before,
 * changes what changed in n8n since and leaves the rest alone; a draft that somebody changed in
 * Millrace meanwhile is a revision behind the one from n8n.
 */
public final class N8nImport {
  private final HttpApi api;
  private final Options options;

  /**
   * What is wanted.
   *
   * @param project that everything goes to; empty to put what belongs to a team's project of n8n
   *     into one of its name, and the rest into one's own
   * @param dryRun only say what would become of everything
   * @param publish what was active in n8n and can run
   */
  public record Options(String project, boolean dryRun, boolean publish) {}

  public N8nImport(HttpApi api, Options options) {
    this.api = api;
    this.options = options;
  }

  /**
   * Imports everything; what cannot be brought is in the report, and the rest is brought.
   *
   * @param source where the export is from, for people
   * @throws ApiFailure when nobody is signed in
   */
  public ImportReport run(N8nExport export, String source) {
    ImportReport report = new ImportReport(source, api.base().toString(), options.dryRun());
    export.notes().forEach(report::note);
    Homes homes = homes(export, report);
    TagTransfer tags = new TagTransfer(api, report, options.dryRun());
    tags.bring(export);
    new VariableTransfer(api, report, options.dryRun(), homes).bring(export.variables());
    CredentialTransfer credentials = new CredentialTransfer(api, report, options.dryRun());
    credentials.bring(export.credentials(), homes.preset());
    new WorkflowTransfer(api, report, options, homes, tags, credentials).bring(export.workflows());
    credentials.reportMissing(export.readsCredentials());
    return report;
  }

  private Homes homes(N8nExport export, ImportReport report) {
    if (!options.project().isEmpty()) {
      return new Homes(options.project(), Map.of());
    }
    Map<String, String> teams = new HashMap<>();
    if (!export.projects().isEmpty()) {
      List<JsonObject> known = api.list("/api/projects", Map.of(), OptionalInt.empty());
      export
          .projects()
          .forEach((theirs, name) ->
              known.stream()
                  .filter(project -> project.text("type").equals("team"))
                  .filter(project -> project.text("name").equals(name))
                  .findFirst()
                  .map(project -> project.text("id"))
                  .or(() -> made(name, report))
                  .ifPresent(ours -> teams.put(theirs, ours)));
    }
    return new Homes(Projects.own(api), teams);
  }

  private Optional<String> made(String name, ImportReport report) {
    if (options.dryRun()) {
      report.brought("project", "", "", name, ImportReport.Outcome.CREATED);
      return Optional.empty();
    }
    try {
      String id = api.post("/api/projects", Map.of("name", name)).text("id");
      report.brought("project", "", id, name, ImportReport.Outcome.CREATED);
      return Optional.of(id);
    } catch (ApiFailure refused) {
      if (refused.status() == 401) {
        throw refused;
      }
      report.brought("project", "", "", name, ImportReport.Outcome.FAILED);
      report.note(
          "The project \""
              + name
              + "\" could not be made, so its workflows are in yours: "
              + refused.line());
      return Optional.empty();
    }
  }
}
