package dev.millrace.control.live;

import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The API of what runs and waits now, answered by the engine. Thread-safe. */
public final class LiveRoutes {
  private static final int PAGE = 50;
  private static final int LARGEST_PAGE = 250;
  private static final int LONGEST_ID = 300;

  /** Counting looks at every execution: those who watch a page of counts share one look. */
  private static final Duration COUNTS_FRESH = Duration.ofSeconds(2);

  /** However many there are, no more than one part in so many of the time is spent counting. */
  private static final int SHARE_OF_TIME = 10;

  private final LiveExecutions live;
  private final ExecutionProjects projects;
  private final InstantSource clock;
  private Instant countsFreshUntil = Instant.MIN;
  private LiveExecutions.Counts counted = new LiveExecutions.Counts(List.of(), true);

  public LiveRoutes(LiveExecutions live, ExecutionProjects projects, InstantSource clock) {
    this.live = live;
    this.projects = projects;
    this.clock = clock;
  }

  public List<Endpoint> endpoints() {
    Access read = new Access.Project(Scope.EXECUTION_READ);
    Parameter workflow = Parameter.text("workflowId", "Only executions of this workflow");
    return List.of(
        new Endpoint(
                "GET",
                "/api/live/executions",
                "liveExecutions.list",
                "Executions that run or wait now, those that began first before the others",
                read,
                this::list)
            .query(
                Parameter.limit(LARGEST_PAGE),
                Parameter.cursor(),
                workflow,
                new Parameter(
                    "status", Schema.oneOf("running", "waiting"), "Only those that run, or wait"))
            .gives(
                Schema.object()
                    .must("data", Schema.listOf(execution().named("LiveExecution")))
                    .must("nextCursor", Schema.text().orNull())
                    .must("complete", Schema.flag()))
            .fails(ErrorCode.LIVE_STATE_UNAVAILABLE, ErrorCode.DATABASE_UNAVAILABLE),
        new Endpoint(
                "GET",
                "/api/live/executions/{id}",
                "liveExecutions.get",
                "Where an execution stands that runs or waits now",
                read,
                this::get)
            .gives(
                execution()
                    .must("retryOf", Schema.text().orNull())
                    .must("nodes", Schema.listOf(Schema.free()))
                    .must("queued", Schema.listOf(Schema.free()))
                    .must("timers", Schema.listOf(Schema.free()))
                    .must("tasks", Schema.listOf(Schema.free()))
                    .must("openExecutions", Schema.listOf(Schema.text()))
                    .must("customData", Schema.mapOf(Schema.text()))
                    .named("LiveExecutionState"))
            .fails(ErrorCode.LIVE_STATE_UNAVAILABLE, ErrorCode.DATABASE_UNAVAILABLE),
        new Endpoint(
                "GET",
                "/api/live/counts",
                "liveExecutions.counts",
                "How many executions run and wait now, by workflow",
                read,
                this::counts)
            .query(workflow)
            .gives(
                Schema.object()
                    .must("running", Schema.count())
                    .must("waiting", Schema.count())
                    .must("workflows", Schema.listOf(Schema.free()))
                    .must("complete", Schema.flag()))
            .fails(ErrorCode.LIVE_STATE_UNAVAILABLE, ErrorCode.DATABASE_UNAVAILABLE),
        new Endpoint(
                "GET",
                "/api/live/limits",
                "limits.list",
                "How many are in and wait at each limit, and which circuit breakers are open",
                read,
                this::limits)
            .gives(Schema.object().must("data", Schema.listOf(Schema.free())))
            .fails(ErrorCode.LIVE_STATE_UNAVAILABLE, ErrorCode.DATABASE_UNAVAILABLE));
  }

  /** What every execution has that is not over. */
  private static Schema.Fields execution() {
    Schema text = Schema.text();
    return Schema.object()
        .must("id", text)
        .must("workflowId", text)
        .must("workflowName", text.orNull())
        .must("projectId", text.orNull())
        .must("version", Schema.count())
        .must("mode", text)
        .must("status", Schema.oneOf("running", "waiting"))
        .must("startedAt", Schema.time())
        .must("changedAt", Schema.time())
        .must("ageSeconds", Schema.number())
        .must("parentId", text.orNull())
        .must("node", text.orNull())
        .must("waitsFor", Schema.free().orNull())
        .must("sequence", Schema.count())
        .must("stale", Schema.flag());
  }

  private Answer list(Call call) {
    Optional<String> after = call.query("cursor").map(LiveRoutes::cursor);
    int limit = call.limit(PAGE, LARGEST_PAGE);
    Listed listed =
        list(
            call.grant(),
            call.query("workflowId"),
            call.query("status").map(status -> status.equals("waiting")),
            after,
            limit);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("data", listed.rows());
    json.put("nextCursor", listed.page().upTo().map(LiveRoutes::cursorOf).orElse(null));
    json.put("complete", listed.page().complete());
    return Answer.ok(json);
  }

  /** A page, and its executions as callers see them. */
  private record Listed(LiveExecutions.Page page, List<Map<String, @Nullable Object>> rows) {}

  private Listed list(
      Grant grant,
      Optional<String> workflowId,
      Optional<Boolean> waiting,
      Optional<String> after,
      int limit) {
    Optional<Set<String>> workflows = projects.workflows(grant, workflowId);
    LiveExecutions.Page page =
        workflows.filter(Set::isEmpty).isPresent()
            ? new LiveExecutions.Page(List.of(), Optional.empty(), true)
            : live.list(new LiveExecutions.Wanted(workflows, waiting), after, limit);
    Map<String, ExecutionProjects.Workflow> known =
        projects.known(
            page.executions().stream().map(LiveExecution::workflowId).collect(Collectors.toSet()));
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (LiveExecution execution : page.executions()) {
      Optional<ExecutionProjects.Workflow> workflow =
          Optional.ofNullable(known.get(execution.workflowId()));
      // Asked for by workflow; it may have moved since.
      if (ExecutionProjects.covers(grant, workflow)) {
        rows.add(shown(execution, workflow));
      }
    }
    return new Listed(page, rows);
  }

  private Answer get(Call call) {
    String id = call.path("id");
    return Answer.ok(
        find(call.grant(), id)
            .orElseThrow(() ->
                new MillraceException(
                    ErrorCode.NOT_FOUND, "There is no execution " + id + " that runs or waits")));
  }

  /** An execution that is not over and that a grant covers, as callers see it. */
  Optional<Map<String, @Nullable Object>> find(Grant grant, String id) {
    return ExecutionProjects.possible(id)
        ? live.find(id).flatMap(execution -> shown(grant, execution))
        : Optional.empty();
  }

  /** An execution as callers see it; empty when a grant does not cover it. */
  Optional<Map<String, @Nullable Object>> shown(Grant grant, LiveExecution execution) {
    Optional<ExecutionProjects.Workflow> workflow = projects.known(execution.workflowId());
    return ExecutionProjects.covers(grant, workflow)
        ? Optional.of(shown(execution, workflow))
        : Optional.empty();
  }

  /**
   * The same with the fields that executions have in history, for one that is not there yet, and
   * {@code {live: true, state}}. Its bytes are not counted yet.
   */
  public Optional<Map<String, @Nullable Object>> unprojected(Grant grant, String id) {
    return find(grant, id).map(LiveRoutes::asInHistory);
  }

  private static Map<String, @Nullable Object> asInHistory(Map<String, @Nullable Object> found) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    for (String field :
        List.of("id", "workflowId", "workflowName", "version", "projectId", "mode", "status")) {
      json.put(field, found.get(field));
    }
    json.put("finished", false);
    json.put("startedAt", found.get("startedAt"));
    json.put("stoppedAt", null);
    json.put(
        "waitTill",
        "waiting".equals(found.get("status")) && found.get("waitsFor") instanceof Map<?, ?> held
            ? held.get("until")
            : null);
    json.put("retryOf", found.get("retryOf"));
    json.put("parentId", found.get("parentId"));
    json.put("lastNode", found.get("node"));
    json.put("error", null);
    json.put("customData", found.getOrDefault("customData", Map.of()));
    json.put("warnings", List.of());
    json.put("runs", runs(found.get("nodes")));
    json.put("bytes", 0.0);
    json.put("live", true);
    json.put("state", found);
    return json;
  }

  private static double runs(@Nullable Object nodes) {
    double runs = 0;
    if (nodes instanceof List<?> all) {
      for (Object node : all) {
        runs += node instanceof Map<?, ?> ran && ran.get("runs") instanceof Double n ? n : 0;
      }
    }
    return runs;
  }

  private Map<String, @Nullable Object> shown(
      LiveExecution execution, Optional<ExecutionProjects.Workflow> workflow) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>(execution.json());
    json.put("workflowName", workflow.map(ExecutionProjects.Workflow::name).orElse(null));
    json.put("projectId", workflow.map(ExecutionProjects.Workflow::projectId).orElse(null));
    long age = Duration.between(execution.startedAt(), clock.instant()).toMillis();
    json.put("ageSeconds", Math.max(0, age) / 1000.0);
    return json;
  }

  private Answer counts(Call call) {
    LiveExecutions.Counts all = counted();
    Set<String> ids =
        all.counts().stream()
            .map(LiveExecutions.Count::workflowId)
            .filter(id -> call.query("workflowId").map(id::equals).orElse(true))
            .collect(Collectors.toSet());
    Map<String, ExecutionProjects.Workflow> known = projects.known(ids);
    long running = 0;
    long waiting = 0;
    List<Map<String, @Nullable Object>> rows = new ArrayList<>();
    for (LiveExecutions.Count count : all.counts()) {
      Optional<ExecutionProjects.Workflow> workflow =
          Optional.ofNullable(known.get(count.workflowId()));
      if (!ids.contains(count.workflowId()) || !ExecutionProjects.covers(call.grant(), workflow)) {
        continue;
      }
      running += count.running();
      waiting += count.waiting();
      Map<String, @Nullable Object> row = new LinkedHashMap<>();
      row.put("workflowId", count.workflowId());
      row.put("workflowName", workflow.map(ExecutionProjects.Workflow::name).orElse(null));
      row.put("projectId", workflow.map(ExecutionProjects.Workflow::projectId).orElse(null));
      row.put("running", (double) count.running());
      row.put("waiting", (double) count.waiting());
      row.put("oldest", count.oldest().toString());
      rows.add(row);
    }
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("running", (double) running);
    json.put("waiting", (double) waiting);
    json.put("workflows", rows);
    json.put("complete", all.complete());
    return Answer.ok(json);
  }

  private synchronized LiveExecutions.Counts counted() {
    if (!clock.instant().isBefore(countsFreshUntil)) {
      long began = System.nanoTime();
      counted = live.counts();
      Duration took = Duration.ofNanos(System.nanoTime() - began).multipliedBy(SHARE_OF_TIME);
      countsFreshUntil =
          clock.instant().plus(took.compareTo(COUNTS_FRESH) < 0 ? COUNTS_FRESH : took);
    }
    return counted;
  }

  private Answer limits(Call call) {
    List<LiveExecutions.Limit> all = live.limits();
    Set<String> candidates = new HashSet<>();
    all.forEach(limit -> candidates.addAll(workflowsOf(limit.name())));
    Map<String, ExecutionProjects.Workflow> known =
        call.grant().everything() ? Map.of() : projects.known(candidates);
    return Answer.ok(
        Map.of(
            "data",
            all.stream()
                .filter(limit -> shows(call.grant(), limit, known))
                .map(LiveExecutions.Limit::json)
                .toList()));
  }

  /** Those of credentials are shared by whatever uses them: only who sees everything sees them. */
  private static boolean shows(
      Grant grant, LiveExecutions.Limit limit, Map<String, ExecutionProjects.Workflow> known) {
    if (grant.everything()) {
      return true;
    }
    Set<String> workflows = workflowsOf(limit.name());
    workflows.retainAll(known.keySet());
    return !workflows.isEmpty()
        && workflows.stream()
            .allMatch(id -> ExecutionProjects.covers(grant, Optional.ofNullable(known.get(id))));
  }

  /** The workflows that a limit may be of: ids and names of nodes may have colons. */
  private static Set<String> workflowsOf(String limit) {
    Set<String> ids = new LinkedHashSet<>();
    if (limit.startsWith("workflow:")) {
      ids.add(limit.substring("workflow:".length()));
    } else if (limit.startsWith("node:")) {
      String rest = limit.substring("node:".length());
      for (int colon = rest.indexOf(':'); colon > 0; colon = rest.indexOf(':', colon + 1)) {
        ids.add(rest.substring(0, colon));
      }
    }
    return ids;
  }

  private static String cursorOf(String id) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(id.getBytes(StandardCharsets.UTF_8));
  }

  private static String cursor(String text) {
    try {
      String id = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
      if (id.length() <= LONGEST_ID
          && id.chars().noneMatch(Character::isISOControl)
          && cursorOf(id).equals(text)) {
        return id;
      }
    } catch (IllegalArgumentException notBase64) {
      // Told below.
    }
    throw Call.invalidCursor();
  }
}
