package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LARGEST_PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;
import static dev.millrace.control.publicapi.PublicEndpoint.PAGE;

import dev.millrace.control.history.ExecutionPage;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.workflows.WorkflowActions;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Executions: what ran, and what is to be done about it. */
final class PublicExecutions {
  /** A page of a list ends before what its nodes answered takes more than this. */
  private static final double MOST_IN_A_PAGE = 32L << 20;

  private static final Schema EXECUTION =
      Schema.object()
          .must("id", Schema.text())
          .must("finished", Schema.flag())
          .must("mode", Schema.text())
          .must("retryOf", Schema.text().orNull())
          .must("retrySuccessId", Schema.text().orNull())
          .must("startedAt", Schema.time())
          .must("stoppedAt", Schema.time().orNull())
          .must("workflowId", Schema.text())
          .must("waitTill", Schema.time().orNull())
          .must("status", Schema.text())
          .must("customData", Schema.mapOf(Schema.text()))
          .may("data", Schema.free())
          .may("workflowData", Schema.free().orNull())
          .named("PublicExecution");

  private static final Parameter INCLUDE_DATA =
      Parameter.flag("includeData", "With what the nodes answered, and the workflow as it ran");

  private final FullApi full;
  private final WorkflowActions workflows;
  private final InstantSource clock;

  PublicExecutions(FullApi full, WorkflowActions workflows, InstantSource clock) {
    this.full = full;
    this.workflows = workflows;
    this.clock = clock;
  }

  List<Endpoint> endpoints() {
    String one = "/executions/{id}";
    return List.of(
        full.shaped("GET", "/executions", "executions.list", "executions.list", this::list)
            .query(
                INCLUDE_DATA,
                new Parameter(
                    "status",
                    Schema.oneOf(
                        "canceled", "crashed", "error", "new", "running", "success", "waiting"),
                    "Where they stand"),
                Parameter.text("workflowId", "Those of a workflow"),
                Parameter.text("projectId", "Those of a project"),
                LIMIT,
                CURSOR)
            .gives(Schema.page(EXECUTION)),
        full.shaped(
                "POST",
                "/executions/stop",
                "executions.stopMany",
                "executions.stopMany",
                this::stopMany)
            .takes(
                Schema.object()
                    .must("status", Schema.listOf(Schema.oneOf("queued", "running", "waiting"), 3))
                    .may("workflowId", ID)
                    .may("startedAfter", Schema.time())
                    .may("startedBefore", Schema.time()))
            .gives(
                Schema.object()
                    .must("stopped", Schema.count())
                    .must("failed", Schema.count())
                    .must("more", Schema.flag())),
        full.shaped("GET", one, "executions.get", "executions.get", this::get)
            .query(INCLUDE_DATA)
            .gives(EXECUTION),
        full.shaped("DELETE", one, "executions.delete", "executions.delete", this::delete)
            .gives(EXECUTION),
        full.shaped("POST", one + "/retry", "executions.retry", "executions.retry", this::retry)
            .takes(Schema.object().may("loadWorkflow", Schema.flag()))
            .gives(EXECUTION),
        full.shaped("POST", one + "/stop", "executions.stop", "executions.stop", this::stop)
            .gives(EXECUTION));
  }

  private Answer list(Call call) {
    Map<String, String> query = new HashMap<>();
    for (String name : List.of("status", "workflowId", "cursor")) {
      call.query(name).ifPresent(value -> query.put(name, value));
    }
    query.put("limit", String.valueOf(call.limit(PAGE, LARGEST_PAGE)));
    Map<String, @Nullable Object> page =
        full.call("executions.list", call.within(grant(call)).withQuery(query));
    List<Map<?, ?>> rows = FullApi.rows(page.get("data"));
    String next = FullApi.text(page, "nextCursor");
    return call.flag("includeData")
        ? withData(call, rows, next)
        : Answer.page(rows.stream().map(PublicExecutions::shape).toList(), next);
  }

  /** Only the project that is asked for; that of somebody else has none. */
  private static Grant grant(Call call) {
    Optional<String> project = call.query("projectId");
    if (project.isEmpty()) {
      return call.grant();
    }
    return call.grant().covers(project.get())
        ? new Grant(false, Set.of(project.get()))
        : Grant.none();
  }

  /** As many as can be held at once, and at least one. */
  private Answer withData(Call call, List<Map<?, ?>> rows, @Nullable String next) {
    Definitions definitions = new Definitions();
    List<Map<String, @Nullable Object>> shown = new ArrayList<>();
    double bytes = 0;
    String end = "";
    for (Map<?, ?> row : rows) {
      bytes += row.get("bytes") instanceof Double size ? size : 0;
      if (bytes > MOST_IN_A_PAGE && !end.isEmpty()) {
        return Answer.page(shown, end);
      }
      String id = String.valueOf(row.get("id"));
      withData(call.withParameter("id", id), definitions).ifPresent(shown::add);
      end =
          new ExecutionPage.Cursor(Instant.parse(String.valueOf(row.get("startedAt"))), id).text();
    }
    return Answer.page(shown, next);
  }

  /** Empty where it was removed since it was listed. */
  private Optional<Map<String, @Nullable Object>> withData(Call call, Definitions definitions) {
    try {
      Map<String, @Nullable Object> execution =
          full.call("executions.get", call.withQuery(Map.of("data", "true")));
      Map<String, @Nullable Object> json = shape(execution);
      json.put("data", execution.getOrDefault("data", Map.of()));
      json.put("workflowData", definitions.of(execution));
      return Optional.of(json);
    } catch (MillraceException gone) {
      if (gone.code() == ErrorCode.NOT_FOUND) {
        return Optional.empty();
      }
      throw gone;
    }
  }

  private Answer get(Call call) {
    if (!call.flag("includeData")) {
      return Answer.ok(shape(found(call)));
    }
    return Answer.ok(
        withData(call, new Definitions())
            .orElseThrow(() ->
                new MillraceException(
                    ErrorCode.NOT_FOUND, "There is no execution " + call.path("id"))));
  }

  private Map<String, @Nullable Object> found(Call call) {
    return full.call("executions.get", call.withQuery(Map.of()));
  }

  private Answer delete(Call call) {
    Map<String, @Nullable Object> before = found(call);
    full.handler("executions.delete").handle(call);
    return Answer.ok(shape(before));
  }

  private Answer retry(Call call) {
    Map<String, @Nullable Object> before = found(call);
    boolean current = Boolean.TRUE.equals(call.body().get("loadWorkflow"));
    Instant begun = clock.instant();
    String id =
        String.valueOf(
            full.call("executions.retry", call.withBody(Map.of("current", current))).get("id"));
    try {
      return Answer.ok(shape(found(call.withParameter("id", id))));
    } catch (MillraceException notThereYet) {
      // It has begun; history has it a moment later.
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("id", id);
      json.put("finished", false);
      json.put("mode", "retry");
      json.put("retryOf", before.get("id"));
      json.put("startedAt", begun.toString());
      json.put("workflowId", before.get("workflowId"));
      json.put("status", "running");
      return Answer.ok(shape(json));
    }
  }

  private Answer stop(Call call) {
    Map<String, @Nullable Object> execution = found(call);
    Object status = full.call("executions.stop", call).get("status");
    execution.put("status", status);
    execution.put("finished", "success".equals(status));
    if (!List.of("new", "running", "waiting").contains(String.valueOf(status))) {
      execution.put("waitTill", null);
      execution.putIfAbsent("stoppedAt", clock.instant().toString());
    }
    return Answer.ok(shape(execution));
  }

  private Answer stopMany(Call call) {
    Map<String, @Nullable Object> filter = new LinkedHashMap<>(call.body());
    List<String> statuses =
        call.texts("status").stream()
            .map(status -> status.equals("queued") ? "new" : status)
            .toList();
    if (statuses.isEmpty()) {
      throw Call.invalid("status must name at least one");
    }
    filter.put("status", statuses);
    Map<String, @Nullable Object> many = full.call("executions.stopMany", call.withBody(filter));
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("stopped", many.get("stopped"));
    json.put("failed", (double) FullApi.rows(many.get("failures")).size());
    json.put("more", many.get("more"));
    return Answer.ok(json);
  }

  /** The workflows that executions ran, each looked up once. */
  private final class Definitions {
    private final Map<String, Optional<Map<String, @Nullable Object>>> known = new HashMap<>();

    @Nullable Map<String, @Nullable Object> of(Map<?, ?> execution) {
      String workflow = String.valueOf(execution.get("workflowId"));
      int version = execution.get("version") instanceof Double number ? number.intValue() : 0;
      return known
          .computeIfAbsent(workflow + "/" + version, key -> find(workflow, version))
          .orElse(null);
    }

    private Optional<Map<String, @Nullable Object>> find(String workflow, int version) {
      return workflows
          .version(workflow, version)
          .map(document -> {
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("id", workflow);
            json.putAll(document.withId(workflow).raw());
            return json;
          });
    }
  }

  /** n8n's shape of what the full API shows. */
  private static Map<String, @Nullable Object> shape(Map<?, ?> execution) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    for (String same :
        List.of("id", "finished", "mode", "retryOf", "startedAt", "stoppedAt", "workflowId")) {
      json.put(same, execution.get(same));
    }
    // What retried it is found by its retryOf.
    json.put("retrySuccessId", null);
    json.put("waitTill", execution.get("waitTill"));
    json.put("status", execution.get("status"));
    json.put("customData", execution.get("customData") instanceof Map<?, ?> data ? data : Map.of());
    return json;
  }
}
