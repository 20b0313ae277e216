package dev.millrace.cli.n8n;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.cli.n8n.ImportReport.Outcome;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Brings variables, which are found again by key and project. */
final class VariableTransfer {
  private final HttpApi api;
  private final ImportReport report;
  private final boolean dryRun;
  private final Homes homes;

  VariableTransfer(HttpApi api, ImportReport report, boolean dryRun, Homes homes) {
    this.api = api;
    this.report = report;
    this.dryRun = dryRun;
    this.homes = homes;
  }

  void bring(List<JsonObject> variables) {
    if (variables.isEmpty()) {
      return;
    }
    List<JsonObject> known;
    try {
      known = api.list("/api/variables", Map.of(), OptionalInt.empty());
    } catch (ApiFailure refused) {
      if (refused.status() == 401) {
        throw refused;
      }
      report.note("Variables were left out: " + refused.line());
      return;
    }
    variables.forEach(variable -> bring(variable, known));
  }

  private void bring(JsonObject variable, List<JsonObject> known) {
    String key = variable.text("key");
    String value = variable.text("value");
    String project = homes.ofVariable(variable);
    Optional<JsonObject> there =
        known.stream()
            .filter(each -> each.text("key").equals(key) && each.text("projectId").equals(project))
            .findFirst();
    String id = there.map(each -> each.text("id")).orElse("");
    try {
      if (there.isEmpty()) {
        report.brought(
            "variable", variable.text("id"), made(key, value, project), key, Outcome.CREATED);
      } else if (there.get().text("value").equals(value)) {
        report.brought("variable", variable.text("id"), id, key, Outcome.UNCHANGED);
      } else {
        if (!dryRun) {
          api.patch(HttpApi.path("/api/variables/{}", id), Map.of("value", value));
        }
        report.brought("variable", variable.text("id"), id, key, Outcome.UPDATED);
      }
    } catch (ApiFailure refused) {
      if (refused.status() == 401) {
        throw refused;
      }
      report.brought("variable", variable.text("id"), id, key, Outcome.FAILED);
      report.note("The variable " + key + " could not be brought: " + refused.line());
    }
  }

  private String made(String key, String value, String project) {
    if (dryRun) {
      return "";
    }
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("key", key);
    body.put("value", value);
    if (!project.isEmpty()) {
      body.put("projectId", project);
    }
    return api.post("/api/variables", body).text("id");
  }
}
