package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LARGEST_PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;
import static dev.millrace.control.publicapi.PublicEndpoint.PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.inProjects;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.workflows.Workflow;
import dev.millrace.control.workflows.WorkflowActions;
import dev.millrace.control.workflows.WorkflowActions.WhenPublished;
import dev.millrace.control.workflows.WorkflowFilter;
import dev.millrace.control.workflows.WorkflowRevisions;
import dev.millrace.control.workflows.Workflows;
import dev.millrace.error.ErrorCode;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Workflows, and their way through life. */
final class PublicWorkflows {
  /** A page of a list ends before its drafts take more than this. */
  private static final long MOST_IN_A_PAGE = 32L << 20;

  private static final int LONGEST_NAME = 255;

  /** What of a body goes into the document; the rest of the document stays. */
  private static final List<String> OF_THE_DOCUMENT =
      List.of("name", "nodes", "connections", "settings", "staticData", "pinData", "description");

  /** As n8n has it: what is not among these can be read alone, or is not known. */
  private static final Schema.Fields DRAFT =
      Schema.object()
          .must("name", Schema.text(LONGEST_NAME))
          .must("nodes", Schema.listOf(Schema.free()))
          .must("connections", Schema.free())
          .must("settings", Schema.free())
          .may("staticData", Schema.either(Schema.free(), Schema.text()).orNull())
          .may("pinData", Schema.free().orNull())
          .may("description", Schema.text().orNull())
          // Taken and without effect, as in n8n.
          .may("shared", Schema.listOf(Schema.any()));

  private static final Schema WORKFLOW =
      Schema.object()
          .must("id", Schema.text())
          .must("name", Schema.text())
          .must("active", Schema.flag())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time())
          .must("isArchived", Schema.flag())
          .must("versionId", Schema.text())
          .must("activeVersionId", Schema.text().orNull())
          .must("nodes", Schema.listOf(Schema.free()))
          .must("connections", Schema.any())
          .must("settings", Schema.any())
          .must("staticData", Schema.any())
          .must("tags", Schema.listOf(TagRows.TAG))
          .andOthers()
          .named("PublicWorkflow");

  private static final Schema.Fields VERSION =
      Schema.object()
          .must("versionId", Schema.text())
          .must("workflowId", Schema.text())
          .must("authors", Schema.text())
          .must("createdAt", Schema.time())
          .must("updatedAt", Schema.time());

  private static final Schema WHICH = Schema.object().may("versionId", ID);

  /** What can be wrong with a workflow that is to run. */
  private static final ErrorCode[] UNFIT = {
    ErrorCode.INVALID_WORKFLOW,
    ErrorCode.UNKNOWN_NODE_TYPE,
    ErrorCode.NO_START_NODE,
    ErrorCode.INVALID_SCHEDULE,
    ErrorCode.WEBHOOK_CONFLICT,
    ErrorCode.JSON_LIMIT,
    ErrorCode.CONFLICT
  };

  private final Workflows workflows;
  private final WorkflowActions actions;
  private final WorkflowRevisions revisions;
  private final TagRows tags;

  PublicWorkflows(
      Workflows workflows, WorkflowActions actions, WorkflowRevisions revisions, TagRows tags) {
    this.workflows = workflows;
    this.actions = actions;
    this.revisions = revisions;
    this.tags = tags;
  }

  List<Endpoint> endpoints() {
    String one = "/workflows/{id}";
    return List.of(
        inProjects(
                "GET",
                "/workflows",
                "workflows.list",
                "Workflows, those changed last first",
                Scope.WORKFLOW_READ,
                this::list)
            .query(
                Parameter.flag("active", "Those that are published, or the others"),
                Parameter.text("tags", "Names with commas: those that have every one"),
                Parameter.text("name", "A part of the name"),
                Parameter.text("projectId", "Those of a project"),
                Parameter.flag("excludePinnedData", "Leave pinned data out"),
                LIMIT,
                CURSOR)
            .gives(Schema.page(WORKFLOW)),
        inProjects(
                "POST",
                "/workflows",
                "workflows.create",
                "Makes a workflow, in the project named or one's own",
                Scope.WORKFLOW_CREATE,
                this::create)
            .takes(DRAFT.may("projectId", ID))
            .gives(WORKFLOW)
            .fails(ErrorCode.NOT_FOUND, ErrorCode.INVALID_WORKFLOW),
        inProjects(
                "GET",
                one,
                "workflows.get",
                "One workflow with its draft",
                Scope.WORKFLOW_READ,
                this::get)
            .query(Parameter.flag("excludePinnedData", "Leave pinned data out"))
            .gives(WORKFLOW),
        inProjects(
                "PUT",
                one,
                "workflows.update",
                "Saves a new draft; of a workflow that is published it runs from then on",
                Scope.WORKFLOW_UPDATE,
                this::update)
            .takes(DRAFT)
            .gives(WORKFLOW)
            .fails(UNFIT),
        inProjects(
                "DELETE",
                one,
                "workflows.delete",
                "Removes a workflow; what runs goes on",
                Scope.WORKFLOW_DELETE,
                call -> shown(actions.delete(call, call.path("id"))))
            .gives(WORKFLOW),
        activation("activate"),
        activation("publish"),
        deactivation("deactivate"),
        deactivation("unpublish"),
        inProjects(
                "POST",
                one + "/archive",
                "workflows.archive",
                "Withdraws a workflow and marks it as archived",
                Scope.WORKFLOW_DELETE,
                call -> shown(actions.archive(call, call.path("id"), true)))
            .gives(WORKFLOW),
        inProjects(
                "POST",
                one + "/unarchive",
                "workflows.unarchive",
                "Takes that mark back",
                Scope.WORKFLOW_DELETE,
                call -> shown(actions.archive(call, call.path("id"), false)))
            .gives(WORKFLOW),
        inProjects(
                "PUT",
                one + "/transfer",
                "workflows.transfer",
                "Gives a workflow to another project in which one may do so too",
                Scope.WORKFLOW_MOVE,
                call ->
                    shown(actions.move(call, call.path("id"), call.text("destinationProjectId"))))
            .takes(Schema.object().must("destinationProjectId", ID))
            .gives(WORKFLOW),
        inProjects(
                "GET",
                one + "/history",
                "workflows.history",
                "Every draft that was saved, the last first",
                Scope.WORKFLOW_READ,
                this::history)
            .query(LIMIT, CURSOR)
            .gives(Schema.page(VERSION)),
        version(one + "/versions/{versionId}", "workflows.version"),
        // Behind all that have a name in the same place.
        version(one + "/{versionId}", "workflows.versionInShort"));
  }

  private Endpoint activation(String action) {
    return inProjects(
            "POST",
            "/workflows/{id}/" + action,
            "workflows." + action,
            "Makes the draft, or an older one, the version that runs",
            Scope.WORKFLOW_PUBLISH,
            this::activate)
        .takes(WHICH)
        .gives(WORKFLOW)
        .fails(UNFIT);
  }

  private Endpoint deactivation(String action) {
    return inProjects(
            "POST",
            "/workflows/{id}/" + action,
            "workflows." + action,
            "Nothing starts it any more; what runs goes on",
            Scope.WORKFLOW_PUBLISH,
            call -> shown(actions.withdraw(call, call.path("id"))))
        .gives(WORKFLOW);
  }

  private Endpoint version(String path, String id) {
    return inProjects(
            "GET", path, id, "A draft as it was saved", Scope.WORKFLOW_READ, this::version)
        .gives(
            VERSION.must("nodes", Schema.listOf(Schema.free())).must("connections", Schema.any()));
  }

  private Answer list(Call call) {
    WorkflowFilter filter =
        new WorkflowFilter(
            call.query("name").orElse(""),
            call.query("tags").map(PublicWorkflows::names).orElse(List.of()),
            call.query("projectId"),
            Optional.empty(),
            call.query("active").map(any -> call.flag("active")),
            Optional.empty());
    Workflows.Page page =
        workflows.page(
            call.grant(),
            filter,
            call.query("cursor").map(Workflows.After::of),
            call.limit(PAGE, LARGEST_PAGE),
            MOST_IN_A_PAGE);
    return Answer.page(
        shapes(page.workflows(), call.flag("excludePinnedData")),
        page.next().map(Workflows.After::text).orElse(null));
  }

  private static List<String> names(String commas) {
    return Arrays.stream(commas.split(","))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .distinct()
        .toList();
  }

  private Answer create(Call call) {
    WorkflowDocument document = document(call, Map.of());
    return shown(actions.create(call, call.optionalText("projectId"), document));
  }

  private Answer get(Call call) {
    Workflow found = actions.get(call, call.path("id"));
    return Answer.ok(shapes(List.of(found), call.flag("excludePinnedData")).getFirst());
  }

  private Answer update(Call call) {
    return shown(
        actions.update(
            call,
            call.path("id"),
            WhenPublished.REPUBLISH,
            before -> document(call, before.raw())));
  }

  private static WorkflowDocument document(Call call, Map<String, @Nullable Object> before) {
    Map<String, @Nullable Object> raw = new LinkedHashMap<>(before);
    OF_THE_DOCUMENT.forEach(field -> {
      if (call.body().containsKey(field)) {
        raw.put(field, call.body().get(field));
      }
    });
    // Old clients send it as it was stored.
    if (raw.get("staticData") instanceof String text) {
      Object parsed = text.isBlank() ? null : Json.parse(text);
      if (parsed != null && !(parsed instanceof Map)) {
        throw Call.invalid("staticData must be an object");
      }
      raw.put("staticData", parsed);
    }
    return WorkflowDocument.of(raw);
  }

  private Answer activate(Call call) {
    String id = call.path("id");
    return shown(
        actions.publish(call, id, call.optionalText("versionId").map(text -> revision(id, text))));
  }

  private Answer history(Call call) {
    String id = call.path("id");
    Workflow workflow = actions.get(call, id);
    int limit = call.limit(PAGE, LARGEST_PAGE);
    int below = call.query("cursor").map(PublicWorkflows::below).orElse(Integer.MAX_VALUE);
    List<WorkflowRevisions.Revision> found =
        revisions.list(call.grant(), workflow.id(), below, limit);
    return Answer.page(
        found.stream().map(PublicWorkflows::outline).toList(),
        found.size() < limit ? null : String.valueOf(found.getLast().number()));
  }

  private static int below(String cursor) {
    return number(cursor).orElseThrow(Call::invalidCursor);
  }

  private Answer version(Call call) {
    String id = call.path("id");
    String wanted = call.path("versionId");
    WorkflowRevisions.Revision found =
        revisions
            .find(call.grant(), id, revision(id, wanted))
            .orElseThrow(() -> WorkflowRevisions.none(id, wanted));
    Map<String, @Nullable Object> json = outline(found);
    WorkflowDocument document = document(found.document());
    json.put("nodes", document.raw().get("nodes"));
    json.put("connections", document.raw().getOrDefault("connections", Map.of()));
    return Answer.ok(json);
  }

  private static Map<String, @Nullable Object> outline(WorkflowRevisions.Revision revision) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("versionId", String.valueOf(revision.number()));
    json.put("workflowId", revision.workflowId());
    json.put("authors", revision.author());
    json.put("createdAt", revision.savedAt().toString());
    json.put("updatedAt", revision.savedAt().toString());
    return json;
  }

  private static int revision(String id, String text) {
    return number(text).orElseThrow(() -> WorkflowRevisions.none(id, text));
  }

  private static Optional<Integer> number(String text) {
    return text.matches("[1-9][0-9]{0,8}") ? Optional.of(Integer.parseInt(text)) : Optional.empty();
  }

  private static WorkflowDocument document(String json) {
    return WorkflowDocument.of(Json.parseObject(json.getBytes(UTF_8)));
  }

  private Answer shown(Workflow workflow) {
    return Answer.ok(shapes(List.of(workflow), false).getFirst());
  }

  /** n8n's shape of some workflows, with what belongs to them looked up at once. */
  private List<Map<String, @Nullable Object>> shapes(List<Workflow> found, boolean withoutPins) {
    Map<String, Integer> running =
        revisions.published(
            found.stream()
                .filter(workflow -> workflow.published().isPresent())
                .map(Workflow::id)
                .collect(Collectors.toSet()));
    Map<String, Map<String, @Nullable Object>> named =
        tags.byName(
            found.stream()
                .flatMap(workflow -> workflow.summary().tags().stream())
                .collect(Collectors.toSet()));
    return found.stream()
        .map(workflow -> {
          Map<String, @Nullable Object> json = shape(workflow, running.get(workflow.id()));
          if (withoutPins) {
            json.remove("pinData");
          }
          json.put(
              "tags",
              workflow.summary().tags().stream()
                  .flatMap(name -> Optional.ofNullable(named.get(name)).stream())
                  .toList());
          return json;
        })
        .toList();
  }

  private static Map<String, @Nullable Object> shape(Workflow workflow, @Nullable Integer running) {
    Map<String, @Nullable Object> document = document(workflow.document()).raw();
    String createdAt = workflow.summary().createdAt().toString();
    String updatedAt = workflow.summary().updatedAt().toString();
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", workflow.id());
    json.put("name", workflow.summary().name());
    json.put("description", document.get("description"));
    json.put("active", workflow.published().isPresent());
    json.put("createdAt", createdAt);
    json.put("updatedAt", updatedAt);
    json.put("isArchived", workflow.archived());
    json.put("versionId", String.valueOf(workflow.revision()));
    json.put("activeVersionId", running == null ? null : String.valueOf(running));
    json.put("nodes", document.get("nodes"));
    json.put("connections", document.getOrDefault("connections", Map.of()));
    json.put("settings", document.getOrDefault("settings", Map.of()));
    json.put("staticData", document.get("staticData"));
    json.put("meta", document.get("meta"));
    json.put("pinData", document.get("pinData"));
    Map<String, @Nullable Object> owner = new LinkedHashMap<>();
    owner.put("role", "workflow:owner");
    owner.put("workflowId", workflow.id());
    owner.put("projectId", workflow.projectId());
    owner.put("createdAt", createdAt);
    owner.put("updatedAt", updatedAt);
    json.put("shared", List.of(owner));
    return json;
  }
}
