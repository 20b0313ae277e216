package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.error.ErrorCode;
import dev.millrace.testing.GraphWorkflow;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs that would run for ever or multiply their work end by the budget, in bounded time. */
class HostileGraphsTest {
  private static final Budget BUDGET =
      new Budget(1_000, Long.MAX_VALUE, 20_000, Long.MAX_VALUE, 1 << 20);

  /** Far above what it takes, far below what a quadratic step would. */
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private static String codeOf(GraphWorkflow workflow, String order) {
    return Assertions.assertTimeoutPreemptively(
        LIMIT,
        () -> {
          ExecutionState state =
              new TestExecution(workflow.document(order), BUDGET)
                  .run(TestExecution.start("N0", null))
                  .state();
          return state.error() == null
              ? state.status().json()
              : String.valueOf(Objects.requireNonNull(state.error()).get("code"));
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v0"})
  void endlessLoopEndsByItsBudget(String order) {
    GraphWorkflow workflow =
        new GraphWorkflow().node("N0", "trigger").node("A", "pass").edge("N0", "A").edge("A", "A");

    assertThat(codeOf(workflow, order)).isEqualTo(ErrorCode.BUDGET_EXCEEDED.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v0"})
  void dataThatDoublesInALoopEndsByItsSize(String order) {
    GraphWorkflow workflow =
        new GraphWorkflow()
            .node("N0", "trigger", Map.of("items", List.of(1.0)))
            .node("A", "pass")
            .node("B", "pass")
            .node("M", "merge")
            .edge("N0", "A")
            .edge("N0", "B")
            .edge("A", 0, "M", 0)
            .edge("B", 0, "M", 1)
            .edge("M", "A")
            .edge("M", "B");

    assertThat(codeOf(workflow, order)).isEqualTo(ErrorCode.BATCH_TOO_LARGE.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v0"})
  void everyNodeConnectedToAllLaterOnesEndsByItsBudget(String order) {
    GraphWorkflow workflow = new GraphWorkflow();
    for (int i = 0; i < 40; i++) {
      workflow.node("N" + i, i == 0 ? "trigger" : "pass");
      for (int before = 0; before < i; before++) {
        workflow.edge("N" + before, "N" + i);
      }
    }

    assertThat(codeOf(workflow, order)).isEqualTo(ErrorCode.BUDGET_EXCEEDED.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v0"})
  void everyMergeConnectedToAllLaterOnesEndsInTime(String order) {
    GraphWorkflow workflow = new GraphWorkflow();
    for (int i = 0; i < 40; i++) {
      workflow.node("N" + i, i == 0 ? "trigger" : i % 3 == 0 ? "if" : "mergeAny");
      for (int before = 0; before < i; before++) {
        boolean branches = before > 0 && before % 3 == 0;
        workflow.edge("N" + before, branches ? 1 : 0, "N" + i, i % 3 == 0 ? 0 : before % 2);
      }
    }

    assertThat(codeOf(workflow, order))
        .isIn("success", ErrorCode.BUDGET_EXCEEDED.code(), ErrorCode.BATCH_TOO_LARGE.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v0"})
  void nodeConnectedThousandfoldEndsByItsBudget(String order) {
    GraphWorkflow workflow = new GraphWorkflow().node("N0", "trigger").node("A", "pass");
    workflow.node("B", "pass");
    for (int i = 0; i < 1_000; i++) {
      workflow.edge("N0", "A").edge("A", "B");
    }

    assertThat(codeOf(workflow, order)).isEqualTo(ErrorCode.BUDGET_EXCEEDED.code());
  }
}
