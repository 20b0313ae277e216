package dev.millrace.cli.api;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Workflows as they lie in files, and as they are sent. */
public final class WorkflowFiles {
  /** What n8n says of a workflow beside its content, and Millrace too. */
  private static final Set<String> NOT_CONTENT =
      Set.of(
          "id",
          "projectId",
          "folderId",
          "active",
          "publishedVersion",
          "revision",
          "isArchived",
          "tags",
          "shared",
          "createdAt",
          "updatedAt",
          "versionId",
          "versionCounter",
          "triggerCount",
          "activeVersion",
          "activeVersionId",
          "homeProject",
          "sharedWithProjects",
          "usedCredentials",
          "parentFolder",
          "parentFolderId",
          "sourceWorkflowId",
          "scopes");

  private WorkflowFiles() {}

  /**
   * The workflows in a file.
   *
   * @param file {@code -} for {@code in}
   * @throws MillraceException {@code UNREADABLE_FILE}, {@code INVALID_JSON} or {@code
   *     INVALID_WORKFLOW}, naming the file
   */
  public static List<Map<String, @Nullable Object>> read(Path file, InputStream in) {
    List<Map<String, @Nullable Object>> workflows = new ArrayList<>();
    Object value = json(file, in);
    for (Object element : value instanceof List<?> several ? several : listOf(value)) {
      JsonObject workflow = JsonObject.of(element);
      if (!(workflow.raw().get("nodes") instanceof List<?>)) {
        throw new MillraceException(
            ErrorCode.INVALID_WORKFLOW, file + " holds something that has no \"nodes\"");
      }
      workflows.add(workflow.raw());
    }
    return workflows;
  }

  private static List<@Nullable Object> listOf(@Nullable Object value) {
    List<@Nullable Object> one = new ArrayList<>();
    one.add(value);
    return one;
  }

  /**
   * The JSON value in a file.
   *
   * @param file {@code -} for {@code in}
   * @throws MillraceException {@code UNREADABLE_FILE} or {@code INVALID_JSON}, naming the file
   */
  public static @Nullable Object json(Path file, InputStream in) {
    byte[] bytes;
    try {
      bytes = file.toString().equals("-") ? in.readAllBytes() : Files.readAllBytes(file);
    } catch (IOException unreadable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          file + " cannot be read: " + unreadable.getClass().getSimpleName());
    }
    try {
      return Json.parse(bytes);
    } catch (MillraceException broken) {
      throw new MillraceException(broken.code(), file + ": " + broken.text());
    }
  }

  /** What is in a workflow, without what is said about it. */
  public static Map<String, @Nullable Object> content(Map<String, @Nullable Object> document) {
    Map<String, @Nullable Object> content = new LinkedHashMap<>(document);
    content.keySet().removeAll(NOT_CONTENT);
    return content;
  }

  /**
   * Brings a workflow to the server: under the id that it has where that is free, or as a new draft
   * of the one that was brought before.
   *
   * @param project empty for one's own
   * @return {@code {id, name, outcome}}, with {@code CREATED}, {@code RENUMBERED}, {@code UPDATED}
   *     or {@code UNCHANGED}
   */
  public static JsonObject bring(
      HttpApi api, String project, Map<String, @Nullable Object> document) {
    JsonObject placed = send(api, project, document);
    if (!placed.text("outcome").equals("PRESENT")) {
      return placed;
    }
    String path = HttpApi.path("/api/workflows/{}", placed.text("id"));
    Map<String, @Nullable Object> told = new LinkedHashMap<>(placed.raw());
    Map<String, @Nullable Object> content = content(document);
    boolean same = content(api.get(path).json().raw()).equals(content);
    if (!same) {
      told.put("name", api.put(path, content).text("name"));
    }
    told.put("outcome", same ? "UNCHANGED" : "UPDATED");
    return new JsonObject(told);
  }

  /**
   * Gives a workflow its place at the server, under the id that it has where that is free. One that
   * was brought before is left as it is.
   *
   * @param project empty for one's own
   * @return {@code {id, name, outcome}}, with {@code CREATED}, {@code RENUMBERED} or {@code
   *     PRESENT}
   */
  public static JsonObject send(
      HttpApi api, String project, Map<String, @Nullable Object> document) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    String id = new JsonObject(document).text("id");
    if (!id.isEmpty()) {
      body.put("id", id);
    }
    if (!project.isEmpty()) {
      body.put("projectId", project);
    }
    body.put("workflow", content(document));
    return api.post("/api/workflows/import", body);
  }

  /** A workflow as n8n exports it. */
  public static Map<String, @Nullable Object> exported(JsonObject workflow) {
    Map<String, @Nullable Object> exported = new LinkedHashMap<>();
    exported.put("id", workflow.text("id"));
    exported.put("active", workflow.flag("active"));
    exported.put("isArchived", workflow.flag("isArchived"));
    exported.put("tags", workflow.texts("tags").stream().map(tag -> Map.of("name", tag)).toList());
    exported.putAll(content(workflow.raw()));
    return exported;
  }

  /** A name that stays in its folder. */
  public static String fileName(String id) {
    return id.replaceAll("[^A-Za-z0-9_-]", "_") + ".json";
  }
}
