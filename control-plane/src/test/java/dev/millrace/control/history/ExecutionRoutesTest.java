package dev.millrace.control.history;

import static dev.millrace.control.history.EventStream.BEGIN;
import static dev.millrace.control.history.EventStream.ended;
import static dev.millrace.control.history.EventStream.ran;
import static dev.millrace.control.history.EventStream.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.history.postgres.PostgresHistory;
import dev.millrace.control.http.Access;
import dev.millrace.control.http.Answer;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(PostgresExtension.class)
final class ExecutionRoutesTest {
  private static final Grant ONE = new Grant(false, Set.of("one"));
  private static final Grant TWO = new Grant(false, Set.of("two"));

  private final History history;
  private final EventStream stream = new EventStream();
  private final Map<Integer, Long> ends = new HashMap<>();
  private final Commands commands = new Commands();
  private final ExecutionRoutes routes;

  /** An engine that remembers what it was asked. */
  private static final class Commands implements ExecutionCommands {
    private final List<String> asked = new ArrayList<>();

    @Override
    public ExecutionStatus stop(String executionId) {
      asked.add("stop " + executionId);
      if (executionId.startsWith("stuck")) {
        throw new MillraceException(ErrorCode.EXECUTION_TIMEOUT, "no engine answers");
      }
      return ExecutionStatus.CANCELED;
    }

    @Override
    public String retry(String executionId, boolean current) {
      asked.add("retry " + executionId + " " + current);
      return "new one";
    }

    @Override
    public String replay(String executionId, String node, int run, boolean current) {
      asked.add("replay " + executionId + " " + node + " " + run + " " + current);
      return "new one";
    }
  }

  ExecutionRoutesTest(Database database) {
    history = new PostgresHistory(database);
    InstantSource clock = InstantSource.fixed(BEGIN.plusSeconds(60));
    routes =
        new ExecutionRoutes(
            history,
            new HistoryLag(history, () -> Map.copyOf(ends), clock),
            Duration.ofSeconds(10),
            commands,
            (grant, id) ->
                id.equals("late") && grant.covers("one")
                    ? Optional.of(Map.of("id", "late", "status", "running", "live", true))
                    : Optional.empty());
  }

  @BeforeEach
  void fill() {
    stream.append(
        0,
        "good",
        "flow",
        BEGIN,
        started("webhook", BEGIN),
        ran("Set", 0, 0, BEGIN, "{\"a\":1}"),
        ended("success", null, BEGIN.plusMillis(4)));
    stream.append(
        0,
        "bad",
        "flow",
        BEGIN,
        started("webhook", BEGIN.plusSeconds(1)),
        ended("error", "{\"message\":\"it broke\",\"node\":\"Set\"}", BEGIN.plusSeconds(2)));
    stream.append(0, "running", "flow", BEGIN, started("webhook", BEGIN.plusSeconds(2)));
    stream.append(0, "stuck", "flow", BEGIN, started("webhook", BEGIN.plusSeconds(3)));
    stream.append(0, "foreign", "other", BEGIN, started("webhook", BEGIN.plusSeconds(4)));
    Projector projector =
        new Projector(
            history,
            ids ->
                Map.of(
                    "flow",
                    new KnownWorkflows.Known("A flow", Optional.of("one"), SavePolicy.EVERYTHING),
                    "other",
                    new KnownWorkflows.Known("Other", Optional.of("two"), SavePolicy.EVERYTHING)),
            SavePolicy.EVERYTHING,
            stream.serdes(),
            InstantSource.fixed(BEGIN));
    projector.begin(0, Position.NONE);
    projector.project(stream.all());
    ends.putAll(stream.ends());
  }

  private Map<String, @Nullable Object> answer(
      String id, Grant grant, Map<String, String> path, Map<String, String> query, String body) {
    Endpoint endpoint =
        routes.endpoints().stream().filter(each -> each.id().equals(id)).findFirst().orElseThrow();
    Call call =
        new Call(
            Optional.empty(),
            grant,
            path,
            query,
            header -> Optional.empty(),
            EventStream.utf8(body).array(),
            "127.0.0.1");
    endpoint.check(call);
    Answer answer = endpoint.handler().handle(call);
    return answer.body().length == 0 ? Map.of() : Json.parseObject(answer.body());
  }

  private Map<String, @Nullable Object> list(Grant grant, Map<String, String> query) {
    return answer("executions.list", grant, Map.of(), query, "");
  }

  private Map<String, @Nullable Object> on(String endpoint, String id, String body) {
    return answer(endpoint, ONE, Map.of("id", id), Map.of(), body);
  }

  private static List<@Nullable Object> ids(Map<String, @Nullable Object> answer) {
    List<@Nullable Object> ids = new ArrayList<>();
    if (answer.get("data") instanceof List<?> rows) {
      rows.forEach(row -> ids.add(row instanceof Map<?, ?> map ? map.get("id") : row));
    }
    return ids;
  }

  private static void refused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(MillraceException.class)
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(code);
  }

  @Test
  void listsByPageAndFilter() {
    assertThat(ids(list(Grant.all(), Map.of())))
        .containsExactly("foreign", "stuck", "running", "bad", "good");
    Map<String, @Nullable Object> page = list(ONE, Map.of("limit", "3"));
    assertThat(ids(page)).containsExactly("stuck", "running", "bad");
    assertThat(
            ids(list(ONE, Map.of("limit", "3", "cursor", String.valueOf(page.get("nextCursor"))))))
        .containsExactly("good");
    assertThat(ids(list(ONE, Map.of("status", "error,success")))).containsExactly("bad", "good");
    assertThat(ids(list(ONE, Map.of("error", "BROKE", "failedNode", "Set"))))
        .containsExactly("bad");
    assertThat(ids(list(ONE, Map.of("node", "Set", "workflowId", "flow")))).containsExactly("good");
    assertThat(
            ids(
                list(
                    ONE,
                    Map.of(
                        "startedAfter", "2026-03-10T13:00:01+01:00",
                        "startedBefore", "2026-03-10T12:00:03Z"))))
        .containsExactly("running", "bad");
    assertThat(answer("executions.count", ONE, Map.of(), Map.of("status", "running"), ""))
        .isEqualTo(Map.of("count", 2.0, "more", false));
  }

  @Test
  void opensAndStopsWhatIsNotInHistoryYet() {
    assertThat(on("executions.get", "late", "")).containsEntry("live", true);
    assertThat(on("executions.stop", "late", "{}")).containsEntry("status", "canceled");
    assertThat(commands.asked).containsExactly("stop late");
    refused(
        ErrorCode.NOT_FOUND,
        () -> answer("executions.get", TWO, Map.of("id", "late"), Map.of(), ""));
    refused(
        ErrorCode.NOT_FOUND,
        () -> answer("executions.stop", TWO, Map.of("id", "late"), Map.of(), "{}"));
  }

  @Test
  void namesWhatItCannotTake() {
    for (Map<String, String> query :
        List.of(
            Map.of("status", "splendid"),
            Map.of("limit", "0"),
            Map.of("limit", "251"),
            Map.of("cursor", "%%%"),
            Map.of("cursor", "AAAA"),
            Map.of("error", "ab"),
            Map.of("customValue", "1"),
            Map.of("startedAfter", "yesterday"),
            Map.of("startedAfter", "-99999-01-01T00:00:00Z"))) {
      refused(ErrorCode.INVALID_INPUT, () -> list(ONE, query));
    }
    refused(ErrorCode.INVALID_INPUT, () -> on("executions.replay", "bad", "{\"run\":0}"));
    refused(
        ErrorCode.INVALID_INPUT,
        () -> on("executions.replay", "bad", "{\"node\":\"Set\",\"run\":0.5}"));
    refused(ErrorCode.INVALID_INPUT, () -> on("executions.retry", "bad", "{\"current\":1}"));
    refused(ErrorCode.INVALID_INPUT, () -> on("executions.retry", "bad", "{\"now\":true}"));
    refused(
        ErrorCode.INVALID_INPUT,
        () -> answer("executions.deleteMany", ONE, Map.of(), Map.of(), "{\"all\":true}"));
    assertThat(commands.asked).isEmpty();
  }

  @Test
  void findsNothingElsewhere() {
    assertThat(ids(list(TWO, Map.of()))).containsExactly("foreign");
    assertThat(ids(list(Grant.none(), Map.of()))).isEmpty();
    for (String endpoint :
        List.of("executions.get", "executions.delete", "executions.stop", "executions.retry")) {
      refused(ErrorCode.NOT_FOUND, () -> on(endpoint, "foreign", ""));
      refused(ErrorCode.NOT_FOUND, () -> on(endpoint, "none\0", ""));
    }
    refused(ErrorCode.NOT_FOUND, () -> on("executions.replay", "foreign", "{\"node\":\"Set\"}"));
    assertThat(
            answer(
                "executions.deleteMany", TWO, Map.of(), Map.of(), "{\"ids\":[\"good\",\"bad\"]}"))
        .isEqualTo(Map.of("deleted", 0.0, "more", false));
    assertThat(answer("executions.stopMany", TWO, Map.of(), Map.of(), "").get("stopped"))
        .isEqualTo(1.0);
    assertThat(commands.asked).containsExactly("stop foreign");
  }

  @Test
  void showsOneWithItsData() {
    Map<String, @Nullable Object> bare = on("executions.get", "bad", "");
    assertThat(bare)
        .containsEntry("status", "error")
        .containsEntry("finished", false)
        .containsEntry("workflowName", "A flow")
        .containsEntry("startedAt", "2026-03-10T12:00:01Z")
        .doesNotContainKey("data")
        .doesNotContainKey("behind");
    Map<String, @Nullable Object> whole =
        answer("executions.get", ONE, Map.of("id", "good"), Map.of("data", "true"), "");
    assertThat(String.valueOf(whole.get("data"))).contains("runData={Set=[{", "json={a=1.0}");
  }

  @Test
  void asksTheEngineToStopRetryAndReplay() {
    assertThat(on("executions.stop", "running", ""))
        .isEqualTo(Map.of("id", "running", "status", "canceled"));
    assertThat(on("executions.retry", "bad", "{\"current\":true}"))
        .isEqualTo(Map.of("id", "new one"));
    assertThat(on("executions.replay", "good", "{\"node\":\"Set\",\"run\":1}"))
        .isEqualTo(Map.of("id", "new one"));
    assertThat(commands.asked)
        .containsExactly("stop running", "retry bad true", "replay good Set 1 false");

    commands.asked.clear();
    Map<String, @Nullable Object> stopped =
        answer("executions.stopMany", ONE, Map.of(), Map.of(), "{\"status\":[\"running\"]}");
    assertThat(stopped).containsEntry("stopped", 1.0).containsEntry("more", false);
    assertThat(String.valueOf(stopped.get("failures"))).contains("stuck").contains("MR-1503");
    assertThat(commands.asked).containsExactly("stop stuck", "stop running");
    assertThat(answer("executions.stopMany", ONE, Map.of(), Map.of(), "{\"status\":\"success\"}"))
        .containsEntry("stopped", 0.0);
  }

  @Test
  void removesWhatIsOver() {
    refused(ErrorCode.CONFLICT, () -> on("executions.delete", "running", ""));
    on("executions.delete", "good", "");
    refused(ErrorCode.NOT_FOUND, () -> on("executions.get", "good", ""));
    assertThat(
            answer(
                "executions.deleteMany",
                ONE,
                Map.of(),
                Map.of(),
                "{\"status\":[\"running\",\"error\"]}"))
        .isEqualTo(Map.of("deleted", 1.0, "more", false));
    assertThat(answer("executions.deleteMany", ONE, Map.of(), Map.of(), "{\"status\":\"new\"}"))
        .isEqualTo(Map.of("deleted", 0.0, "more", false));
    assertThat(ids(list(ONE, Map.of()))).containsExactly("stuck", "running");
  }

  @Test
  void saysHowFarItIsBehind() {
    assertThat(answer("executions.lag", Grant.none(), Map.of(), Map.of(), ""))
        .isEqualTo(Map.of("records", 0.0, "seconds", 0.0));
    ends.merge(0, 7L, Long::sum);
    assertThat(answer("executions.lag", Grant.none(), Map.of(), Map.of(), ""))
        .isEqualTo(Map.of("records", 7.0, "seconds", 60.0));
    assertThat(list(ONE, Map.of()).get("behind"))
        .isEqualTo(Map.of("records", 7.0, "seconds", 60.0));
  }

  @Test
  void declaresWhoMay() {
    for (Endpoint endpoint : routes.endpoints()) {
      Access expected =
          switch (endpoint.id()) {
            case "executions.lag" -> new Access.SignedIn();
            case "executions.list", "executions.count", "executions.get" ->
                new Access.Project(Scope.EXECUTION_READ);
            case "executions.delete", "executions.deleteMany" ->
                new Access.Project(Scope.EXECUTION_DELETE);
            case "executions.stop", "executions.stopMany" ->
                new Access.Project(Scope.EXECUTION_STOP);
            default -> new Access.Project(Scope.EXECUTION_RETRY);
          };
      assertThat(endpoint.access()).as(endpoint.id()).isEqualTo(expected);
    }
  }
}
