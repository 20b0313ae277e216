package dev.millrace.cli.n8n;

import dev.millrace.cli.api.ApiFailure;
import dev.millrace.cli.api.HttpApi;
import dev.millrace.cli.api.JsonObject;
import dev.millrace.cli.n8n.ImportReport.Missing;
import dev.millrace.cli.n8n.ImportReport.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Brings credentials, and knows by which id a workflow has to name one. */
final class CredentialTransfer {
  /** Of one request; each takes a few kilobytes at most. */
  private static final int AT_ONCE = 200;

  private final HttpApi api;
  private final ImportReport report;
  private final boolean dryRun;

  /** New ids by type and old id. */
  private final Map<Key, String> brought = new HashMap<>();

  private final List<Known> known = new ArrayList<>();
  private final Map<Key, Absent> absent = new LinkedHashMap<>();

  private record Key(String type, String id) {}

  /** A credential that is there. */
  private record Known(String id, String type, String name, String project, Set<String> shared) {
    boolean reaches(String home) {
      return project.equals(home) || shared.contains(home);
    }
  }

  private record Absent(String name, Set<String> usedBy) {}

  CredentialTransfer(HttpApi api, ImportReport report, boolean dryRun) {
    this.api = api;
    this.report = report;
    this.dryRun = dryRun;
  }

  /** Brings those of an export to a project, and looks at all that are there then. */
  void bring(List<JsonObject> credentials, String project) {
    if (dryRun) {
      look();
      credentials.forEach(each -> wouldBring(each, project));
      return;
    }
    for (int from = 0; from < credentials.size(); from += AT_ONCE) {
      List<JsonObject> some =
          credentials.subList(from, Math.min(credentials.size(), from + AT_ONCE));
      try {
        send(some, project);
      } catch (ApiFailure refused) {
        if (refused.status() == 401) {
          throw refused;
        }
        // All of a request or none: one by one it shows which it is.
        some.forEach(each -> sendAlone(each, project));
      }
    }
    look();
  }

  private void look() {
    api.list("/api/credentials", Map.of(), OptionalInt.empty())
        .forEach(row ->
            known.add(
                new Known(
                    row.text("id"),
                    row.text("type"),
                    row.text("name"),
                    row.text("projectId"),
                    Set.copyOf(row.texts("sharedWith")))));
  }

  private void wouldBring(JsonObject credential, String project) {
    String id = credential.text("id");
    boolean there =
        known.stream()
            .anyMatch(each ->
                each.id().equals(id)
                    && each.type().equals(credential.text("type"))
                    && each.project().equals(project));
    report.brought(
        "credential", id, id, credential.text("name"), there ? Outcome.UPDATED : Outcome.CREATED);
    if (!there) {
      known.add(new Known(id, credential.text("type"), credential.text("name"), project, Set.of()));
    }
  }

  private void sendAlone(JsonObject credential, String project) {
    try {
      send(List.of(credential), project);
    } catch (ApiFailure refused) {
      if (refused.status() == 401) {
        throw refused;
      }
      report.brought(
          "credential", credential.text("id"), "", credential.text("name"), Outcome.FAILED);
      report.note(
          "The credential \""
              + credential.text("name")
              + "\" could not be brought: "
              + refused.line());
    }
  }

  private void send(List<JsonObject> credentials, String project) {
    List<Map<String, @Nullable Object>> entries = new ArrayList<>();
    for (JsonObject credential : credentials) {
      Map<String, @Nullable Object> entry = new LinkedHashMap<>();
      entry.put("id", credential.text("id"));
      entry.put("name", credential.text("name"));
      entry.put("type", credential.text("type"));
      entry.put("data", credential.object("data").raw());
      entries.add(entry);
    }
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("projectId", project);
    body.put("credentials", entries);
    for (JsonObject row : api.post("/api/credentials/import", body).objects("data")) {
      brought.put(new Key(row.text("type"), row.text("from")), row.text("id"));
      report.brought(
          "credential",
          row.text("from"),
          row.text("id"),
          row.text("name"),
          outcome(row.text("outcome")));
    }
  }

  private static Outcome outcome(String name) {
    return switch (name) {
      case "CREATED" -> Outcome.CREATED;
      case "RENUMBERED" -> Outcome.RENUMBERED;
      case "UNCHANGED" -> Outcome.UNCHANGED;
      default -> Outcome.UPDATED;
    };
  }

  /**
   * The id by which a workflow of a project has to name a credential: the one that was brought for
   * it, or that has its id, or the only one of its type and name. Empty where there is none.
   */
  String id(References.Named named, String project) {
    String ours = brought.get(new Key(named.type(), named.id()));
    if (ours != null && reaches(ours, project)) {
      return ours;
    }
    List<Known> its =
        known.stream()
            .filter(each -> each.type().equals(named.type()) && each.reaches(project))
            .toList();
    if (its.stream().anyMatch(each -> each.id().equals(named.id()))) {
      return named.id();
    }
    List<Known> called = its.stream().filter(each -> each.name().equals(named.name())).toList();
    return called.size() == 1 ? called.getFirst().id() : "";
  }

  private boolean reaches(String id, String project) {
    return known.stream().anyMatch(each -> each.id().equals(id) && each.reaches(project));
  }

  /** Remembers that a workflow names one that is not there. */
  void missing(References.Named named, String workflow) {
    absent
        .computeIfAbsent(
            new Key(named.type(), named.id().isEmpty() ? named.name() : named.id()),
            key -> new Absent(named.name(), new LinkedHashSet<>()))
        .usedBy()
        .add(workflow);
  }

  /**
   * Says which have to be given anew.
   *
   * @param readable whether the source could have had them
   */
  void reportMissing(boolean readable) {
    absent.forEach((key, one) ->
        report.missing(
            new Missing(
                key.type(),
                one.name(),
                key.id().equals(one.name()) ? "" : key.id(),
                List.copyOf(one.usedBy()))));
    if (!readable && !absent.isEmpty()) {
      report.note(
          "n8n's API tells no secrets. Make the credentials above with the same types and names, or"
              + " import a folder with decrypted ones, and run the import again: workflows are then"
              + " connected with them.");
    }
  }
}
