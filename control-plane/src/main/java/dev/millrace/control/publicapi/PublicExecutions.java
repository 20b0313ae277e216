package dev.millrace.control.publicapi;

import static dev.millrace.control.publicapi.PublicEndpoint.CURSOR;
import static dev.millrace.control.publicapi.PublicEndpoint.ID;
import static dev.millrace.control.publicapi.PublicEndpoint.LARGEST_PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.LIMIT;
import static dev.millrace.control.publicapi.PublicEndpoint.PAGE;
import static dev.millrace.control.publicapi.PublicEndpoint.inProjects;

import dev.millrace.control.access.Scope;
import dev.millrace.control.history.ExecutionFilter;
import dev.millrace.control.history.ExecutionPage;
import dev.millrace.control.history.ExecutionRow;
import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.history.Executions;
import dev.millrace.control.history.FilterInput;
import dev.millrace.control.history.History;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.control.workflows.WorkflowActions;
import dev.millrace.error.ErrorCode;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
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
  private static final long MOST_IN_A_PAGE = 32L << 20;

  private static final Schema.Fields EXECUTION_FIELDS =
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
          .may("workflowData", Schema.free().orNull());

  private static final Schema EXECUTION = EXECUTION_FIELDS.named("PublicExecution");

  /** What begins is new, runs or waits for the engine. */
  private static final Map<String, ExecutionStatus> STOPPABLE =
      Map.of(
          "queued", ExecutionStatus.NEW,
          "running", ExecutionStatus.RUNNING,
          "waiting", ExecutionStatus.WAITING);

  private static final Parameter INCLUDE_DATA =
      Parameter.flag("includeData", "With what the nodes answered, and the workflow as it ran");

  private final History history;
  private final Executions executions;
  private final WorkflowActions workflows;
  private final InstantSource clock;

  PublicExecutions(
      History history, Executions executions, WorkflowActions workflows, InstantSource clock) {
    this.history = history;
    this.executions = executions;
    this.workflows = workflows;
    this.clock = clock;
  }

  List<Endpoint> endpoints() {
    String one = "/executions/{id}";
    return List.of(
        inProjects(
                "GET",
                "/executions",
                "executions.list",
                "Executions, those that began last first",
                Scope.EXECUTION_READ,
                this::list)
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
            .gives(Schema.page(EXECUTION))
            .fails(ErrorCode.HISTORY_SEARCH_TOO_BROAD),
        inProjects(
                "POST",
                "/executions/stop",
                "executions.stopMany",
                "Stops executions by filter",
                Scope.EXECUTION_STOP,
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
                    .must("more", Schema.flag()))
            .fails(ErrorCode.HISTORY_SEARCH_TOO_BROAD),
        inProjects(
                "GET",
                one,
                "executions.get",
                "One execution",
                Scope.EXECUTION_READ,
                call ->
                    Answer.ok(
                        shown(
                            executions.get(call.grant(), call.path("id")),
                            call.flag("includeData") ? new Definitions() : null)))
            .query(INCLUDE_DATA)
            .gives(EXECUTION),
        inProjects(
                "DELETE",
                one,
                "executions.delete",
                "Removes an execution that is over",
                Scope.EXECUTION_DELETE,
                call -> Answer.ok(shape(executions.delete(call.grant(), call.path("id")))))
            .gives(EXECUTION)
            .fails(ErrorCode.CONFLICT),
        inProjects(
                "POST",
                one + "/retry",
                "executions.retry",
                "Begins an execution again where it failed",
                Scope.EXECUTION_RETRY,
                this::retry)
            .takes(Schema.object().may("loadWorkflow", Schema.flag()))
            .gives(EXECUTION)
            .fails(
                ErrorCode.NOT_RETRYABLE, ErrorCode.UNKNOWN_EXECUTION, ErrorCode.EXECUTION_TIMEOUT),
        inProjects(
                "POST",
                one + "/stop",
                "executions.stop",
                "Stops an execution",
                Scope.EXECUTION_STOP,
                this::stop)
            .gives(EXECUTION)
            .fails(
                ErrorCode.NOT_RETRYABLE, ErrorCode.UNKNOWN_EXECUTION, ErrorCode.EXECUTION_TIMEOUT));
  }

  private Answer list(Call call) {
    ExecutionFilter filter = ExecutionFilter.ALL;
    Optional<String> workflow = call.query("workflowId");
    if (workflow.isPresent()) {
      filter = filter.withWorkflow(workflow.get());
    }
    Optional<ExecutionStatus> status = call.query("status").flatMap(ExecutionStatus::of);
    if (status.isPresent()) {
      filter = filter.withStatuses(EnumSet.of(status.get()));
    }
    ExecutionPage page =
        history.list(
            within(call),
            filter,
            call.query("cursor")
                .map(text ->
                    ExecutionPage.Cursor.of(text).orElseThrow(Call::invalidCursor)),
            call.limit(PAGE, LARGEST_PAGE));
    return call.flag("includeData")
        ? withData(page)
        : answer(
            page.executions().stream().map(PublicExecutions::shape).toList(), page.next());
  }

  /** Only those of the project that is asked for; that of somebody else has none. */
  private static Grant within(Call call) {
    return call.query("projectId")
        .map(project ->
            call.grant().covers(project)
                ? new Grant(false, Set.of(project))
                : Grant.none())
        .orElse(call.grant());
  }

  /** As many as can be held at once, and at least one. */
  private Answer withData(ExecutionPage page) {
    Definitions definitions = new Definitions();
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    long bytes = 0;
    for (ExecutionRow execution : page.executions()) {
      if (!rows.isEmpty() && bytes + execution.bytes() > MOST_IN_A_PAGE) {
        ExecutionRow last = page.executions().get(rows.size() - 1);
        return answer(
            rows, Optional.of(new ExecutionPage.Cursor(last.startedAt(), last.id())));
      }
      bytes += execution.bytes();
      rows.add(shown(execution, definitions));
    }
    return answer(rows, page.next());
  }

  private static Answer answer(
      List<Map<String, @Nullable Object>> rows, Optional<ExecutionPage.Cursor> next) {
    return Answer.page(rows, next.map(ExecutionPage.Cursor::text).orElse(null));
  }

  private Answer retry(Call call) {
    ExecutionRow before = executions.get(call.grant(), call.path("id"));
    boolean current = Boolean.TRUE.equals(call.body().get("loadWorkflow"));
    Instant begun = clock.instant();
    String id = executions.retry(call.grant(), before.id(), current);
    // History has it a moment later.
    return Answer.ok(
        history
            .find(call.grant(), id)
            .map(PublicExecutions::shape)
            .orElseGet(
                () -> shape(id, "retry", before.id(), before.workflowId(), begun)));
  }

  private Answer stop(Call call) {
    Executions.Stopped stopped = executions.stop(call.grant(), call.path("id"));
    ExecutionRow before = stopped.execution();
    Map<String, @Nullable Object> json = shape(before);
    json.put("status", stopped.status().json());
    json.put("finished", stopped.status() == ExecutionStatus.SUCCESS);
    if (stopped.status().over()) {
      Instant end = before.stoppedAt();
      json.put("stoppedAt", (end == null ? clock.instant() : end).toString());
      json.put("waitTill", null);
    }
    return Answer.ok(json);
  }

  private Answer stopMany(Call call) {
    Set<ExecutionStatus> statuses = EnumSet.noneOf(ExecutionStatus.class);
    call.texts("status")
        .forEach(name -> Optional.ofNullable(STOPPABLE.get(name)).ifPresent(statuses::add));
    if (statuses.isEmpty()) {
      throw Call.invalid("status must name at least one");
    }
    ExecutionFilter filter =
        ExecutionFilter.ALL
            .withStatuses(statuses)
            .between(time(call, "startedAfter"), time(call, "startedBefore"));
    Optional<String> workflow = call.optionalText("workflowId");
    Executions.StoppedMany many =
        executions.stopMany(
            call.grant(), workflow.isPresent() ? filter.withWorkflow(workflow.get()) : filter);
    return Answer.ok(
        Map.of(
            "stopped",
            (double) many.stopped(),
            "failed",
            (double) many.failures().size(),
            "more",
            many.more()));
  }

  private static Optional<Instant> time(Call call, String field) {
    return call.optionalText(field).map(text -> FilterInput.instant(field, text));
  }

  /** The workflows that executions ran, each looked up once. */
  private final class Definitions {
    private final Map<String, Optional<Map<String, @Nullable Object>>> known = new HashMap<>();

    @Nullable Map<String, @Nullable Object> of(ExecutionRow execution) {
      return known
          .computeIfAbsent(
              execution.workflowId() + "/" + execution.version(), key -> find(execution))
          .orElse(null);
    }

    private Optional<Map<String, @Nullable Object>> find(ExecutionRow execution) {
      return workflows
          .version(execution.workflowId(), execution.version())
          .map(document -> {
            Map<String, @Nullable Object> json = new LinkedHashMap<>();
            json.put("id", execution.workflowId());
            json.putAll(document.withId(execution.workflowId()).raw());
            return json;
          });
    }
  }

  /**
   * @param definitions null where no data are asked for
   */
  private Map<String, @Nullable Object> shown(
      ExecutionRow execution, @Nullable Definitions definitions) {
    Map<String, @Nullable Object> json = shape(execution);
    if (definitions != null) {
      json.put("data", executions.data(execution));
      json.put("workflowData", definitions.of(execution));
    }
    return json;
  }

  private static Map<String, @Nullable Object> shape(ExecutionRow execution) {
    Map<String, @Nullable Object> json =
        shape(
            execution.id(),
            execution.mode(),
            execution.retryOf(),
            execution.workflowId(),
            execution.startedAt());
    json.put("finished", execution.status() == ExecutionStatus.SUCCESS);
    json.put("stoppedAt", text(execution.stoppedAt()));
    json.put("waitTill", text(execution.waitTill()));
    json.put("status", execution.status().json());
    json.put("customData", execution.customData());
    return json;
  }

  /** One that has just begun. */
  private static Map<String, @Nullable Object> shape(
      String id, String mode, @Nullable String retryOf, String workflowId, Instant startedAt) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("finished", false);
    json.put("mode", mode);
    json.put("retryOf", retryOf);
    // What retried it is found by its retryOf.
    json.put("retrySuccessId", null);
    json.put("startedAt", startedAt.toString());
    json.put("stoppedAt", null);
    json.put("workflowId", workflowId);
    json.put("waitTill", null);
    json.put("status", ExecutionStatus.RUNNING.json());
    json.put("customData", Map.of());
    return json;
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }
}
