package dev.millrace.cli.n8n;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.cli.api.WorkflowFiles;
import dev.millrace.cli.n8n.ImportReport.Outcome;
import dev.millrace.error.ErrorCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings workflows. First each gets its place, so that all ids are known; then each gets its
 * content, with what it names by the ids that they have now.
 */
final class WorkflowTransfer {
  /** What a server cuts names to. */
  private static final int LONGEST_NAME = 255;

  /** Triggers by which nothing starts a workflow but another one, or a person. */
  private static final Set<String> ONLY_CALLED =
      Set.of(
          "n8n-nodes-base.executeWorkflowTrigger",
          "n8n-nodes-base.errorTrigger",
          "n8n-nodes-base.manualTrigger");

  /** Triggers whose names do not say it. */
  private static final Set<String> STARTS =
      Set.of(
          "n8n-nodes-base.webhook",
          "n8n-nodes-base.cron",
          "n8n-nodes-base.interval",
          "n8n-nodes-base.emailReadImap");

  private final HttpApi api;
  private final ImportReport report;
  private final N8nImport.Options options;
  private final Homes homes;
  private final TagTransfer tags;
  private final CredentialTransfer credentials;

  /** New ids of those that have another one. */
  private final Map<String, String> changed = new HashMap<>();

  /** Ids of workflows that are there; others are asked for once. */
  private final Map<String, Boolean> there = new HashMap<>();

  /**
   * A workflow on its way.
   *
   * @param document as n8n has it
   * @param home the project that it goes to
   * @param sent the content that it was made with; empty when it was there before
   */
  private record Placed(
      JsonObject document,
      String home,
      ImportReport.Workflow row,
      Optional<Map<String, @Nullable Object>> sent) {}

  /**
   * A workflow that is there.
   *
   * @param content as it is there now
   */
  private record Filled(Placed placed, JsonObject content) {
    ImportReport.Workflow row() {
      return placed.row();
    }
  }

  WorkflowTransfer(
      HttpApi api,
      ImportReport report,
      N8nImport.Options options,
      Homes homes,
      TagTransfer tags,
      CredentialTransfer credentials) {
    this.api = api;
    this.report = report;
    this.options = options;
    this.homes = homes;
    this.tags = tags;
    this.credentials = credentials;
  }

  void bring(List<JsonObject> workflows) {
    List<Placed> placed = new ArrayList<>();
    for (JsonObject document : workflows) {
      ImportReport.Workflow row =
          report.workflow(document.text("id"), document.text("name"), active(document));
      unlessRefused(row, () -> placed.add(place(document, row)));
    }
    Map<String, Filled> filled = new LinkedHashMap<>();
    for (Placed one : placed) {
      unlessRefused(
          one.row(), () -> filled.put(key(one.row(), filled.size()), new Filled(one, fill(one))));
    }
    if (options.publish()) {
      filled.values().stream().filter(each -> each.row().active()).forEach(this::publish);
      publishCalled(filled);
    }
  }

  /** What has no id yet, which a dry run may leave so, is named by nothing. */
  private static String key(ImportReport.Workflow row, int number) {
    return row.id().isEmpty() ? "#" + number : row.id();
  }

  /** n8n's newer versions name the version that runs instead. */
  private static boolean active(JsonObject document) {
    return !document.flag("isArchived")
        && (document.flag("active") || document.has("activeVersionId"));
  }

  /** Goes on with the others when one cannot be brought. */
  private static void unlessRefused(ImportReport.Workflow row, Runnable work) {
    try {
      work.run();
    } catch (ApiFailure refused) {
      if (refused.status() == 401) {
        throw refused;
      }
      row.became(Outcome.FAILED, row.id());
      row.problem(refused.code(), withoutCode(refused), true);
    }
  }

  private static String withoutCode(ApiFailure failure) {
    String message = failure.getMessage();
    return message == null ? "" : message;
  }

  private Placed place(JsonObject document, ImportReport.Workflow row) {
    String home = homes.ofWorkflow(document);
    Map<String, @Nullable Object> content = content(document, home);
    if (options.dryRun()) {
      boolean present =
          !row.from().isEmpty()
              && api.find(HttpApi.path("/api/workflows/{}", row.from()))
                  .filter(found -> found.json().text("projectId").equals(home))
                  .isPresent();
      row.became(present ? Outcome.UNCHANGED : Outcome.CREATED, row.from());
      there.put(row.from(), true);
      return new Placed(document, home, row, present ? Optional.empty() : Optional.of(content));
    }
    Map<String, @Nullable Object> named = new LinkedHashMap<>(content);
    named.put("id", row.from());
    JsonObject imported = WorkflowFiles.send(api, home, named);
    String id = imported.text("id");
    if (!row.from().isEmpty() && !id.equals(row.from())) {
      changed.put(row.from(), id);
    }
    there.put(id, true);
    Outcome outcome =
        switch (imported.text("outcome")) {
          case "PRESENT" -> Outcome.UNCHANGED;
          case "RENUMBERED" -> Outcome.RENUMBERED;
          default -> Outcome.CREATED;
        };
    row.became(outcome, id);
    return new Placed(
        document,
        home,
        row,
        outcome == Outcome.UNCHANGED ? Optional.empty() : Optional.of(content));
  }

  /** What is in a workflow, with what it names as far as that is known by now. */
  private Map<String, @Nullable Object> content(JsonObject document, String home) {
    Map<String, @Nullable Object> content =
        References.rewritten(
            WorkflowFiles.content(document.raw()), changed, named -> credentials.id(named, home));
    String name = document.text("name").strip();
    String kept = name.isEmpty() ? "My workflow" : name;
    content.put("name", kept.length() > LONGEST_NAME ? kept.substring(0, LONGEST_NAME) : kept);
    return content;
  }

  private JsonObject fill(Placed one) {
    ImportReport.Workflow row = one.row();
    Map<String, @Nullable Object> content = content(one.document(), one.home());
    String path = HttpApi.path("/api/workflows/{}", row.id());
    Set<String> has = new HashSet<>();
    if (one.sent().isEmpty()) {
      JsonObject now = api.get(path).json();
      has.addAll(TagTransfer.of(now));
      if (!WorkflowFiles.content(now.raw()).equals(content)) {
        save(path, content);
        row.became(Outcome.UPDATED, row.id());
      }
    } else if (!one.sent().get().equals(content)) {
      save(path, content);
    }
    tags.give(row.id(), TagTransfer.of(one.document()), has);
    JsonObject result = new JsonObject(content);
    review(one, result);
    if (one.document().flag("isArchived") && one.sent().isPresent() && !options.dryRun()) {
      api.post(path + "/archive", null);
    }
    return result;
  }

  private void save(String path, Map<String, @Nullable Object> content) {
    if (!options.dryRun()) {
      api.put(path, content);
    }
  }

  private void review(Placed one, JsonObject workflow) {
    ImportReport.Workflow row = one.row();
    for (JsonObject problem :
        api.post("/api/workflows/check", workflow.raw()).objects("problems")) {
      row.problem(problem.text("code"), problem.text("message"), problem.flag("blocks"));
    }
    for (References.Named named : References.credentials(workflow)) {
      if (credentials.id(named, one.home()).isEmpty()) {
        credentials.missing(named, row.name());
        row.problem(
            ErrorCode.MISSING_CREDENTIAL.code(),
            "node \""
                + named.node()
                + "\" names the credential \""
                + named.name()
                + "\" of the type "
                + named.type()
                + ", which is not there",
            false);
      }
    }
    References.workflows(workflow)
        .forEach((id, by) -> {
          if (!isThere(id)) {
            row.problem(
                ErrorCode.UNKNOWN_WORKFLOW.code(),
                by + " names the workflow " + id + ", which is not there",
                false);
          }
        });
  }

  private boolean isThere(String id) {
    Boolean known = there.get(id);
    if (known == null) {
      known = api.find(HttpApi.path("/api/workflows/{}", id)).isPresent();
      there.put(id, known);
    }
    return known;
  }

  /**
   * Publishes what those that are published call: in n8n a workflow that only others start need not
   * be active. One with other triggers would start by itself then, so that is left to its owner.
   */
  private void publishCalled(Map<String, Filled> filled) {
    Deque<Filled> callers = new ArrayDeque<>();
    filled.values().stream().filter(each -> each.row().published()).forEach(callers::add);
    while (!callers.isEmpty()) {
      Filled caller = callers.remove();
      for (String id : References.workflows(caller.content()).keySet()) {
        Filled called = filled.get(id);
        if (called == null || called.row().active() || called.row().published()) {
          continue;
        }
        if (startsByItself(called.content())) {
          report.note(
              unpublished(called.row())
                  + ", although \""
                  + caller.row().name()
                  + "\" calls it: it was not active in n8n, and has other triggers.");
          continue;
        }
        publish(called);
        if (called.row().published()) {
          report.note(
              "\""
                  + called.row().name()
                  + "\" is published too, because \""
                  + caller.row().name()
                  + "\" calls it.");
          callers.add(called);
        }
      }
    }
  }

  private static boolean startsByItself(JsonObject workflow) {
    return workflow.objects("nodes").stream()
        .filter(node -> !node.flag("disabled"))
        .map(node -> node.text("type"))
        .anyMatch(type ->
            !ONLY_CALLED.contains(type) && (type.endsWith("Trigger") || STARTS.contains(type)));
  }

  /** Publishes a workflow if it is what ran in n8n, and if it can. */
  private void publish(Filled one) {
    ImportReport.Workflow row = one.row();
    if (row.blocked()) {
      return;
    }
    if (lacksCredential(row)) {
      report.note(unpublished(row) + ", until its credentials are there.");
      return;
    }
    if (draftDiffers(one.placed().document())) {
      report.note(
          unpublished(row)
              + ", because its draft differs from the version that runs in n8n: look at it first.");
      return;
    }
    if (!options.dryRun()) {
      try {
        api.post(HttpApi.path("/api/workflows/{}/publish", row.id()), null);
      } catch (ApiFailure refused) {
        if (refused.status() == 401) {
          throw refused;
        }
        row.problem(refused.code(), withoutCode(refused), true);
        return;
      }
    }
    row.publish();
  }

  private static String unpublished(ImportReport.Workflow row) {
    return "\"" + row.name() + "\" was not published";
  }

  private static boolean lacksCredential(ImportReport.Workflow row) {
    return row.problems().stream()
        .anyMatch(problem -> problem.code().equals(ErrorCode.MISSING_CREDENTIAL.code()));
  }

  /** What is exported is the draft, which n8n does not run. */
  private static boolean draftDiffers(JsonObject document) {
    String runs = document.text("activeVersionId");
    if (runs.isEmpty() || runs.equals(document.text("versionId"))) {
      return false;
    }
    JsonObject version = document.object("activeVersion");
    return !version.has("nodes")
        || !Objects.equals(version.raw().get("nodes"), document.raw().get("nodes"))
        || !version.object("connections").equals(document.object("connections"));
  }
}
