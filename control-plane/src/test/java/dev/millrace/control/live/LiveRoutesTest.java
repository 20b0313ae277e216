package dev.millrace.control.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.control.history.ExecutionStatus;
import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.Grant;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.value.Json;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who sees which of the executions that the engine has. */
final class LiveRoutesTest {
  private static final Instant NOW = Instant.parse("2026-03-10T12:00:00Z");
  private static final Grant ONE = new Grant(false, Set.of("one"));
  private static final Grant TWO = new Grant(false, Set.of("two"));
  private static final Map<String, ExecutionProjects.Workflow> WORKFLOWS =
      Map.of(
          "flow", new ExecutionProjects.Workflow("A flow", "one"),
          "a:b", new ExecutionProjects.Workflow("With a colon", "one"),
          "a", new ExecutionProjects.Workflow("Without", "two"));

  private final Engine engine = new Engine();
  private final LiveRoutes routes =
      new LiveRoutes(engine, new ExecutionProjects(new Known()), InstantSource.fixed(NOW));

  private static final class Known implements ExecutionProjects.Workflows {
    @Override
    public Map<String, ExecutionProjects.Workflow> find(Set<String> ids) {
      return WORKFLOWS.entrySet().stream()
          .filter(workflow -> ids.contains(workflow.getKey()))
          .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Override
    public Set<String> of(Grant grant) {
      return WORKFLOWS.entrySet().stream()
          .filter(workflow -> grant.covers(workflow.getValue().projectId()))
          .map(Map.Entry::getKey)
          .collect(Collectors.toSet());
    }
  }

  /** An engine with four executions, which counts how often it was asked to count. */
  private static final class Engine implements LiveExecutions {
    private final List<LiveExecution> all =
        List.of(
            execution("1", "flow", ExecutionStatus.WAITING),
            execution("2", "a", ExecutionStatus.RUNNING),
            execution("3", "flow", ExecutionStatus.RUNNING),
            execution("4", "unknown", ExecutionStatus.WAITING));
    private int counted;

    private static LiveExecution execution(String id, String workflow, ExecutionStatus status) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("id", id);
      json.put("workflowId", workflow);
      json.put("status", status.json());
      json.put("waitsFor", Map.of("kind", "time", "until", "2026-03-11T12:00:00Z"));
      json.put("nodes", List.of(Map.of("node", "A", "runs", 2.0), Map.of("runs", 1.0)));
      return new LiveExecution(id, workflow, status, NOW.minusSeconds(90), 0, json);
    }

    @Override
    public Page list(Wanted wanted, Optional<String> after, int limit) {
      List<LiveExecution> found =
          all.stream()
              .filter(
                  one -> wanted.workflows().map(ids -> ids.contains(one.workflowId())).orElse(true))
              .filter(one ->
                  wanted
                      .waiting()
                      .map(waits -> waits == (one.status() == ExecutionStatus.WAITING))
                      .orElse(true))
              .filter(one -> after.map(id -> one.id().compareTo(id) > 0).orElse(true))
              .toList();
      return found.size() <= limit
          ? new Page(found, Optional.empty(), true)
          : new Page(found.subList(0, limit), Optional.of(found.get(limit - 1).id()), true);
    }

    @Override
    public Optional<LiveExecution> find(String id) {
      return all.stream().filter(one -> one.id().equals(id)).findFirst();
    }

    @Override
    public Counts counts() {
      counted++;
      return new Counts(
          List.of(new Count("flow", 1, 1, NOW), new Count("unknown", 0, 1, NOW)), true);
    }

    @Override
    public List<Limit> limits() {
      List<Limit> limits = new ArrayList<>();
      for (String name :
          List.of("workflow:flow", "node:a:b:Node", "node:a:Node", "credential:type:c")) {
        limits.add(new Limit(name, Map.of("name", name)));
      }
      return limits;
    }
  }

  private Map<String, @Nullable Object> answer(
      String id, Grant grant, Map<String, String> path, Map<String, String> query) {
    Endpoint endpoint =
        routes.endpoints().stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
    return Json.parseObject(
        endpoint
            .handler()
            .handle(
                new Call(
                    Optional.empty(),
                    grant,
                    path,
                    query,
                    header -> Optional.empty(),
                    new byte[0],
                    "127.0.0.1"))
            .body());
  }

  private static List<@Nullable Object> values(@Nullable Object rows, String field) {
    List<@Nullable Object> values = new ArrayList<>();
    if (rows instanceof List<?> list) {
      list.forEach(row -> values.add(((Map<?, ?>) row).get(field)));
    }
    return values;
  }

  private List<@Nullable Object> ids(Grant grant, Map<String, String> query) {
    return values(answer("liveExecutions.list", grant, Map.of(), query).get("data"), "id");
  }

  private static void refused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(MillraceException.class)
        .extracting(thrown -> ((MillraceException) thrown).code())
        .isEqualTo(code);
  }

  @Test
  void listsWhatBelongsToTheProjectsOfWhoAsks() {
    assertThat(ids(Grant.all(), Map.of())).containsExactly("1", "2", "3", "4");
    assertThat(ids(ONE, Map.of())).containsExactly("1", "3");
    assertThat(ids(TWO, Map.of())).containsExactly("2");
    assertThat(ids(Grant.none(), Map.of())).isEmpty();
    assertThat(ids(ONE, Map.of("status", "waiting"))).containsExactly("1");
    assertThat(ids(ONE, Map.of("workflowId", "a"))).isEmpty();
    assertThat(ids(Grant.all(), Map.of("workflowId", "unknown"))).containsExactly("4");
    assertThat(ids(ONE, Map.of("workflowId", "\u0000"))).isEmpty();
  }

  @Test
  void pagesGoOnWhereTheyEnded() {
    Map<String, @Nullable Object> page =
        answer("liveExecutions.list", Grant.all(), Map.of(), Map.of("limit", "3"));
    String next = String.valueOf(page.get("nextCursor"));
    assertThat(ids(Grant.all(), Map.of("limit", "3", "cursor", next))).containsExactly("4");
    refused(ErrorCode.INVALID_INPUT, () -> ids(Grant.all(), Map.of("cursor", "!")));
    refused(ErrorCode.INVALID_INPUT, () -> ids(Grant.all(), Map.of("cursor", "AA")));
  }

  @Test
  void oneIsShownWithItsWorkflowAndAge() {
    Map<String, @Nullable Object> one =
        answer("liveExecutions.get", ONE, Map.of("id", "1"), Map.of());
    assertThat(one).containsEntry("workflowName", "A flow").containsEntry("projectId", "one");
    assertThat(one).containsEntry("ageSeconds", 90.0);
    for (String foreign : List.of("2", "4", "5", "\u0000")) {
      refused(
          ErrorCode.NOT_FOUND,
          () -> answer("liveExecutions.get", ONE, Map.of("id", foreign), Map.of()));
    }
  }

  @Test
  void whatIsNotInHistoryYetLooksAsIfItWere() {
    Map<String, @Nullable Object> one = routes.unprojected(ONE, "1").orElseThrow();
    assertThat(one)
        .containsEntry("live", true)
        .containsEntry("status", "waiting")
        .containsEntry("finished", false)
        .containsEntry("waitTill", "2026-03-11T12:00:00Z")
        .containsEntry("runs", 3.0)
        .containsEntry("stoppedAt", null)
        .containsKey("state");
    assertThat(routes.unprojected(Grant.all(), "3").orElseThrow()).containsEntry("waitTill", null);
    assertThat(routes.unprojected(TWO, "1")).isEmpty();
  }

  @Test
  void countsAreOfOnesOwnAndCountedOnceForAll() {
    Map<String, @Nullable Object> mine = answer("liveExecutions.counts", ONE, Map.of(), Map.of());
    assertThat(mine).containsEntry("running", 1.0).containsEntry("waiting", 1.0);
    assertThat(answer("liveExecutions.counts", Grant.all(), Map.of(), Map.of()))
        .containsEntry("waiting", 2.0);
    assertThat(answer("liveExecutions.counts", TWO, Map.of(), Map.of()))
        .containsEntry("waiting", 0.0);
    assertThat(answer("liveExecutions.counts", ONE, Map.of(), Map.of("workflowId", "unknown")))
        .containsEntry("waiting", 0.0);
    assertThat(engine.counted).isEqualTo(1);
  }

  @Test
  void limitsAreThoseOfOnesWorkflowsHoweverTheyAreCalled() {
    assertThat(values(answer("limits.list", Grant.all(), Map.of(), Map.of()).get("data"), "name"))
        .hasSize(4);
    // Whose node:a:b:Node is cannot be told, since both workflows may be meant.
    assertThat(values(answer("limits.list", ONE, Map.of(), Map.of()).get("data"), "name"))
        .containsExactly("workflow:flow");
    assertThat(values(answer("limits.list", TWO, Map.of(), Map.of()).get("data"), "name"))
        .containsExactly("node:a:Node");
  }
}
