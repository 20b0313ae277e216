package dev.millrace.control.folders;

import dev.millrace.control.access.Scope;
import dev.millrace.control.audit.Audit;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.workflows.Workflow;
import dev.millrace.control.workflows.WorkflowSummary;
import dev.millrace.control.workflows.Workflows;
import dev.millrace.error.ErrorCode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Folders of projects, and putting workflows into them. */
public final class FolderEndpoints {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 250;
  private static final int LONGEST_NAME = 128;

  /** What stands for no folder in a query, as in n8n. */
  private static final String ROOT = "0";

  private static final Schema NAME = Schema.text(LONGEST_NAME);
  private static final Schema ID = Schema.text(64);

  /** A folder with those that it lies in. */
  private static final Schema PLACED =
      Folder.FIELDS
          .must(
              "path",
              Schema.listOf(Schema.object().must("id", Schema.text()).must("name", Schema.text())))
          .named("FolderWithPath");

  private final Database database;
  private final Workflows workflows;
  private final Folders folders = new Folders();

  public FolderEndpoints(Database database, Workflows workflows) {
    this.database = database;
    this.workflows = workflows;
  }

  public List<Endpoint> endpoints() {
    return List.of(
        new Endpoint(
                "GET",
                "/api/projects/{id}/folders",
                "folders.list",
                "The folders of a project, by name",
                new Access.Project(Scope.FOLDER_READ),
                this::list)
            .query(
                Parameter.limit(LARGEST_PAGE),
                Parameter.cursor(),
                Parameter.text("parentFolderId", "Those in one folder; 0 for those in none"),
                Parameter.text("name", "Part of the name, in any case"))
            .gives(Schema.page(Folder.SCHEMA)),
        new Endpoint(
                "POST",
                "/api/projects/{id}/folders",
                "folders.create",
                "Makes a folder, in another one or in none",
                new Access.Project(Scope.FOLDER_CREATE),
                this::create)
            .takes(Schema.object().must("name", NAME).may("parentFolderId", ID.orNull()))
            .creates(PLACED),
        new Endpoint(
                "GET",
                "/api/projects/{id}/folders/{folderId}",
                "folders.get",
                "One folder with those that it lies in",
                new Access.Project(Scope.FOLDER_READ),
                this::get)
            .gives(PLACED),
        new Endpoint(
                "PATCH",
                "/api/projects/{id}/folders/{folderId}",
                "folders.update",
                "Gives a folder another name, or puts it into another one; null for none",
                new Access.Project(Scope.FOLDER_UPDATE),
                this::update)
            .takes(Schema.object().may("name", NAME).may("parentFolderId", ID.orNull()))
            .gives(PLACED),
        new Endpoint(
                "DELETE",
                "/api/projects/{id}/folders/{folderId}",
                "folders.delete",
                "Removes a folder that is empty, or whose content goes into another one",
                new Access.Project(Scope.FOLDER_DELETE),
                this::delete)
            .query(
                Parameter.text(
                    "transferToFolderId", "Where what lies in it is to go; 0 for no folder"))
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "PUT",
                "/api/workflows/{id}/folder",
                "workflows.setFolder",
                "Puts a workflow into a folder of its project; null for none",
                new Access.Project(Scope.WORKFLOW_UPDATE),
                this::putInto)
            .takes(Schema.object().must("folderId", ID.orNull()))
            .gives(WorkflowSummary.fields().named("WorkflowSummary")));
  }

  private Answer list(Call call) {
    String project = call.grant().require(call.path("id"));
    int limit = call.limit(PAGE, LARGEST_PAGE);
    Optional<String> parent = call.query("parentFolderId");
    boolean root = parent.equals(Optional.of(ROOT));
    List<Folder> page =
        database
            .reads()
            .withHandle(handle ->
                folders.list(
                    handle,
                    project,
                    parent,
                    root,
                    call.query("name").orElse(""),
                    call.query("cursor").map(id -> after(handle, project, id)),
                    limit));
    return Answer.page(
        page.stream().map(Folder::json).toList(), page.size() < limit ? null : page.getLast().id());
  }

  /** Where a list goes on; who has its last folder renamed or removed meanwhile begins again. */
  private Folder after(Handle handle, String project, String id) {
    return folders.find(handle, project, id).orElseThrow(Call::invalidCursor);
  }

  private Answer create(Call call) {
    String project = call.grant().require(call.path("id"));
    String name = call.text("name").strip();
    return Answer.created(
        database
            .jdbi()
            .inTransaction(handle -> {
              folders.lock(handle, project);
              Optional<Folder> parent =
                  call.optionalText("parentFolderId")
                      .map(id -> folders.require(handle, project, id));
              Folder made = folders.create(handle, project, parent, name);
              Audit.note(handle, call, "folder.create", made.id(), project, Map.of("name", name));
              return placed(handle, made);
            }));
  }

  private Answer get(Call call) {
    String project = call.grant().require(call.path("id"));
    return Answer.ok(
        database
            .jdbi()
            .withHandle(
                handle -> placed(handle, folders.require(handle, project, call.path("folderId")))));
  }

  private Answer update(Call call) {
    String project = call.grant().require(call.path("id"));
    Optional<String> name =
        call.body().containsKey("name") ? Optional.of(call.text("name").strip()) : Optional.empty();
    boolean moves = call.body().containsKey("parentFolderId");
    return Answer.ok(
        database
            .jdbi()
            .inTransaction(handle -> {
              folders.lock(handle, project);
              Folder folder = folders.require(handle, project, call.path("folderId"));
              name.ifPresent(other -> folders.rename(handle, folder, other));
              if (moves) {
                folders.move(
                    handle,
                    folder,
                    call.optionalText("parentFolderId")
                        .map(id -> folders.require(handle, project, id))
                        .orElse(null));
              }
              Audit.note(handle, call, "folder.update", folder.id(), project, call.body());
              return placed(handle, folders.require(handle, project, folder.id()));
            }));
  }

  private Answer delete(Call call) {
    String project = call.grant().require(call.path("id"));
    Optional<String> target = call.query("transferToFolderId");
    database
        .jdbi()
        .useTransaction(handle -> {
          folders.lock(handle, project);
          Folder folder = folders.require(handle, project, call.path("folderId"));
          target.ifPresent(to ->
              folders.empty(
                  handle, folder, to.equals(ROOT) ? null : folders.require(handle, project, to)));
          folders.delete(handle, folder);
          Audit.note(
              handle,
              call,
              "folder.delete",
              folder.id(),
              project,
              Map.of("transferToFolderId", target.orElse("")));
        });
    return Answer.none();
  }

  private Answer putInto(Call call) {
    Optional<String> folder = call.optionalText("folderId");
    return Answer.ok(
        database
            .jdbi()
            .inTransaction(handle -> {
              Workflow workflow = workflows.lockOwned(handle, call.grant(), call.path("id"));
              folder.ifPresent(id -> {
                // Nobody removes the folder before this is committed.
                folders.lock(handle, workflow.projectId());
                folders.require(handle, workflow.projectId(), id);
              });
              workflows.putInto(handle, workflow, folder.orElse(null));
              Audit.note(
                  handle,
                  call,
                  "workflow.setFolder",
                  workflow.id(),
                  workflow.projectId(),
                  Map.of("folderId", folder.orElse("")));
              return workflows
                  .find(handle, call.grant(), workflow.id())
                  .orElseThrow(() -> Workflows.none(workflow.id()));
            })
            .summary()
            .json());
  }

  private Map<String, @Nullable Object> placed(Handle handle, Folder folder) {
    Map<String, @Nullable Object> json = folder.json();
    json.put(
        "path",
        folders.path(handle, folder).stream()
            .map(one -> {
              Map<String, @Nullable Object> step = new LinkedHashMap<>();
              step.put("id", one.id());
              step.put("name", one.name());
              return step;
            })
            .toList());
    return json;
  }
}
