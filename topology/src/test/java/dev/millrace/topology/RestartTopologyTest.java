package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.RestartExecution;
import dev.millrace.avro.StartExecution;
import dev.millrace.avro.TaskRecord;
import dev.millrace.engine.Budget;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.engine.History;
import dev.millrace.engine.Plan;
import dev.millrace.engine.Recording;
import dev.millrace.error.ErrorCode;
import dev.millrace.testing.ConstantExpressions;
import dev.millrace.testing.GraphNodes;
import dev.millrace.testing.GraphWorkflow;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Retries, replays and cancellations in the topology. */
class RestartTopologyTest {
  private TopologyFixture topology;

  @BeforeEach
  void start(@TempDir Path folder) {
    topology = new TopologyFixture(folder, Budget.DEFAULT);
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  private static GraphWorkflow workflow(String kind) {
    return new GraphWorkflow()
        .node("T", "trigger", Map.of("items", List.of(1.0, 2.0)))
        .node("A", "pass")
        .node("B", kind)
        .node("Last", "pass")
        .edge("T", "A")
        .edge("A", "B")
        .edge("B", "Last");
  }

  private static Plan plan(GraphWorkflow workflow) {
    return Plan.compile(workflow.document("v1"), GraphNodes.catalogue(), new ConstantExpressions());
  }

  private Recording recorded(GraphWorkflow workflow) {
    return new Recording(plan(workflow), Map.of(), topology.events());
  }

  /** What a client sends for a retry. */
  private static RestartExecution restart(int version, History history) {
    StartExecution start = TopologyFixture.start(version, null, TopologyFixture.CALLER);
    start.setMode("retry");
    return new RestartExecution(start, HistoryRecords.toRecord(history));
  }

  @Test
  void aRetryRunsTheFailedNodeAgainInTheVersionThatIsNamed() {
    topology.publish(1, workflow("crash"));
    topology.send("e-1", TopologyFixture.start(1, null, null));
    Recording failed = recorded(workflow("crash"));
    topology.publish(2, workflow("pass"));

    topology.send("e-2", restart(2, failed.beforeFailure()));

    assertThat(topology.outcome())
        .satisfies(outcome -> {
          assertThat(outcome.getStatus()).isEqualTo("success");
          assertThat(outcome.getLastNode()).isEqualTo("Last");
          assertThat(outcome.getOutputs().getFirst().getItems()).hasSize(2);
        });
    List<EventBatch> batches = topology.batches();
    assertThat(batches).allMatch(batch -> batch.getVersion() == 2);
    Recording retried =
        new Recording(
            plan(workflow("pass")),
            Map.of(),
            batches.stream().flatMap(batch -> EventRecords.toEvents(batch).stream()).toList());
    assertThat(retried.state().retryOf()).isEqualTo("e-1");
    assertThat(retried.runs()).extracting(run -> run.run().node()).containsExactly("B", "Last");
    assertThat(retried.state().executionIndex()).isEqualTo(4);

    topology.send("e-3", restart(1, failed.beforeFailure()));
    assertThat(topology.outcome().getStatus()).isEqualTo("error");
  }

  @Test
  void aRetryThatWaitsIsRebuiltWithItsHistory() throws InterruptedException {
    topology.publish(1, workflow("callThrow"));
    topology.send("e-1", TopologyFixture.start(1, null, null));
    topology.send("e-1", topology.work(topology.tasks().getFirst()).getBody());
    Recording failed = recorded(workflow("callThrow"));
    assertThat(failed.state().status()).isEqualTo(ExecutionStatus.ERROR);
    topology.publish(2, workflow("call"));

    topology.send("e-2", restart(2, failed.beforeFailure()));
    TaskRecord task = topology.tasks().getFirst();
    Plan plan = plan(workflow("call"));
    ExecutionState stored = new ExecutionState(plan, Map.of());
    topology.events().forEach(stored::apply);
    assertThat(stored.status()).isEqualTo(ExecutionStatus.CALLING);
    assertThat(task.getInputs().getFirst().getItems()).hasSize(2);
    topology.send("e-2", topology.work(task).getBody());

    assertThat(topology.outcome().getStatus()).isEqualTo("success");
    assertThat(topology.waitingBatches()).isZero();
  }

  @Test
  void aRetryInAVersionThatIsUnknownSaysSo() {
    topology.publish(1, workflow("crash"));
    topology.send("e-1", TopologyFixture.start(1, null, null));
    History history = recorded(workflow("crash")).beforeFailure();

    StartExecution elsewhere = TopologyFixture.start(0, null, TopologyFixture.CALLER);
    elsewhere.setWorkflowId("nowhere");
    topology.send("e-2", new RestartExecution(elsewhere, HistoryRecords.toRecord(history)));

    assertThat(topology.outcome().getStatus()).isEqualTo("error");
    assertThat(topology.events())
        .filteredOn(Event.ExecutionEnded.class::isInstance)
        .allSatisfy(ended ->
            assertThat(((Event.ExecutionEnded) ended).error())
                .containsEntry("code", ErrorCode.UNKNOWN_WORKFLOW.code()));
  }

  @Test
  void cancelingTellsTheWorkersOnlyWhereOneHasACall() throws InterruptedException {
    topology.publish(1, workflow("call"));
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    TaskRecord task = topology.tasks().getFirst();

    topology.send("e-1", new CancelExecution("enough"));
    assertThat(topology.cancellations()).containsExactly("e-1");
    assertThat(topology.outcome().getStatus()).isEqualTo("canceled");
    int events = topology.events().size();
    assertThat(events).isPositive();

    topology.send("e-1", topology.work(task).getBody());
    topology.send("e-1", new CancelExecution("again"));
    assertThat(topology.events()).isEmpty();
    assertThat(topology.cancellations()).isEmpty();

    topology.publish(2, workflow("wait"));
    topology.send("e-2", TopologyFixture.start(2, null, TopologyFixture.CALLER));
    topology.send("e-2", new CancelExecution("enough"));
    assertThat(topology.outcome().getStatus()).isEqualTo("canceled");
    assertThat(topology.cancellations()).isEmpty();
  }
}
