package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.LeaveGate;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.TaskResult;
import dev.millrace.avro.WithdrawStart;
import dev.millrace.engine.Budget;
import dev.millrace.engine.CallGates;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.error.ErrorCode;
import dev.millrace.limit.Gate;
import dev.millrace.limit.GatePolicy;
import dev.millrace.serde.ItemRecords;
import dev.millrace.store.EngineStores;
import dev.millrace.testing.GraphWorkflow;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits on calls and on executions, in the topology. */
class GateTopologyTest {
  private static final CallGates WITH_CREDENTIAL =
      (workflow, node) -> {
        List<CallGates.Named> gates = new ArrayList<>(CallGates.OF_NODES.of(workflow, node));
        if (node.name().equals("Call")) {
          gates.add(new CallGates.Named("credential:shop", new GatePolicy(null, 2, 100, null)));
        }
        return gates;
      };

  private TopologyFixture topology;
  @TempDir private Path folder;

  @BeforeEach
  void start() {
    topology = new TopologyFixture(folder, Budget.DEFAULT);
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  private static GraphWorkflow workflow(
      String kind, Map<String, @Nullable Object> parameters, Object limits) {
    return new GraphWorkflow()
        .node("T", "trigger")
        .node("Call", kind, 0, 0, parameters, Map.of("millrace", limits))
        .node("After", "pass")
        .edge("T", "Call")
        .edge("Call", "After");
  }

  private void startExecutions(int from, int to) {
    for (int i = from; i <= to; i++) {
      topology.send("e-" + i, TopologyFixture.start(1, null, TopologyFixture.CALLER));
    }
  }

  private static List<String> executions(List<TaskRecord> tasks) {
    return tasks.stream().map(TaskRecord::getExecutionId).toList();
  }

  private void finish(TaskRecord task) throws InterruptedException {
    CommandRecord result = topology.work(task);
    topology.send(result.getExecutionId(), result.getBody());
  }

  private List<String> statuses() {
    return topology.replies().stream()
        .map(ReplyRecord::getBody)
        .map(body -> ((ExecutionOutcome) body).getStatus())
        .toList();
  }

  @Test
  void callsOverTheConcurrencyWaitAndComeInAsOthersLeave() throws InterruptedException {
    topology.publish(1, workflow("call", Map.of(), Map.of("concurrency", 2.0)));
    startExecutions(1, 5);
    List<TaskRecord> first = topology.tasks();
    assertThat(executions(first)).containsExactly("e-1", "e-2");

    finish(first.get(1));
    List<TaskRecord> second = topology.tasks();
    assertThat(executions(second)).containsExactly("e-3");
    finish(second.getFirst());
    finish(first.getFirst());
    List<TaskRecord> rest = topology.tasks();
    assertThat(executions(rest)).containsExactly("e-4", "e-5");
    for (TaskRecord task : rest) {
      finish(task);
    }

    assertThat(statuses()).hasSize(5).containsOnly("success");
    assertThat(topology.stored(EngineStores.GATES)).as("nothing is left of the gate").isZero();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void aRateLetsSoManyInAtATime() throws InterruptedException {
    topology.publish(
        1, workflow("call", Map.of(), Map.of("rate", Map.of("count", 2.0, "per", 10.0))));
    startExecutions(1, 5);
    List<TaskRecord> tasks = topology.tasks();
    assertThat(executions(tasks)).containsExactly("e-1", "e-2");
    for (TaskRecord task : tasks) {
      finish(task);
    }
    topology.advance(Duration.ofSeconds(9));
    assertThat(topology.tasks()).isEmpty();
    topology.advance(Duration.ofSeconds(2));
    assertThat(executions(topology.tasks())).containsExactly("e-3", "e-4");
    topology.advance(Duration.ofSeconds(11));
    assertThat(executions(topology.tasks())).containsExactly("e-5");
  }

  @Test
  void aBreakerRefusesCallsUntilItsPauseIsOver() throws InterruptedException {
    topology.publish(
        1,
        workflow("callThrow", Map.of(), Map.of("breaker", Map.of("failures", 2.0, "pause", 30.0))));
    startExecutions(1, 2);
    for (TaskRecord task : topology.tasks()) {
      finish(task);
    }
    assertThat(statuses()).containsExactly("error", "error");

    startExecutions(3, 3);
    assertThat(topology.tasks()).isEmpty();
    ExecutionOutcome refused = topology.outcome();
    assertThat(ItemRecords.fromJsonBytes(Objects.requireNonNull(refused.getError())))
        .containsEntry("code", ErrorCode.CIRCUIT_OPEN.code())
        .containsEntry("node", "Call");

    topology.advance(Duration.ofSeconds(30));
    startExecutions(4, 5);
    List<TaskRecord> trial = topology.tasks();
    assertThat(executions(trial)).as("one tries, the other waits").containsExactly("e-4");
    finish(trial.getFirst());
    assertThat(statuses()).as("and is refused with it").containsExactly("error", "error");
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void whoIsCanceledWhileWaitingMakesRoomAndIsNotCalledFor() throws InterruptedException {
    topology.publish(1, workflow("call", Map.of(), Map.of("concurrency", 1.0, "maxWaiting", 1.0)));
    startExecutions(1, 3);
    TaskRecord first = topology.tasks().getFirst();
    ExecutionOutcome full = topology.outcome();
    assertThat(ItemRecords.fromJsonBytes(Objects.requireNonNull(full.getError())))
        .containsEntry("code", ErrorCode.TOO_MANY_WAITING.code());

    topology.send("e-2", new CancelExecution("enough"));
    topology.replies();
    startExecutions(4, 4);
    finish(first);
    assertThat(executions(topology.tasks())).containsExactly("e-4");
    topology.send("e-4", new CancelExecution("enough"));
    startExecutions(5, 5);
    assertThat(executions(topology.tasks())).as("a cancel frees the place").containsExactly("e-5");
  }

  @Test
  void aCallGoesThroughAllItsGatesAndLeavesThemAll() throws InterruptedException {
    topology.close();
    topology = new TopologyFixture(folder, Budget.DEFAULT, WITH_CREDENTIAL);
    topology.publish(1, workflow("call", Map.of(), Map.of("concurrency", 3.0)));
    startExecutions(1, 5);
    List<TaskRecord> tasks = topology.tasks();
    assertThat(executions(tasks)).containsExactly("e-1", "e-2");
    assertThat(topology.events())
        .filteredOn(Event.EffectRequested.class::isInstance)
        .allSatisfy(event ->
            assertThat(((Event.EffectRequested) event).gates())
                .hasSize(2)
                .endsWith("credential:shop"));

    // e-3 waits at the second gate, e-4 and e-5 at the first.
    topology.send("e-3", new CancelExecution("enough"));
    finish(tasks.get(0));
    finish(tasks.get(1));
    List<TaskRecord> rest = topology.tasks();
    assertThat(executions(rest)).containsExactly("e-4", "e-5");
    for (TaskRecord task : rest) {
      finish(task);
    }
    assertThat(statuses())
        .containsExactlyInAnyOrder("canceled", "success", "success", "success", "success");
    assertThat(topology.stored(EngineStores.GATES)).isZero();
  }

  @Test
  void flowsTakeTurnsAtAGateThatTheyShare() throws InterruptedException {
    topology.close();
    topology = new TopologyFixture(folder, Budget.DEFAULT, WITH_CREDENTIAL);
    for (String id : List.of(TopologyFixture.WORKFLOW, "other")) {
      topology.publish(id, 1, workflow("call", Map.of(), Map.of()).document("v1").toBytes());
    }
    startExecutions(1, 6);
    topology.send("o-1", TopologyFixture.startOf("other"));
    topology.send("o-2", TopologyFixture.startOf("other"));
    List<String> order = new ArrayList<>();
    List<TaskRecord> tasks = topology.tasks();
    while (!tasks.isEmpty()) {
      for (TaskRecord task : tasks) {
        order.add(task.getExecutionId());
        finish(task);
      }
      tasks = topology.tasks();
    }
    assertThat(order).containsExactly("e-1", "e-2", "e-3", "o-1", "e-4", "o-2", "e-5", "e-6");
  }

  @Test
  void executionsOverTheWorkflowsConcurrencyWaitForTheirTurn() throws InterruptedException {
    topology.publish(
        TopologyFixture.WORKFLOW,
        1,
        workflow("call", Map.of(), Map.of())
            .setting("millrace", Map.of("concurrency", 1.0, "maxWaiting", 1.0))
            .document("v1")
            .toBytes());
    startExecutions(1, 3);
    assertThat(executions(topology.tasks())).as("e-2 waits").containsExactly("e-1");
    ExecutionOutcome refused = topology.outcome();
    assertThat(refused.getStatus()).isEqualTo("error");
    assertThat(ItemRecords.fromJsonBytes(Objects.requireNonNull(refused.getError())))
        .containsEntry("code", ErrorCode.TOO_MANY_WAITING.code());
  }

  @Test
  void aWaitingStartRunsWhenTheOneBeforeItIsOverAndItsKeyCountsOnce() throws InterruptedException {
    topology.publish(
        TopologyFixture.WORKFLOW,
        1,
        workflow("call", Map.of(), Map.of())
            .setting("millrace", Map.of("concurrency", 1.0))
            .document("v1")
            .toBytes());
    startExecutions(1, 1);
    topology.send("e-2", TopologyFixture.start(1, "key", TopologyFixture.CALLER));
    topology.send("e-2", TopologyFixture.start(1, "key", TopologyFixture.CALLER));
    List<TaskRecord> first = topology.tasks();
    assertThat(executions(first)).containsExactly("e-1");

    finish(first.getFirst());
    List<TaskRecord> second = topology.tasks();
    assertThat(executions(second)).containsExactly("e-2");
    finish(second.getFirst());

    assertThat(statuses()).as("one for e-1, two callers of e-2").hasSize(3).containsOnly("success");
    assertThat(topology.stored(EngineStores.GATES)).isZero();
    assertThat(topology.deadLetters()).isEmpty();
  }

  private static GraphWorkflow oneAtATime(int waiting) {
    return workflow("call", Map.of(), Map.of())
        .setting("millrace", Map.of("concurrency", 1.0, "maxWaiting", (double) waiting));
  }

  private void assertCanceledBeforeItBegan(String executionId) {
    List<EventBatch> batches = topology.batches();
    assertThat(batches).extracting(EventBatch::getExecutionId).containsExactly(executionId);
    assertThat(EventRecords.toEvents(batches.getFirst()))
        .hasExactlyElementsOfTypes(Event.ExecutionStarted.class, Event.ExecutionEnded.class)
        .last()
        .extracting(event -> ((Event.ExecutionEnded) event).status())
        .isEqualTo(ExecutionStatus.CANCELED);
  }

  @Test
  void aStartThatWaitsForItsTurnIsCanceledAndMakesRoom() throws InterruptedException {
    topology.publish(1, oneAtATime(1));
    startExecutions(1, 1);
    topology.send("e-2", TopologyFixture.start(1, "key", TopologyFixture.CALLER));
    TaskRecord first = topology.tasks().getFirst();
    topology.batches();
    assertThat(topology.replies()).isEmpty();

    topology.send("e-2", new CancelExecution(""));

    assertCanceledBeforeItBegan("e-2");
    assertThat(statuses()).containsExactly("canceled");
    topology.send("e-2", new CancelExecution(""));
    assertThat(topology.events()).isEmpty();
    topology.send("e-2", TopologyFixture.start(1, "key", TopologyFixture.CALLER));
    assertThat(statuses()).as("who calls again with its key").containsExactly("canceled");

    startExecutions(3, 3);
    assertThat(topology.replies()).as("there is room to wait").isEmpty();
    finish(first);
    List<TaskRecord> next = topology.tasks();
    assertThat(executions(next)).containsExactly("e-3");
    finish(next.getFirst());
    assertThat(statuses()).containsExactly("success", "success");
    assertThat(topology.stored(EngineStores.GATES)).isZero();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void aCancelTellsItsReason() {
    topology.publish(1, oneAtATime(5));
    startExecutions(1, 2);
    topology.send("e-2", new CancelExecution("enough"));
    assertThat(ItemRecords.fromJsonBytes(Objects.requireNonNull(topology.outcome().getError())))
        .containsEntry("code", ErrorCode.EXECUTION_CANCELED.code())
        .containsEntry("message", "enough");
  }

  @Test
  void aCancelThatMeetsAStartOnItsWayFollowsIt() throws InterruptedException {
    topology.publish(1, oneAtATime(5));
    startExecutions(1, 2);
    assertThat(executions(topology.tasks())).containsExactly("e-1");

    // As from a partition that has not heard yet that the gate let it in.
    topology.send(
        "workflow:" + TopologyFixture.WORKFLOW, new WithdrawStart("e-1", "too late to wait"));

    assertThat(statuses()).containsExactly("canceled");
    List<TaskRecord> second = topology.tasks();
    assertThat(executions(second)).as("its place is free").containsExactly("e-2");
    topology.events();
    topology.send("workflow:" + TopologyFixture.WORKFLOW, new WithdrawStart("nobody", ""));
    topology.send("workflow:unknown", new WithdrawStart("e-2", ""));
    assertThat(statuses()).as("whatever the gate knows of it").containsExactly("canceled");
    finish(second.getFirst());
    assertThat(topology.stored(EngineStores.GATES)).isZero();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void aStartThatWaitsForItsVersionIsCanceled() {
    topology.send("e-1", TopologyFixture.start(1, "key", TopologyFixture.CALLER));
    topology.advance(Duration.ofMillis(200));
    assertThat(topology.events()).isEmpty();

    topology.send("e-1", new CancelExecution(""));

    assertCanceledBeforeItBegan("e-1");
    assertThat(statuses()).containsExactly("canceled");
    topology.publish(1, oneAtATime(5));
    topology.advance(Duration.ofSeconds(1));
    assertThat(topology.events()).isEmpty();
    assertThat(topology.tasks()).isEmpty();
    assertThat(topology.stored(EngineStores.TIMERS)).isZero();
    assertThat(topology.stored(EngineStores.GATES)).isZero();
  }

  @Test
  void whatWaitedForItsVersionLeavesNoTrace() throws InterruptedException {
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    topology.publish(1, oneAtATime(5));
    topology.advance(Duration.ofMillis(200));
    List<TaskRecord> tasks = topology.tasks();
    assertThat(executions(tasks)).containsExactly("e-1");
    finish(tasks.getFirst());

    assertThat(statuses()).containsExactly("success");
    assertThat(topology.stored(EngineStores.TIMERS)).isZero();
    assertThat(topology.stored(EngineStores.GATES)).isZero();
  }

  @Test
  void workersAreToldOfCanceledCallsAndOwnersAreNot() {
    topology.publish("calls", 1, workflow("call", Map.of(), Map.of()).document("v1").toBytes());
    topology.publish("counts", 1, workflow("tally", Map.of(), Map.of()).document("v1").toBytes());
    topology.send("e-1", TopologyFixture.startOf("calls"));
    topology.send("e-1", new CancelExecution(""));
    assertThat(topology.cancellations()).containsExactly("e-1");

    topology.send("e-2", TopologyFixture.startOf("counts"));
    topology.send("e-2", new CancelExecution(""));
    assertThat(topology.cancellations()).isEmpty();
  }

  private GateStanding onlyGate() {
    assertThat(topology.gates()).hasSize(1);
    return topology.gates().getFirst();
  }

  @Test
  void whereALimitStandsIsStored() throws InterruptedException {
    topology.publish(
        1,
        workflow(
            "callThrow",
            Map.of("failTimes", 1.0),
            Map.of(
                "concurrency",
                2.0,
                "breaker",
                Map.of("failures", 2.0, "pause", 30.0),
                "retry",
                Map.of("tries", 1.0))));
    startExecutions(1, 3);
    GateStanding busy = onlyGate();
    assertThat(busy.name()).isEqualTo("node:" + TopologyFixture.WORKFLOW + ":Call");
    assertThat(busy.state().inside()).isEqualTo(2);
    assertThat(busy.state().waiting()).isEqualTo(1);
    assertThat(busy.breaker(TopologyFixture.NOW)).contains(Gate.BreakerStatus.CLOSED);

    for (TaskRecord task : topology.tasks()) {
      finish(task);
    }
    // It came in when the first had failed.
    finish(topology.tasks().getFirst());
    GateStanding open = onlyGate();
    assertThat(open.breaker(TopologyFixture.NOW)).contains(Gate.BreakerStatus.OPEN);
    assertThat(open.breaker(TopologyFixture.NOW.plusSeconds(30)))
        .contains(Gate.BreakerStatus.HALF_OPEN);
    assertThat(open.state().failures()).isEqualTo(3);
    assertThat(open.state().inside()).isZero();
    assertThat(open.toJson(TopologyFixture.NOW))
        .containsEntry(
            "breaker",
            Map.of(
                "status",
                "open",
                "failures",
                3.0,
                "openUntil",
                TopologyFixture.NOW.plusSeconds(30).toString()));

    topology.advance(Duration.ofSeconds(30));
    startExecutions(4, 4);
    TaskRecord trial = topology.tasks().getFirst();
    assertThat(onlyGate().breaker(TopologyFixture.NOW.plusSeconds(30)))
        .contains(Gate.BreakerStatus.HALF_OPEN);
    topology.send("e-4", new TaskResult(trial.getCall(), 1L, List.of(), null, null, null, null));
    assertThat(topology.gates()).as("closed, with nothing to remember").isEmpty();
  }

  @Test
  void anExecutionThatWaitsKeepsNobodyFromRunning() {
    topology.publish(
        TopologyFixture.WORKFLOW,
        1,
        workflow("waitForCall", Map.of(), Map.of())
            .setting("millrace", Map.of("concurrency", 1.0))
            .document("v1")
            .toBytes());
    startExecutions(1, 2);
    assertThat(topology.events()).filteredOn(Event.WaitStarted.class::isInstance).hasSize(2);
    assertThat(topology.stored(EngineStores.GATES)).isZero();
  }

  @Test
  void aWrongLimitFailsTheExecutionByName() {
    topology.publish(1, workflow("call", Map.of(), Map.of("concurency", 2.0)));
    startExecutions(1, 1);
    assertThat(ItemRecords.fromJsonBytes(Objects.requireNonNull(topology.outcome().getError())))
        .containsEntry("code", ErrorCode.INVALID_LIMITS.code())
        .containsEntry("node", "Call");
  }

  @Test
  void whatNobodyAskedForIsLeftAndBrokenRequestsAreDeadLetters() {
    topology.send("node:x", new LeaveGate(List.of("node:x"), "e-1#1", "success"));
    topology.send("node:x", new LeaveGate(List.of(), "e-1#1", "odd"));
    assertThat(topology.deadLetters()).isEmpty();
    topology.send(
        "node:x",
        new dev.millrace.avro.AskGate(
            List.of(
                new dev.millrace.avro.GateRef(
                    "node:x",
                    java.nio.ByteBuffer.wrap("{\"rate\":3}".getBytes(StandardCharsets.UTF_8)))),
            "r",
            "",
            "e-1",
            "",
            1,
            null,
            null));
    assertThat(topology.deadLetters()).hasSize(1);
    assertThat(topology.stored(EngineStores.GATES)).isZero();
  }
}
