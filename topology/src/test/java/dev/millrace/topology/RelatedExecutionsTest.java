package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.engine.Budget;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.ItemRecords;
import dev.millrace.testing.GraphNodes;
import dev.millrace.testing.GraphWorkflow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executions that start, await, cancel and report each other, and those that wait for a time. */
class RelatedExecutionsTest {
  private static final List<Double> NUMBERS = List.of(1.0, 2.0, 3.0);

  private TopologyFixture topology;

  @BeforeEach
  void start(@TempDir Path folder) {
    topology = new TopologyFixture(folder, Budget.DEFAULT);
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  /** A caller of three items. */
  private static GraphWorkflow caller(String kind, Map<String, @Nullable Object> parameters) {
    return new GraphWorkflow()
        .node("T", "trigger", Map.of("items", NUMBERS))
        .node("Sub", kind, parameters)
        .node("After", "pass")
        .edge("T", "Sub")
        .edge("Sub", "After");
  }

  private static GraphWorkflow called(String kind) {
    return new GraphWorkflow().node("Entry", "entry").node("Work", kind).edge("Entry", "Work");
  }

  private void start() {
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
  }

  /** All events since the last look, by execution. */
  private Map<String, List<Event>> events() {
    Map<String, List<Event>> events = new LinkedHashMap<>();
    for (EventBatch batch : topology.batches()) {
      events
          .computeIfAbsent(batch.getExecutionId(), id -> new ArrayList<>())
          .addAll(EventRecords.toEvents(batch));
    }
    return events;
  }

  private static ExecutionStatus end(Map<String, List<Event>> events, String execution) {
    return of(events, execution).getLast() instanceof Event.ExecutionEnded ended
        ? ended.status()
        : ExecutionStatus.RUNNING;
  }

  private static List<Event> of(Map<String, List<Event>> events, String execution) {
    return Objects.requireNonNull(events.get(execution), execution);
  }

  private static Map<?, ?> object(@Nullable Object json) {
    return (Map<?, ?>) Objects.requireNonNull(json);
  }

  private static List<Item> answer(ExecutionOutcome outcome) {
    return ItemRecords.toItems(Objects.requireNonNull(outcome.getOutputs().getFirst().getItems()));
  }

  private Map<String, @Nullable Object> error(ExecutionOutcome outcome) {
    assertThat(outcome.getStatus()).isEqualTo("error");
    return ItemRecords.fromJsonBytes(Objects.requireNonNull(outcome.getError()));
  }

  @Test
  void aCallRunsAnotherWorkflowAndGoesOnWithWhatItAnswers() {
    topology.publish(1, caller("sub", Map.of()));
    topology.publish("echo", 4, called("pass"));

    start();

    ExecutionOutcome outcome = topology.outcome();
    assertThat(outcome.getStatus()).isEqualTo("success");
    assertThat(outcome.getLastNode()).isEqualTo("After");
    assertThat(answer(outcome)).extracting(item -> item.json().get("v")).isEqualTo(NUMBERS);
    Map<String, List<Event>> events = events();
    assertThat(events.keySet()).containsExactlyInAnyOrder("e-1", "e-1.1.0");
    assertThat(end(events, "e-1.1.0")).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(topology.waitingBatches()).isZero();
  }

  @Test
  void lineageGoesOnThroughTheOtherWorkflow() {
    topology.publish(1, caller("sub", Map.of()));
    // Only the second item gets through.
    topology.publish(
        "echo",
        1,
        new GraphWorkflow()
            .node("Entry", "entry")
            .node("Some", "if", Map.of("pass", List.of(2.0)))
            .edge("Entry", "Some"));

    start();

    NodeRun sub =
        of(events(), "e-1").stream()
            .filter(e -> e instanceof Event.NodeCompleted c && c.run().node().equals("Sub"))
            .map(e -> ((Event.NodeCompleted) e).run())
            .findFirst()
            .orElseThrow();
    assertThat(sub.output(0)).extracting(Item::pairing).containsExactly(Pairing.to(1));
    assertThat(sub.output(1))
        .extracting(Item::pairing)
        .containsExactly(Pairing.to(0), Pairing.to(2));
  }

  @Test
  void oneByOneEachItemHasAnExecutionOfItsOwn() {
    topology.publish(1, caller("subEach", Map.of()));
    topology.publish("echo", 1, called("pass"));

    start();

    assertThat(answer(topology.outcome()))
        .extracting(item -> item.json().get("v"))
        .isEqualTo(NUMBERS);
    assertThat(events().keySet()).containsExactlyInAnyOrder("e-1", "e-1.1.0", "e-1.1.1", "e-1.1.2");
  }

  @Test
  void nobodyWaitsForACallThatIsNotAwaited() {
    topology.publish(1, caller("sub", Map.of("detached", 1.0)));
    topology.publish("echo", 1, called("wait"));

    start();

    assertThat(topology.outcome().getStatus()).isEqualTo("success");
    topology.advance(Duration.ofSeconds(4));
    Map<String, List<Event>> events = events();
    assertThat(end(events, "e-1.d1.0")).isEqualTo(ExecutionStatus.SUCCESS);
  }

  @Test
  void aFailureThereIsAFailureHere() {
    topology.publish(1, caller("sub", Map.of()));
    topology.publish("echo", 1, called("throw"));

    start();

    assertThat(error(topology.outcome()))
        .containsEntry("message", "attempt 1 fails")
        .containsEntry("node", "Sub");
  }

  @Test
  void aWorkflowThatIsNotThereOrDoesNotLetItselfBeCalledIsAFailure() {
    topology.publish(1, caller("sub", Map.of()));
    start();
    assertThat(error(topology.outcome())).containsEntry("code", ErrorCode.UNKNOWN_WORKFLOW.code());

    topology.publish("echo", 1, called("pass").setting("callerPolicy", "none"));
    topology.send("e-2", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    assertThat(error(topology.outcome())).containsEntry("code", ErrorCode.CALLER_REFUSED.code());

    topology.publish(
        "echo",
        2,
        called("pass")
            .setting("callerPolicy", "workflowsFromAList")
            .setting("callerIds", "other, " + TopologyFixture.WORKFLOW));
    topology.send("e-3", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    assertThat(topology.outcome().getStatus()).isEqualTo("success");
  }

  @Test
  void aCallWithMoreThanARecordHoldsFailsItsNode(@TempDir Path folder) {
    try (TopologyFixture narrow =
        new TopologyFixture(
            folder, new Budget(1_000, Long.MAX_VALUE, 1_000, Long.MAX_VALUE, 1_000))) {
      narrow.publish(1, caller("sub", Map.of("times", 100.0)));
      narrow.publish("echo", 1, called("pass"));

      narrow.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

      assertThat(error(narrow.outcome()))
          .containsEntry("code", ErrorCode.BATCH_TOO_LARGE.code())
          .containsEntry("node", "Sub");
      assertThat(narrow.deadLetters()).isEmpty();
    }
  }

  @Test
  void aWorkflowThatCallsItselfForEverComesToAnEnd() {
    topology.publish(1, caller("sub", Map.of("workflow", TopologyFixture.WORKFLOW)));

    start();

    assertThat(error(topology.outcome())).containsEntry("code", ErrorCode.BUDGET_EXCEEDED.code());
    assertThat(topology.waitingBatches()).isZero();
  }

  @Test
  void cancelingTheCallerCancelsWhatItCalled() {
    topology.publish(1, caller("subEach", Map.of()));
    topology.publish("echo", 1, called("wait"));
    start();

    topology.send("e-1", new CancelExecution("enough"));

    Map<String, List<Event>> events = events();
    for (String execution : List.of("e-1", "e-1.1.0", "e-1.1.1", "e-1.1.2")) {
      assertThat(end(events, execution)).as(execution).isEqualTo(ExecutionStatus.CANCELED);
    }
    assertThat(topology.waitingBatches()).isZero();
  }

  @Test
  void aWaitEndsAtItsTimeAndLetsTheItemsThrough() {
    topology.publish(1, caller("wait", Map.of()));
    start();
    assertThat(topology.replies()).isEmpty();

    topology.advance(Duration.ofMillis(2_900));
    assertThat(topology.replies()).isEmpty();
    topology.advance(Duration.ofMillis(200));

    assertThat(answer(topology.outcome()))
        .extracting(item -> item.json().get("v"))
        .isEqualTo(NUMBERS);
  }

  @Test
  void anExecutionThatRunsTooLongIsEndedWithWhatItCalled() {
    topology.publish(1, caller("sub", Map.of()).setting("executionTimeout", 10.0));
    topology.publish("echo", 1, called("call"));
    start();

    topology.advance(Duration.ofSeconds(9));
    assertThat(end(events(), "e-1")).isEqualTo(ExecutionStatus.RUNNING);
    topology.advance(Duration.ofSeconds(1));

    Map<String, List<Event>> events = events();
    assertThat(end(events, "e-1")).isEqualTo(ExecutionStatus.CANCELED);
    assertThat(end(events, "e-1.1.0")).isEqualTo(ExecutionStatus.CANCELED);
    ExecutionOutcome outcome = topology.outcome();
    assertThat(outcome.getStatus()).isEqualTo("canceled");
    assertThat(ItemRecords.fromJsonBytes(Objects.requireNonNull(outcome.getError())))
        .containsEntry("code", ErrorCode.EXECUTION_TIMEOUT.code());
    assertThat(topology.waitingBatches()).isZero();
  }

  @Test
  void waitingForATimeDoesNotCountAgainstTheLimit() {
    topology.publish(1, caller("wait", Map.of()).setting("executionTimeout", 2.0));
    start();

    topology.advance(Duration.ofSeconds(3));

    assertThat(topology.outcome().getStatus()).isEqualTo("success");
  }

  @Test
  void aFailureStartsTheErrorWorkflowWithWhatHappened() {
    topology.publish(1, caller("throw", Map.of()).setting("errorWorkflow", "on-error"));
    topology.publish(
        "on-error",
        1,
        new GraphWorkflow().node("E", GraphNodes.ERROR_TRIGGER).node("A", "pass").edge("E", "A"));

    start();

    Map<String, List<Event>> events = events();
    assertThat(end(events, "e-1")).isEqualTo(ExecutionStatus.ERROR);
    assertThat(end(events, "e-1.error")).isEqualTo(ExecutionStatus.SUCCESS);
    Event.ExecutionStarted started = (Event.ExecutionStarted) of(events, "e-1.error").getFirst();
    assertThat(started.startNode()).isEqualTo("E");
    Map<?, ?> told = object(started.items().getFirst().json().get("execution"));
    assertThat(told.get("id")).isEqualTo("e-1");
    assertThat(told.get("lastNodeExecuted")).isEqualTo("Sub");
    assertThat(object(told.get("error")).get("message")).isEqualTo("attempt 1 fails");
  }

  @Test
  void anErrorTriggerOfItsOwnIsToldOnceAndNotOfItsOwnFailure() {
    topology.publish(
        1,
        caller("throw", Map.of())
            .node("E", GraphNodes.ERROR_TRIGGER)
            .node("Fails too", "throw")
            .edge("E", "Fails too"));

    start();

    Map<String, List<Event>> events = events();
    assertThat(events.keySet()).containsExactlyInAnyOrder("e-1", "e-1.error");
    assertThat(end(events, "e-1.error")).isEqualTo(ExecutionStatus.ERROR);
  }
}
