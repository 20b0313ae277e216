package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.KeyedRun;
import dev.millrace.engine.Budget;
import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.serde.ItemRecords;
import dev.millrace.store.EngineStores;
import dev.millrace.store.StateKeys;
import dev.millrace.testing.GraphWorkflow;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes with state beyond one execution, in the topology: to the owner of the state and back. */
class OwnerTopologyTest {
  private static final Budget BUDGET = new Budget(1_000, 100_000_000L, 100_000, 8L << 20, 20_000);

  @TempDir private Path folder;
  private TopologyFixture topology;

  @BeforeEach
  void start() {
    topology = new TopologyFixture(folder, BUDGET);
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  private void publish(
      String workflow,
      Map<String, @Nullable Object> parameters,
      Map<String, @Nullable Object> settings) {
    topology.publish(
        workflow,
        1,
        new GraphWorkflow()
            .node("T", "trigger", Map.of("items", List.of(1.0, 2.0)))
            .node("Tally", "tally", 0, 0, parameters, settings)
            .node("After", "pass")
            .edge("T", "Tally")
            .edge("Tally", "After"));
  }

  private void publish(Map<String, @Nullable Object> parameters) {
    publish(TopologyFixture.WORKFLOW, parameters, Map.of());
  }

  private ExecutionOutcome run(String executionId) {
    topology.send(executionId, TopologyFixture.start(1, null, TopologyFixture.CALLER));
    return topology.outcome();
  }

  private static List<Object> numbers(ExecutionOutcome outcome) {
    List<Object> numbers = new ArrayList<>();
    for (Item item : Objects.requireNonNull(ItemRecords.toPorts(outcome.getOutputs()).getFirst())) {
      numbers.add(item.json().get("number"));
    }
    return numbers;
  }

  private static void assertFailed(ExecutionOutcome outcome, ErrorCode code) {
    assertThat(outcome.getStatus()).isEqualTo("error");
    assertThat(ItemRecords.fromJsonBytes(Objects.requireNonNull(outcome.getError())))
        .containsEntry("code", code.code())
        .containsEntry("node", "Tally");
  }

  @Test
  void whatOneExecutionLeavesTheNextOneFinds() {
    publish(Map.of());

    ExecutionOutcome first = run("e-1");
    ExecutionOutcome second = run("e-2");

    assertThat(first.getStatus()).isEqualTo("success");
    assertThat(first.getLastNode()).isEqualTo("After");
    assertThat(numbers(first)).containsExactly(1.0, 2.0);
    assertThat(numbers(second)).containsExactly(3.0, 4.0);
    assertThat(topology.waitingBatches()).isZero();
    assertThat(topology.stored(EngineStores.KEYED)).isEqualTo(1);
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void workflowsDoNotShareState() {
    publish(Map.of());
    publish("other", Map.of(), Map.of());

    assertThat(numbers(run("e-1"))).containsExactly(1.0, 2.0);
    var start = TopologyFixture.start(1, null, TopologyFixture.CALLER);
    start.setWorkflowId("other");
    topology.send("e-2", start);

    assertThat(numbers(topology.outcome())).containsExactly(1.0, 2.0);
    assertThat(topology.stored(EngineStores.KEYED)).isEqualTo(2);
  }

  @Test
  void aRunWithoutStateStaysWhereItsExecutionIs() {
    publish(Map.of("stateless", 1.0));

    assertThat(run("e-1").getStatus()).isEqualTo("success");

    assertThat(topology.keyedRuns()).isEmpty();
    assertThat(topology.stored(EngineStores.KEYED)).isZero();
  }

  @Test
  void onlyARunThatLooksAtOtherNodesTakesThemAlong() {
    publish(Map.of());
    run("e-1");
    KeyedRun alone = topology.keyedRuns().getFirst();
    assertThat(alone.getRuns()).isEmpty();
    assertThat(text(alone)).contains("Tally").doesNotContain("After");

    publish("other", Map.of("sees", "T"), Map.of());
    var start = TopologyFixture.start(1, null, TopologyFixture.CALLER);
    start.setWorkflowId("other");
    topology.send("e-2", start);
    KeyedRun seeing = topology.keyedRuns().getFirst();

    assertThat(seeing.getRuns()).hasSize(1);
    assertThat(text(seeing)).contains("Tally", "After");
    assertThat(
            Objects.requireNonNull(ItemRecords.toPorts(topology.outcome().getOutputs()).getFirst())
                .getFirst()
                .json())
        .containsEntry("seen", 1.0);
  }

  private static String text(KeyedRun run) {
    return new String(ItemRecords.bytes(run.getTask().getWorkflow()), StandardCharsets.UTF_8);
  }

  @Test
  void aRunThatFailsLeavesTheStateAsItWas() {
    publish(Map.of("failTimes", 9.0));
    assertFailed(run("e-1"), ErrorCode.NODE_FAILED);
    assertThat(topology.stored(EngineStores.KEYED)).isZero();

    publish(TopologyFixture.WORKFLOW, Map.of("crash", true), Map.of());
    topology.publish(
        2,
        new GraphWorkflow()
            .node("T", "trigger")
            .node("Tally", "tally", Map.of("crash", true))
            .edge("T", "Tally"));
    topology.send("e-2", TopologyFixture.start(2, null, TopologyFixture.CALLER));
    assertFailed(topology.outcome(), ErrorCode.NODE_DEFECT);
    assertThat(topology.stored(EngineStores.KEYED)).isZero();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void aRetryIsMadeOnTheStateAsItIsThen() {
    publish(
        TopologyFixture.WORKFLOW,
        Map.of("failTimes", 1.0),
        Map.of("retryOnFail", true, "maxTries", 2.0, "waitBetweenTries", 500.0));
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    assertThat(topology.replies()).isEmpty();

    topology.advance(Duration.ofSeconds(1));

    assertThat(numbers(topology.outcome())).containsExactly(1.0, 2.0);
  }

  @Test
  void aResultForAnExecutionThatHasEndedDoesNothing() {
    publish(Map.of());
    run("e-1");
    KeyedRun run = topology.keyedRuns().getFirst();
    topology.send("e-1", new CancelExecution("late"));
    topology.events();

    topology.sendKeyed(
        StateKeys.owner("default", TopologyFixture.WORKFLOW, run.getState()), topology.encode(run));

    assertThat(topology.events()).isEmpty();
    assertThat(topology.deadLetters()).isEmpty();
    assertThat(numbers(run("e-2"))).as("the run was made again").containsExactly(5.0, 6.0);
  }

  @Test
  void moreThanARunMayAnswerIsAnErrorAndNoChange() {
    publish(Map.of("bytes", 30_000.0));

    assertFailed(run("e-1"), ErrorCode.BATCH_TOO_LARGE);

    assertThat(topology.stored(EngineStores.KEYED)).isZero();
  }

  @Test
  void moreThanARecordTakesIsAnErrorBeforeItLeaves() {
    publish(Map.of("note", "x".repeat(30_000)));

    assertFailed(run("e-1"), ErrorCode.BATCH_TOO_LARGE);

    assertThat(topology.keyedRuns()).isEmpty();
  }

  @Test
  void whatIsNoRunIsADeadLetterAndTheNextOneIsMade() {
    publish(Map.of());
    run("e-1");
    KeyedRun run = topology.keyedRuns().getFirst();
    byte[] good = topology.encode(run);
    byte[] key = StateKeys.owner("default", TopologyFixture.WORKFLOW, run.getState());
    byte[] wrongMagic = good.clone();
    wrongMagic[0] = 9;

    topology.sendKeyed(key, "not avro".getBytes(StandardCharsets.UTF_8));
    topology.sendKeyed(key, new byte[0]);
    topology.sendKeyed(key, null);
    topology.sendKeyed(key, wrongMagic);
    topology.sendKeyed(null, good);
    topology.sendKeyed("elsewhere".getBytes(StandardCharsets.UTF_8), good);

    assertThat(topology.deadLetters())
        .hasSize(6)
        .extracting(DeadLetterRecord::getTopic)
        .containsOnly("millrace.keyed");
    assertThat(numbers(run("e-2"))).containsExactly(3.0, 4.0);
  }

  @Test
  void aRunOfAnUnknownNodeFailsItsExecution() {
    publish(Map.of());
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    KeyedRun run = topology.keyedRuns().getFirst();
    topology.outcome();
    run.setNode("Nobody");
    topology.sendKeyed(
        StateKeys.owner("default", TopologyFixture.WORKFLOW, run.getState()), topology.encode(run));

    assertThat(topology.deadLetters()).as("the answer is the execution's").isEmpty();
    assertThat(numbers(run("e-2"))).containsExactly(3.0, 4.0);
  }

  @Test
  void aRunThatTheProcessDiedOfIsNotMadeAgain() throws IOException {
    publish(Map.of());
    run("killer");
    KeyedRun run = topology.keyedRuns().getFirst();
    topology.close();
    Path marks = Files.createDirectories(folder.resolve("marks"));
    Files.writeString(marks.resolve("engine.crashes"), "3 4102444800000 killer\n");
    try (CrashMarker crashes = CrashMarker.open(marks, "engine", InstantSource.system())) {
      topology = new TopologyFixture(folder.resolve("again"), BUDGET, crashes);
      publish(Map.of());

      topology.sendKeyed(
          StateKeys.owner("default", TopologyFixture.WORKFLOW, run.getState()),
          topology.encode(run));

      assertThat(topology.stored(EngineStores.KEYED)).isZero();
      assertThat(numbers(run("other"))).containsExactly(1.0, 2.0);
    }
  }
}
