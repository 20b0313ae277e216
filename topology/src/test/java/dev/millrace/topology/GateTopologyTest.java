package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.LeaveGate;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.TaskRecord;
import dev.millrace.engine.Budget;
import dev.millrace.engine.CallGates;
import dev.millrace.engine.Event;
import dev.millrace.error.ErrorCode;
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
