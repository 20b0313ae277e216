package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeRun;
import dev.millrace.testing.GraphWorkflow;
import dev.millrace.topology.EventWire;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Waiting for a call: whatever comes in whatever order, each wait ends once. */
class ResumeTest {
  private static final Caller CALLER = new Caller("ingress", "request", 0, Caller.Awaits.OUTCOME);

  private final EventWire wire = new EventWire();

  private static GraphWorkflow oneWait() {
    return new GraphWorkflow()
        .node("T", "trigger", Map.of("items", List.of(1.0, 2.0)))
        .node("W", "waitForCall")
        .node("After", "pass")
        .edge("T", "W")
        .edge("W", "After");
  }

  /** An execution that waited for a call, which came. */
  static TestExecution resumedOnce() {
    return new TestExecution(oneWait().document("v1"), Budget.DEFAULT)
        .give(TestExecution.start("T", null))
        .give(new Command.Resume(1, List.of(called("first")), null, CALLER));
  }

  private static Item called(String what) {
    return Item.of(Map.of("body", what));
  }

  @Test
  void theNodeAnswersWhatTheCallBrings() {
    TestExecution execution = resumedOnce();

    ExecutionState state = execution.state();
    assertThat(state.status()).isEqualTo(ExecutionStatus.SUCCESS);
    Item answered = items(state, "W").getFirst();
    assertThat(items(state, "W")).hasSize(1);
    assertThat(answered.json()).isEqualTo(Map.of("body", "first"));
    assertThat(answered.pairing()).isEqualTo(Pairing.to(0));
    assertThat(items(state, "After")).hasSize(1);
    assertThat(state.callers()).containsExactly(CALLER);
  }

  @Test
  void aWaitWithoutALimitAsksForNoTimer() {
    TestExecution execution =
        new TestExecution(oneWait().document("v1"), Budget.DEFAULT)
            .give(TestExecution.start("T", null));

    assertThat(execution.goesOn()).isFalse();
    assertThat(execution.state().status()).isEqualTo(ExecutionStatus.WAITING);
    assertThat(Objects.requireNonNull(execution.state().waiting()).until())
        .isEqualTo(Instant.parse("3000-01-01T00:00:00Z"));
  }

  @Test
  void whatComesTooEarlyTooLateOrTwiceDoesNothing() {
    TestExecution execution =
        new TestExecution(oneWait().document("v1"), Budget.DEFAULT)
            .give(TestExecution.start("T", null));
    for (int wrong : new int[] {0, 2}) {
      nothing(execution, new Command.Resume(wrong, List.of(called("wrong")), null, null));
    }
    nothing(execution, new Command.TimerDue(Instant.parse("2999-12-31T00:00:00Z")));
    execution.give(new Command.Resume(1, List.of(called("right")), null, null));
    nothing(execution, new Command.Resume(1, List.of(called("again")), null, null));

    assertThat(items(execution.state(), "W").getFirst().json()).isEqualTo(Map.of("body", "right"));
  }

  @Test
  void aLimitLetsTheItemsThrough() {
    TestExecution execution =
        new TestExecution(
                new GraphWorkflow()
                    .node("T", "trigger", Map.of("items", List.of(1.0, 2.0)))
                    .node("W", "waitForCall", Map.of("seconds", 10.0))
                    .edge("T", "W")
                    .document("v1"),
                Budget.DEFAULT)
            .run(TestExecution.start("T", null));

    assertThat(execution.state().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(items(execution.state(), "W")).hasSize(2);
    nothing(execution, new Command.Resume(1, List.of(called("late")), null, null));
  }

  @Test
  void aTimeAloneIsNotEndedByACall() {
    TestExecution execution =
        new TestExecution(
                new GraphWorkflow()
                    .node("T", "trigger")
                    .node("W", "wait")
                    .edge("T", "W")
                    .document("v1"),
                Budget.DEFAULT)
            .give(TestExecution.start("T", null));

    nothing(execution, new Command.Resume(0, List.of(called("no")), null, null));
    nothing(execution, new Command.Resume(1, List.of(called("no")), null, null));
  }

  @Test
  void aKeyResumesOneWaitOnly() {
    TestExecution execution =
        new TestExecution(threeWaits().document("v1"), Budget.DEFAULT)
            .give(TestExecution.start("T", null))
            .give(new Command.Resume(1, List.of(called("1")), "key", null));

    nothing(execution, new Command.Resume(2, List.of(called("1")), "key", null));
    assertThat(execution.state().wasResumedBy("key")).isTrue();
    assertThat(execution.state().wasResumedBy(null)).isFalse();
    execution.give(new Command.Resume(2, List.of(called("2")), "another", null));
    assertThat(items(execution.state(), "W2").getFirst().json()).isEqualTo(Map.of("body", "2"));
  }

  private static GraphWorkflow threeWaits() {
    return new GraphWorkflow()
        .node("T", "trigger")
        .node("W1", "waitForCall")
        .node("W2", "waitForCall", Map.of("seconds", 10.0))
        .node("W3", "waitForCall")
        .edge("T", "W1")
        .edge("W1", "W2")
        .edge("W2", "W3");
  }

  @Provide
  Arbitrary<List<Command>> commands() {
    Arbitrary<Command> resumes =
        Combinators.combine(
                Arbitraries.integers().between(0, 4),
                Arbitraries.of("a", "b", "c").injectNull(0.7),
                Arbitraries.of(CALLER).injectNull(0.5))
            .as((call, key, caller) ->
                new Command.Resume(call, List.of(called("call " + call)), key, caller));
    Arbitrary<Command> timers =
        Arbitraries.integers()
            .between(0, 20)
            .map(s -> new Command.TimerDue(Instant.parse("2026-01-02T03:04:05Z").plusSeconds(s)));
    Arbitrary<Command> others =
        Arbitraries.of(new Command.Cancel("enough"), new Command.Continue());
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(12, resumes),
            net.jqwik.api.Tuple.of(3, timers),
            net.jqwik.api.Tuple.of(1, others))
        .list()
        .ofMaxSize(25);
  }

  @Property(tries = 300)
  void eachWaitEndsOnceAndTheEventsTellAll(@ForAll("commands") List<Command> commands) {
    Plan plan = TestExecution.plan(threeWaits().document("v1"));
    TestExecution execution =
        new TestExecution(plan, Budget.DEFAULT).give(TestExecution.start("T", null));

    for (Command command : commands) {
      boolean over = execution.state().status().terminal();
      String before = execution.state().toString();
      execution.give(command);
      if (over || execution.batches().getLast().isEmpty()) {
        assertThat(execution.state()).hasToString(before);
      }
    }

    ExecutionState rebuilt = new ExecutionState(plan, Map.of());
    List<Event.WaitResumed> resumed = new ArrayList<>();
    for (int i = 0; i < execution.batches().size(); i++) {
      for (Event event : wire.read(wire.write("execution-1", i, execution.batches().get(i)))) {
        rebuilt.apply(event);
        if (event instanceof Event.WaitResumed one) {
          resumed.add(one);
        }
      }
    }
    assertThat(rebuilt).hasToString(execution.state().toString());
    assertThat(resumed.stream().map(Event.WaitResumed::call)).doesNotHaveDuplicates();
    assertThat(resumed.stream().map(Event.WaitResumed::idempotencyKey).filter(Objects::nonNull))
        .doesNotHaveDuplicates();
    for (Event.WaitResumed one : resumed) {
      assertThat(items(rebuilt, one.node()).getFirst().json())
          .isEqualTo(Map.of("body", "call " + one.call()));
    }
    for (List<NodeRun> runs : rebuilt.allRuns().values()) {
      assertThat(runs).hasSize(1);
    }
  }

  private static void nothing(TestExecution execution, Command command) {
    String before = execution.state().toString();
    execution.give(command);
    assertThat(execution.batches().getLast()).isEmpty();
    assertThat(execution.state()).hasToString(before);
  }

  private static List<Item> items(ExecutionState state, String node) {
    return Objects.requireNonNull(state.runs(node).getFirst().outputs().getFirst());
  }
}
