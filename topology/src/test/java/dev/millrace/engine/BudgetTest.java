package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.limit.WorkflowBudgets;
import dev.millrace.node.ExecutionMode;
import dev.millrace.testing.GraphWorkflow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a workflow's settings let one execution do in all. */
class BudgetTest {
  /** A loop around a node, with two items of seven bytes going round. */
  private static GraphWorkflow loop(String kind, Map<String, Object> budget) {
    return new GraphWorkflow()
        .node("T", "trigger", Map.of("items", List.of(1.0, 2.0)))
        .node("A", kind)
        .edge("T", "A")
        .edge("A", "A")
        .setting("millrace", Map.of("budget", budget));
  }

  private static GraphWorkflow line(Map<String, Object> budget) {
    return new GraphWorkflow()
        .node("T", "trigger", Map.of("items", List.of(1.0, 2.0)))
        .node("A", "pass")
        .edge("T", "A")
        .setting("millrace", Map.of("budget", budget));
  }

  private static TestExecution run(GraphWorkflow workflow, Budget budget) {
    return new TestExecution(workflow.document("v1"), budget).run(TestExecution.start("T", null));
  }

  private static List<Event> events(TestExecution execution) {
    return execution.batches().stream().flatMap(List::stream).toList();
  }

  private static List<Event> warnings(TestExecution execution) {
    return events(execution).stream().filter(Event.BudgetHalfUsed.class::isInstance).toList();
  }

  private static void assertExceeded(TestExecution execution, String setting) {
    assertThat(execution.state().status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(execution.state().error()).containsEntry("code", ErrorCode.BUDGET_EXCEEDED.code());
    assertThat(String.valueOf(Objects.requireNonNull(execution.state().error()).get("message")))
        .endsWith(setting);
  }

  @Test
  void stepsEndAnExecutionBeforeTheOneTooMany() {
    TestExecution execution = run(loop("pass", Map.of("steps", 9.0)), Budget.DEFAULT);

    assertExceeded(execution, "more than the 9 of settings.millrace.budget.steps");
    assertThat(execution.state().executionIndex()).isEqualTo(9);
    assertThat(warnings(execution))
        .containsExactly(new Event.BudgetHalfUsed(WorkflowBudgets.Kind.STEPS, 5, 9));
  }

  @Test
  void itemsEndAnExecutionWithTheRunThatAnswersTooMany() {
    TestExecution execution = run(loop("pass", Map.of("items", 9.0)), Budget.DEFAULT);

    assertExceeded(execution, "more than the 9 of settings.millrace.budget.items");
    assertThat(execution.state().error()).containsEntry("node", "A");
    assertThat(execution.state().executionIndex()).isEqualTo(5);
    assertThat(warnings(execution))
        .containsExactly(new Event.BudgetHalfUsed(WorkflowBudgets.Kind.ITEMS, 6, 9));
  }

  @Test
  void bytesEndAnExecutionWithTheRunThatAnswersTooMany() {
    long each = Item.of(Map.of("v", 1.0)).size();
    assertThat(each).isEqualTo("{\"v\":1}".length());

    TestExecution execution = run(loop("pass", Map.of("bytes", 8.0 * each)), Budget.DEFAULT);

    assertExceeded(execution, "more than the 56 of settings.millrace.budget.bytes");
    assertThat(execution.state().executionIndex()).isEqualTo(5);
    assertThat(warnings(execution))
        .containsExactly(new Event.BudgetHalfUsed(WorkflowBudgets.Kind.BYTES, 4 * each, 8 * each));
  }

  @Test
  void whatStaysWithinItsBudgetSucceeds() {
    TestExecution all =
        run(line(Map.of("steps", 2.0, "items", 4.0, "bytes", 28.0)), Budget.DEFAULT);
    assertThat(all.state().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(warnings(all)).hasSize(3);

    TestExecution less =
        run(line(Map.of("steps", 5.0, "items", 9.0, "bytes", 57.0)), Budget.DEFAULT);
    assertThat(warnings(less)).isEmpty();
  }

  @Test
  void theLastRunCountsToo() {
    TestExecution execution = run(line(Map.of("items", 3.0)), Budget.DEFAULT);

    assertExceeded(execution, "more than the 3 of settings.millrace.budget.items");
    assertThat(execution.state().runs("A")).hasSize(1);
  }

  @Test
  void aWorkflowMayHaveMoreStepsThanTheEngineGivesByItself() {
    Budget ten = new Budget(1_000, Long.MAX_VALUE, 10, Long.MAX_VALUE, 1_000);

    assertThat(run(loop("pass", Map.of("steps", 25.0)), ten).state().executionIndex())
        .isEqualTo(25);
    TestExecution byItself = run(loop("pass", Map.of("items", 1_000.0)), ten);
    assertExceeded(byItself, "more than the 10 of settings.millrace.budget.steps");
    assertThat(warnings(byItself)).hasSize(1);
  }

  /** Each kind leaves the stream thread in its own way, and the loop yields after every step. */
  @ParameterizedTest
  @ValueSource(strings = {"pass", "call", "wait", "sub"})
  void theCountGoesOnInAnotherProcess(String kind) {
    Budget yielding = new Budget(1, Long.MAX_VALUE, 1_000, Long.MAX_VALUE, 1_000);
    TestExecution execution =
        new TestExecution(loop(kind, Map.of("items", 41.0)).document("v1"), yielding)
            .give(TestExecution.start("T", null));
    while (execution.goesOn()) {
      ExecutionState restored = new ExecutionState(execution.state().plan(), Map.of());
      events(execution).forEach(restored::apply);
      assertThat(restored).hasToString(execution.state().toString());
      execution.replaceState(restored);
      execution.goOn();
    }

    assertExceeded(execution, "more than the 41 of settings.millrace.budget.items");
    assertThat(execution.state().executionIndex()).isEqualTo(21);
    assertThat(warnings(execution)).hasSize(1);
  }

  @Test
  void aRetryGoesOnCountingAndARaisedBudgetLetsItRun() {
    TestExecution failed = run(loop("pass", Map.of("steps", 9.0)), Budget.DEFAULT);
    History history = failed.recording().beforeFailure();
    Command.Start again =
        new Command.Start("e-2", ExecutionMode.RETRY, "T", 0, List.of(Item.empty()), null);

    TestExecution same =
        new TestExecution(failed.state().plan(), Budget.DEFAULT)
            .run(new Command.Restart(again, history));
    assertExceeded(same, "more than the 9 of settings.millrace.budget.steps");
    assertThat(same.recording().runs()).isEmpty();

    TestExecution raised =
        new TestExecution(
                TestExecution.plan(loop("pass", Map.of("steps", 12.0)).document("v1")),
                Budget.DEFAULT)
            .run(new Command.Restart(again, history));
    assertThat(raised.recording().runs()).hasSize(3);
    assertThat(warnings(raised))
        .containsExactly(new Event.BudgetHalfUsed(WorkflowBudgets.Kind.STEPS, 9, 12));
  }

  @Test
  void whatCannotBeMeantKeepsTheWorkflowFromRunning() {
    List<String> messages = new ArrayList<>();
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of("steps", 0.0),
            Map.of("items", 1.5),
            Map.of("bytes", "1 MB"),
            Map.of("step", 5.0),
            Map.of("steps", 2_000_000.0))) {
      TestExecution execution = run(line(wrong), Budget.DEFAULT);
      assertThat(execution.state().error()).containsEntry("code", ErrorCode.INVALID_LIMITS.code());
      messages.add(
          String.valueOf(Objects.requireNonNull(execution.state().error()).get("message")));
    }
    assertThat(messages)
        .containsExactly(
            "settings.millrace.budget.steps has to be a whole number from 1 to 1000000",
            "settings.millrace.budget.items has to be a whole number from 1 to 1000000000000",
            "settings.millrace.budget.bytes has to be a number up to 1000000000000",
            "settings.millrace.budget.step is not one of [bytes, items, steps]",
            "settings.millrace.budget.steps has to be a number up to 1000000");
  }
}
