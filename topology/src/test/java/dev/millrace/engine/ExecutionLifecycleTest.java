package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.ExecutionLifecycle.Transition;
import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.testing.GraphWorkflow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExecutionLifecycleTest {
  private static final int GRAPHS = 600;

  /** One of each event; of an end, one for each status. */
  private static List<Event> samples() {
    Instant at = Instant.EPOCH;
    List<Event> samples =
        new ArrayList<>(
            List.of(
                new Event.ExecutionStarted(
                    "e", ExecutionMode.MANUAL, "N", 0, List.of(Item.empty()), null, at),
                new Event.NodeCompleted(
                    new NodeRun("N", 0, 0, at, 0, List.of(), List.of(), null),
                    null,
                    false,
                    1,
                    null),
                new Event.HistoryTaken(
                    new History("before", List.of(), Map.of(), Map.of(), List.of(), List.of())),
                new Event.NodeSkipped("N"),
                new Event.NodePostponed("N"),
                new Event.AttemptFailed("N", 1, Map.of(), at, null),
                new Event.EffectRequested("N", 1, 1, at, List.of()),
                new Event.WaitStarted("N", 1, at, at),
                new Event.WaitResumed("N", 1, null, null, at),
                new Event.ChildrenStarted("N", 1, 1, 1, at),
                new Event.ChildReturned(0, List.of(), null),
                new Event.RetryDue(at),
                new Event.WaitingReleased("N", 0, true),
                new Event.StaticDataChanged(Map.of("global", Map.of("n", 1.0))),
                new Event.ExecutionYielded(1)));
    for (ExecutionStatus status : ExecutionStatus.values()) {
      samples.add(new Event.ExecutionEnded(status, null, at));
    }
    return samples;
  }

  @Test
  void whatTheTableDoesNotHoldThrows() {
    assertThat(samples().stream().map(sample -> sample.getClass().getSimpleName()).distinct())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(Event.class.getPermittedSubclasses()).map(Class::getSimpleName).toList());
    List<Transition> allowed = new ArrayList<>();
    List<ExecutionStatus> all = new ArrayList<>(List.of(ExecutionStatus.values()));
    all.add(null);
    for (ExecutionStatus from : all) {
      for (Event event : samples()) {
        boolean inTable =
            ExecutionLifecycle.table().stream()
                .anyMatch(row ->
                    row.from() == from
                        && row.event() == event.getClass()
                        && (!(event instanceof Event.ExecutionEnded ended)
                            || ended.status() == row.to()));
        if (inTable) {
          allowed.add(
              new Transition(from, event.getClass(), ExecutionLifecycle.after(from, event)));
        } else {
          assertThatThrownBy(() -> ExecutionLifecycle.after(from, event))
              .isInstanceOf(IllegalStateException.class);
        }
      }
    }
    assertThat(allowed).containsExactlyInAnyOrderElementsOf(ExecutionLifecycle.table());
  }

  @Test
  void nothingFollowsAnEnd() {
    assertThat(ExecutionLifecycle.table())
        .noneMatch(row -> row.from() != null && row.from().terminal());
  }

  @Test
  void anIllegalEventLeavesTheStateAsItWas() {
    RandomGraph graph = new RandomGraph(4, 1);
    ExecutionState state =
        new TestExecution(graph.workflow().document("v1"), Budget.DEFAULT)
            .run(graph.start())
            .state();
    String before = state.toString();

    assertThatThrownBy(() -> state.apply(new Event.NodeSkipped("N0")))
        .isInstanceOf(IllegalStateException.class);

    assertThat(state).hasToString(before);
  }

  /**
   * Order v0 puts an entry that lacks a connected input behind the others, and ends the execution
   * when nothing else is left. What the core queues today never lacks one, so the entry is put
   * there by hand.
   */
  private static TestExecution lackingAnInput() {
    TestExecution execution =
        new TestExecution(
                new GraphWorkflow()
                    .node("T", "trigger")
                    .node("A", "pass")
                    .node("M", "merge")
                    .edge("T", "A")
                    .edge("T", 0, "M", 0)
                    .edge("A", 0, "M", 1)
                    .document("v0"),
                new Budget(1, Long.MAX_VALUE, 60, Long.MAX_VALUE, 1_000))
            .give(TestExecution.start("T", null));
    List<@Nullable List<Item>> inputs = new ArrayList<>();
    inputs.add(null);
    inputs.add(List.of(Item.empty()));
    execution.state().queue().putFront(new QueueEntry("M", inputs, new ArrayList<>()));
    return execution.finish();
  }

  @Test
  void anEntryThatLacksAnInputGoesToTheBackAndEndsTheExecutionWhenItIsAlone() {
    TestExecution execution = lackingAnInput();

    assertThat(execution.state().runs("A")).hasSize(1);
    assertThat(execution.state().runs("M")).hasSize(1);
    assertThat(execution.state().status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(execution.state().error())
        .containsEntry("code", ErrorCode.BUDGET_EXCEEDED.code())
        .containsEntry("node", "M");
  }

  /** An item with an error counts as a failed attempt, also of a node that waits first. */
  private static TestExecution waitingWithAnErrorItem() {
    return new TestExecution(
            new GraphWorkflow()
                .node("T", "trigger")
                .node(
                    "A",
                    "itemErr",
                    0,
                    0,
                    Map.of("bad", List.of(1.0)),
                    Map.of("onError", "continueRegularOutput"))
                .node("W", "wait", 0, 0, Map.of(), Map.of("retryOnFail", true, "maxTries", 2.0))
                .edge("T", "A")
                .edge("A", "W")
                .document("v1"),
            Budget.DEFAULT)
        .run(TestExecution.start("T", null));
  }

  @Test
  void aWaitThatLetsAnErrorThroughIsTriedAgain() {
    TestExecution execution = waitingWithAnErrorItem();

    assertThat(execution.state().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(execution.state().runs("W")).hasSize(1);
  }

  private static TestExecution retried() {
    Plan plan =
        TestExecution.plan(
            new GraphWorkflow()
                .node("T", "trigger")
                .node("A", "crash")
                .edge("T", "A")
                .document("v1"));
    TestExecution failed =
        new TestExecution(plan, Budget.DEFAULT).run(TestExecution.start("T", null));
    return new TestExecution(plan, Budget.DEFAULT)
        .run(
            new Command.Restart(
                TestExecution.start("T", null), failed.recording().beforeFailure()));
  }

  /**
   * Lists the rows that neither random graphs go through, nor a cancel or failure in any status.
   */
  @Test
  void everyRowIsVisited() {
    Set<Transition> missing = new HashSet<>(ExecutionLifecycle.table());
    for (int seed = 0; seed < GRAPHS; seed++) {
      RandomGraph graph = new RandomGraph(1 + seed % 12, seed);
      for (String order : List.of("v1", "v0")) {
        TestExecution execution =
            new TestExecution(
                graph.workflow().document(order),
                new Budget(1, Long.MAX_VALUE, 60, Long.MAX_VALUE, 1_000));
        execution.give(graph.start());
        for (int go = 0; execution.goesOn() && go <= seed / 2 % 40; go++) {
          execution.goOn();
        }
        execution.give(
            seed % 2 == 0
                ? new Command.Cancel("enough")
                : new Command.Fail(ErrorCode.PROCESS_DIED, "enough"));
        visit(execution.batches(), missing);
      }
    }
    visit(lackingAnInput().batches(), missing);
    visit(waitingWithAnErrorItem().batches(), missing);
    visit(ResumeTest.resumedOnce().batches(), missing);
    visit(retried().batches(), missing);
    assertThat(missing).as("transitions that no execution went through").isEmpty();
  }

  @Test
  void failingEndsWhatWaitsWithItsReasonAndDoesNothingToWhatIsOver() {
    TestExecution waiting =
        new TestExecution(
                new GraphWorkflow()
                    .node("T", "trigger")
                    .node(
                        "A",
                        "throw",
                        100,
                        0,
                        Map.of("failTimes", 1.0),
                        Map.of("retryOnFail", true, "maxTries", 3.0, "waitBetweenTries", 1_000.0))
                    .edge("T", "A")
                    .document("v1"),
                Budget.DEFAULT)
            .give(TestExecution.start("T", null));
    assertThat(waiting.state().status()).isEqualTo(ExecutionStatus.WAITING);

    waiting.give(new Command.Fail(ErrorCode.PROCESS_DIED, "enough"));

    assertThat(waiting.state().status()).isEqualTo(ExecutionStatus.ERROR);
    assertThat(waiting.state().error())
        .containsEntry("code", ErrorCode.PROCESS_DIED.code())
        .containsEntry("message", "enough");
    int batches = waiting.batches().size();
    waiting.give(new Command.Fail(ErrorCode.PROCESS_DIED, "again"));
    assertThat(waiting.batches().stream().skip(batches).flatMap(List::stream)).isEmpty();
  }

  private static void visit(List<List<Event>> batches, Set<Transition> missing) {
    ExecutionStatus status = null;
    for (Event event : batches.stream().flatMap(b -> Stream.of(b.toArray(Event[]::new))).toList()) {
      ExecutionStatus next = ExecutionLifecycle.after(status, event);
      missing.remove(new Transition(status, event.getClass(), next));
      status = next;
    }
  }
}
