package dev.millrace.control.history;

import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Parameter;
import dev.millrace.control.http.Schema;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The API of executions. What is not in history is not found, also while it is only late; one that
 * runs or waits can be opened and stopped all the same. Thread-safe.
 */
public final class ExecutionRoutes {
  private static final Schema EXECUTION = ExecutionRow.fields().named("Execution");
  private static final Schema BEGUN = Schema.object().must("id", Schema.text()).named("Begun");

  private static final int PAGE = 20;
  private static final int LARGEST_PAGE = 250;

  /** Executions that are counted one by one; beyond, there are more. */
  private static final int MOST_COUNTED = 10_000;

  /** Of one request in bulk. */
  private static final int MOST_DELETED = 10_000;

  private static final int DELETED_AT_ONCE = 500;

  /** Each is waited for. */
  private static final int MOST_STOPPED = 200;

  private final History history;
  private final HistoryLag lag;
  private final Duration lagLimit;
  private final ExecutionCommands commands;
  private final Unprojected unprojected;

  /**
   * @param lagLimit how far history may be behind without the answers saying so
   * @param unprojected what has begun and is not in history yet
   */
  public ExecutionRoutes(
      History history,
      HistoryLag lag,
      Duration lagLimit,
      ExecutionCommands commands,
      Unprojected unprojected) {
    this.unprojected = unprojected;
    this.history = history;
    this.lag = lag;
    this.lagLimit = lagLimit;
    this.commands = commands;
  }

  public List<Endpoint> endpoints() {
    Access read = new Access.Project(Scope.EXECUTION_READ);
    Access stop = new Access.Project(Scope.EXECUTION_STOP);
    Access retry = new Access.Project(Scope.EXECUTION_RETRY);
    Access delete = new Access.Project(Scope.EXECUTION_DELETE);
    return List.of(
        new Endpoint(
                "GET",
                "/api/executions",
                "executions.list",
                "Executions, those that began last first",
                read,
                this::list)
            .query(FilterInput.andParameters(Parameter.limit(LARGEST_PAGE), Parameter.cursor()))
            .gives(
                Schema.object()
                    .must("data", Schema.listOf(EXECUTION))
                    .must("nextCursor", Schema.text().orNull())
                    .may("behind", HistoryLag.Lag.SCHEMA))
            .fails(ErrorCode.HISTORY_SEARCH_TOO_BROAD),
        new Endpoint(
                "GET",
                "/api/executions/count",
                "executions.count",
                "How many executions there are, up to 10,000",
                read,
                this::count)
            .query(FilterInput.andParameters())
            .gives(
                Schema.object()
                    .must("count", Schema.count())
                    .must("more", Schema.flag())
                    .may("behind", HistoryLag.Lag.SCHEMA))
            .fails(ErrorCode.HISTORY_SEARCH_TOO_BROAD),
        new Endpoint(
                "GET",
                "/api/executions/lag",
                "executions.lag",
                "How far history is behind",
                new Access.SignedIn(),
                call -> Answer.ok(lag.now().toJson()))
            .gives(HistoryLag.Lag.SCHEMA),
        new Endpoint(
                "GET",
                "/api/executions/{id}",
                "executions.get",
                "An execution, with ?data=true what its nodes answered",
                read,
                this::get)
            .query(Parameter.flag("data", "What its nodes answered too"))
            .gives(
                ExecutionRow.fields()
                    .may("data", Schema.free())
                    .may("behind", HistoryLag.Lag.SCHEMA)
                    .may("live", Schema.flag())
                    .may("state", Schema.free())
                    .named("ExecutionWithData"))
            .fails(ErrorCode.LIVE_STATE_UNAVAILABLE),
        new Endpoint(
                "DELETE",
                "/api/executions/{id}",
                "executions.delete",
                "Remove an execution that is over",
                delete,
                this::delete)
            .fails(ErrorCode.CONFLICT),
        new Endpoint(
                "POST",
                "/api/executions/delete",
                "executions.deleteMany",
                "Remove executions that are over, by ids or by filter",
                delete,
                this::deleteMany)
            .takes(
                FilterInput.fields()
                    .may("ids", Schema.listOf(Schema.text(), LARGEST_PAGE).orNull()))
            .gives(Schema.object().must("deleted", Schema.count()).must("more", Schema.flag())),
        new Endpoint(
                "POST",
                "/api/executions/{id}/stop",
                "executions.stop",
                "Stop an execution",
                stop,
                this::stop)
            .gives(
                Schema.object()
                    .must("id", Schema.text())
                    .must("status", Schema.oneOf(ExecutionStatus.names())))
            .fails(ErrorCode.UNKNOWN_EXECUTION, ErrorCode.LIVE_STATE_UNAVAILABLE),
        new Endpoint(
                "POST",
                "/api/executions/stop",
                "executions.stopMany",
                "Stop executions by filter",
                stop,
                this::stopMany)
            .takes(FilterInput.fields())
            .gives(
                Schema.object()
                    .must("stopped", Schema.count())
                    .must(
                        "failures",
                        Schema.listOf(
                            Schema.object()
                                .must("id", Schema.text())
                                .must("code", Schema.text())
                                .must("message", Schema.text())))
                    .must("more", Schema.flag())),
        new Endpoint(
                "POST",
                "/api/executions/{id}/retry",
                "executions.retry",
                "Begin an execution again where it failed",
                retry,
                this::retry)
            .takes(Schema.object().may("current", Schema.flag()))
            .creates(BEGUN)
            .fails(ErrorCode.NOT_RETRYABLE, ErrorCode.UNKNOWN_WORKFLOW),
        new Endpoint(
                "POST",
                "/api/executions/{id}/replay",
                "executions.replay",
                "Begin an execution again from a node",
                retry,
                this::replay)
            .takes(
                Schema.object()
                    .must("node", Schema.text(255))
                    .may("run", Schema.whole(0, Integer.MAX_VALUE))
                    .may("current", Schema.flag()))
            .creates(BEGUN)
            .fails(ErrorCode.NOT_RETRYABLE, ErrorCode.UNKNOWN_WORKFLOW, ErrorCode.UNKNOWN_NODE));
  }

  private Answer list(Call call) {
    Optional<ExecutionPage.Cursor> after =
        call.query("cursor")
            .map(text ->
                ExecutionPage.Cursor.of(text)
                    .orElseThrow(() -> Call.invalid("cursor must be one that was answered")));
    ExecutionPage page =
        history.list(
            call.grant(), FilterInput.ofQuery(call), after, call.limit(PAGE, LARGEST_PAGE));
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("data", page.executions().stream().map(ExecutionRow::toJson).toList());
    json.put("nextCursor", page.next().map(ExecutionPage.Cursor::text).orElse(null));
    behind().ifPresent(behind -> json.put("behind", behind));
    return Answer.ok(json);
  }

  private Answer count(Call call) {
    long counted = history.count(call.grant(), FilterInput.ofQuery(call), MOST_COUNTED + 1L);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("count", (double) Math.min(counted, MOST_COUNTED));
    json.put("more", counted > MOST_COUNTED);
    behind().ifPresent(behind -> json.put("behind", behind));
    return Answer.ok(json);
  }

  private Answer get(Call call) {
    Map<String, @Nullable Object> json = shown(call);
    behind().ifPresent(behind -> json.put("behind", behind));
    return Answer.ok(json);
  }

  private Map<String, @Nullable Object> shown(Call call) {
    String id = call.path("id");
    Optional<ExecutionRow> stored = history.find(call.grant(), id);
    if (stored.isEmpty()) {
      return new LinkedHashMap<>(
          unprojected.find(call.grant(), id).orElseThrow(() -> notFound(id)));
    }
    ExecutionRow execution = stored.get();
    Map<String, @Nullable Object> json = execution.toJson();
    if (call.flag("data")) {
      json.put("data", RunData.of(execution, history.runs(execution)));
    }
    return json;
  }

  private Answer delete(Call call) {
    ExecutionRow execution = found(call);
    if (!execution.status().over()) {
      throw new MillraceException(
          ErrorCode.CONFLICT,
          "execution " + execution.id() + " is not over; stop it before it is removed");
    }
    history.delete(call.grant(), List.of(execution.id()));
    return Answer.none();
  }

  private Answer deleteMany(Call call) {
    List<String> ids = call.texts("ids");
    if (!ids.isEmpty()) {
      if (ids.size() > LARGEST_PAGE) {
        throw Call.invalid("ids must be at most " + LARGEST_PAGE);
      }
      return deleted(history.delete(call.grant(), ids), false);
    }
    ExecutionFilter filter = over(FilterInput.ofBody(call));
    int deleted = 0;
    boolean more = !filter.statuses().isEmpty();
    while (more && deleted < MOST_DELETED) {
      ExecutionPage page = history.list(call.grant(), filter, Optional.empty(), DELETED_AT_ONCE);
      deleted +=
          history.delete(call.grant(), page.executions().stream().map(ExecutionRow::id).toList());
      more = page.next().isPresent();
    }
    return deleted(deleted, more);
  }

  /** Only what is over can be removed; what is asked for beyond is left. */
  private static ExecutionFilter over(ExecutionFilter filter) {
    Set<ExecutionStatus> over = ExecutionStatus.allOver();
    if (!filter.statuses().isEmpty()) {
      over.retainAll(filter.statuses());
    }
    return filter.withStatuses(over);
  }

  private static Answer deleted(int deleted, boolean more) {
    return Answer.ok(Map.of("deleted", (double) deleted, "more", more));
  }

  private Answer stop(Call call) {
    String id = call.path("id");
    if (history.find(call.grant(), id).isEmpty() && unprojected.find(call.grant(), id).isEmpty()) {
      throw notFound(id);
    }
    return Answer.ok(Map.of("id", id, "status", commands.stop(id).json()));
  }

  private Answer stopMany(Call call) {
    ExecutionFilter filter = FilterInput.ofBody(call);
    Set<ExecutionStatus> open = ExecutionStatus.allOpen();
    if (!filter.statuses().isEmpty()) {
      open.retainAll(filter.statuses());
    }
    if (open.isEmpty()) {
      return stopped(0, List.of(), false);
    }
    ExecutionPage page =
        history.list(call.grant(), filter.withStatuses(open), Optional.empty(), MOST_STOPPED);
    int stopped = 0;
    List<Map<String, @Nullable Object>> failures = new ArrayList<>();
    for (ExecutionRow execution : page.executions()) {
      try {
        stopped += commands.stop(execution.id()) == ExecutionStatus.CANCELED ? 1 : 0;
      } catch (MillraceException failed) {
        Map<String, @Nullable Object> failure = new LinkedHashMap<>();
        failure.put("id", execution.id());
        failure.put("code", failed.code().code());
        failure.put("message", failed.text());
        failures.add(failure);
      }
    }
    return stopped(stopped, failures, page.next().isPresent());
  }

  private static Answer stopped(
      int stopped, List<Map<String, @Nullable Object>> failures, boolean more) {
    return Answer.ok(Map.of("stopped", (double) stopped, "failures", failures, "more", more));
  }

  private Answer retry(Call call) {
    return begun(commands.retry(found(call).id(), current(call)));
  }

  private Answer replay(Call call) {
    String node = call.text("node");
    Object run = call.body().getOrDefault("run", 0.0);
    if (!(run instanceof Double index)
        || index < 0
        || index > Integer.MAX_VALUE
        || index != Math.rint(index)) {
      throw Call.invalid("run must be the index of a run, from 0");
    }
    return begun(commands.replay(found(call).id(), node, index.intValue(), current(call)));
  }

  private static boolean current(Call call) {
    Object current = call.body().getOrDefault("current", false);
    if (current instanceof Boolean chosen) {
      return chosen;
    }
    throw Call.invalid("current must be true or false");
  }

  private static Answer begun(String id) {
    return Answer.created(Map.of("id", id));
  }

  private ExecutionRow found(Call call) {
    String id = call.path("id");
    return history.find(call.grant(), id).orElseThrow(() -> notFound(id));
  }

  private static MillraceException notFound(String id) {
    return new MillraceException(ErrorCode.NOT_FOUND, "There is no execution " + id);
  }

  /** Empty as long as history is near enough; a broker that is away does not hold up a list. */
  private Optional<Map<String, @Nullable Object>> behind() {
    try {
      HistoryLag.Lag now = lag.now();
      return now.beyond(lagLimit) ? Optional.of(now.toJson()) : Optional.empty();
    } catch (MillraceException unknown) {
      if (unknown.code() != ErrorCode.BROKER_UNAVAILABLE) {
        throw unknown;
      }
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("records", null);
      json.put("seconds", null);
      return Optional.of(json);
    }
  }
}
