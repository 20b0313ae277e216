package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.TaskResult;
import dev.millrace.engine.Budget;
import dev.millrace.engine.Event;
import dev.millrace.error.ErrorCode;
import dev.millrace.serde.ItemRecords;
import dev.millrace.testing.GraphWorkflow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that reach outside, in the topology: what leaves it for a worker, and what comes back. */
class TaskTopologyTest {
  private TopologyFixture topology;

  @BeforeEach
  void start(@TempDir Path folder) {
    topology = new TopologyFixture(folder, Budget.DEFAULT);
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  private void publish(
      String kind,
      Map<String, @Nullable Object> parameters,
      Map<String, @Nullable Object> settings) {
    topology.publish(
        1,
        new GraphWorkflow()
            .node("T", "trigger")
            .node("Call", kind, 0, 0, parameters, settings)
            .node("After", "pass")
            .edge("T", "Call")
            .edge("Call", "After"));
  }

  private TaskRecord onlyTask() {
    List<TaskRecord> tasks = topology.tasks();
    assertThat(tasks).hasSize(1);
    return tasks.getFirst();
  }

  private void sendResult(CommandRecord result) {
    topology.send(result.getExecutionId(), result.getBody());
  }

  @Test
  void aCallWaitsForItsResultAndGoesOnWithIt() throws InterruptedException {
    publish("call", Map.of(), Map.of());
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    TaskRecord task = onlyTask();
    assertThat(task.getExecutionId()).isEqualTo("e-1");
    assertThat(task.getCall()).isEqualTo(1);
    assertThat(task.getAttempt()).isEqualTo(1);
    assertThat(topology.replies()).isEmpty();
    assertThat(topology.waitingBatches()).isEqualTo(1);

    sendResult(topology.work(task));

    var outcome = topology.outcome();
    assertThat(outcome.getStatus()).isEqualTo("success");
    assertThat(outcome.getLastNode()).isEqualTo("After");
    assertThat(topology.waitingBatches()).isZero();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void aResultThatComesAgainOrTooLateDoesNothing() throws InterruptedException {
    publish("call", Map.of(), Map.of());
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    CommandRecord result = topology.work(onlyTask());
    sendResult(result);
    topology.events();

    sendResult(result);
    assertThat(topology.events()).isEmpty();

    topology.send("e-2", TopologyFixture.start(1, null, null));
    CommandRecord late = topology.work(onlyTask());
    topology.send("e-2", new CancelExecution("enough"));
    topology.events();
    sendResult(late);
    assertThat(topology.events()).isEmpty();
    assertThat(topology.waitingBatches()).isZero();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void aRetryIsATaskOfItsOwnWithTheIdempotencyKeyOfTheFirst() throws InterruptedException {
    publish(
        "callThrow",
        Map.of("failTimes", 1.0),
        Map.of("retryOnFail", true, "maxTries", 2.0, "waitBetweenTries", 500.0));
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    TaskRecord first = onlyTask();
    sendResult(topology.work(first));
    assertThat(topology.tasks()).as("before the wait is over").isEmpty();

    topology.advance(Duration.ofSeconds(1));

    TaskRecord second = onlyTask();
    assertThat(second.getCall()).isEqualTo(2);
    assertThat(second.getAttempt()).isEqualTo(2);
    sendResult(topology.work(first));
    assertThat(topology.replies()).as("the first attempt's result again").isEmpty();
    sendResult(topology.work(second));
    assertThat(topology.outcome().getStatus()).isEqualTo("success");
  }

  @Test
  void aFailureEndsTheExecutionWithItsReason() throws InterruptedException {
    publish("callThrow", Map.of(), Map.of());
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    sendResult(topology.work(onlyTask()));

    var outcome = topology.outcome();
    assertThat(outcome.getStatus()).isEqualTo("error");
    assertThat(ItemRecords.fromJsonBytes(Objects.requireNonNull(outcome.getError())))
        .containsEntry("code", ErrorCode.NODE_FAILED.code())
        .containsEntry("node", "Call")
        .containsEntry("message", "attempt 1 fails");
  }

  @Test
  void aResultForAnExecutionThatNobodyKnowsDoesNothing() {
    topology.send("nobody", new TaskResult(1, 0L, List.of(), null, null, null, null));

    assertThat(topology.events()).isEmpty();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void theRequestIsAnEventThatARestoredStateHas() {
    publish("call", Map.of(), Map.of());
    topology.send("e-1", TopologyFixture.start(1, null, null));

    assertThat(topology.events())
        .filteredOn(Event.EffectRequested.class::isInstance)
        .containsExactly(new Event.EffectRequested("Call", 1, 1, TopologyFixture.NOW, List.of()));
  }
}
