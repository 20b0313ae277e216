package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ContinueExecution;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.engine.Budget;
import dev.millrace.engine.Event;
import dev.millrace.error.ErrorCode;
import dev.millrace.serde.ItemRecords;
import dev.millrace.store.EngineStores;
import dev.millrace.testing.GraphWorkflow;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The binding of the core to Kafka Streams, on the test driver, which commits every record. */
class MillraceTopologyTest {
  @TempDir Path folder;
  private TopologyFixture kafka;

  @BeforeEach
  void open() {
    kafka = new TopologyFixture(folder, Budget.DEFAULT);
  }

  @AfterEach
  void close() {
    kafka.close();
  }

  private static GraphWorkflow line() {
    return new GraphWorkflow()
        .node("T", "trigger", Map.of("items", List.of(1.0, 2.0)))
        .node("A", "pass")
        .edge("T", "A");
  }

  private static GraphWorkflow retrying(double failures) {
    return new GraphWorkflow()
        .node("T", "trigger")
        .node(
            "A",
            "throw",
            100,
            0,
            Map.of("failTimes", failures),
            Map.of("retryOnFail", true, "maxTries", 3.0, "waitBetweenTries", 2_000.0))
        .edge("T", "A");
  }

  private static String errorCode(java.nio.ByteBuffer error) {
    return String.valueOf(ItemRecords.fromJsonBytes(error).get("code"));
  }

  @Test
  void runsToTheEndAndAnswers() {
    kafka.publish(1, line());

    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    EventBatch batch = kafka.batches().getFirst();
    assertThat(batch.getExecutionId()).isEqualTo("e1");
    assertThat(batch.getWorkflowId()).isEqualTo(TopologyFixture.WORKFLOW);
    assertThat(batch.getSequence()).isZero();
    assertThat(EventRecords.toEvents(batch))
        .hasExactlyElementsOfTypes(
            Event.ExecutionStarted.class,
            Event.NodeCompleted.class,
            Event.NodeCompleted.class,
            Event.ExecutionEnded.class);
    ReplyRecord reply = kafka.replies().getFirst();
    assertThat(reply.getRequestId()).isEqualTo("request-1");
    assertThat(reply.getExecutionId()).isEqualTo("e1");
    assertThat(reply.getBody())
        .isInstanceOfSatisfying(
            dev.millrace.avro.ExecutionOutcome.class,
            outcome -> {
              assertThat(outcome.getStatus()).isEqualTo("success");
              assertThat(outcome.getLastNode()).isEqualTo("A");
              assertThat(ItemRecords.toPorts(outcome.getOutputs()).get(0)).hasSize(2);
            });
    assertThat(kafka.waitingBatches()).isZero();
    assertThat(kafka.deadLetters()).isEmpty();
  }

  @Test
  void answersNobodyWhenNobodyWaits() {
    kafka.publish(1, line());

    kafka.send("e1", TopologyFixture.start(1, null, null));

    assertThat(kafka.events()).hasSize(4);
    assertThat(kafka.replies()).isEmpty();
  }

  @Test
  void retriesWhenItsTimerIsDue() {
    kafka.publish(1, retrying(2));

    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    assertThat(kafka.events()).last().isInstanceOf(Event.AttemptFailed.class);
    assertThat(kafka.waitingBatches()).isEqualTo(1);
    assertThat(kafka.stored(EngineStores.TIMERS)).isEqualTo(1);

    kafka.advance(Duration.ofMillis(1_900));
    assertThat(kafka.events()).isEmpty();

    kafka.advance(Duration.ofMillis(200));
    assertThat(kafka.events())
        .hasExactlyElementsOfTypes(Event.RetryDue.class, Event.AttemptFailed.class);
    assertThat(kafka.replies()).isEmpty();

    kafka.advance(Duration.ofMillis(2_100));
    assertThat(kafka.events())
        .hasExactlyElementsOfTypes(
            Event.RetryDue.class, Event.NodeCompleted.class, Event.ExecutionEnded.class);
    assertThat(kafka.outcome().getStatus()).isEqualTo("success");
    assertThat(kafka.waitingBatches()).isZero();
    assertThat(kafka.stored(EngineStores.TIMERS)).isZero();
  }

  @Test
  void yieldsToItselfWhenItsBudgetForOneGoIsSpent() {
    kafka.close();
    kafka =
        new TopologyFixture(
            folder.resolve("yielding"), new Budget(2, Long.MAX_VALUE, 100, Long.MAX_VALUE, 1_000));
    GraphWorkflow workflow = new GraphWorkflow().node("T", "trigger");
    String before = "T";
    for (int i = 0; i < 6; i++) {
      workflow.node("A" + i, "pass").edge(before, "A" + i);
      before = "A" + i;
    }
    kafka.publish(1, workflow);

    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    List<EventBatch> batches = kafka.batches();
    assertThat(batches).hasSize(4);
    assertThat(batches).extracting(EventBatch::getSequence).containsExactly(0L, 1L, 2L, 3L);
    assertThat(EventRecords.toEvents(batches.get(0)))
        .last()
        .isInstanceOf(Event.ExecutionYielded.class);
    assertThat(kafka.outcome().getLastNode()).isEqualTo("A5");
    assertThat(kafka.waitingBatches()).isZero();
  }

  @Test
  void ignoresAContinuationThatIsOutOfDate() {
    kafka.publish(1, retrying(1));
    kafka.send("e1", TopologyFixture.start(1, null, null));
    kafka.events();

    kafka.send("e1", new ContinueExecution(7L));
    kafka.send("e2", new ContinueExecution(0L));

    assertThat(kafka.events()).isEmpty();
    assertThat(kafka.deadLetters()).isEmpty();
  }

  @Test
  void endlessLoopEndsByItsBudget() {
    kafka.close();
    kafka =
        new TopologyFixture(
            folder.resolve("endless"), new Budget(10, Long.MAX_VALUE, 50, Long.MAX_VALUE, 1_000));
    kafka.publish(
        1,
        new GraphWorkflow().node("T", "trigger").node("A", "pass").edge("T", "A").edge("A", "A"));

    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    assertThat(errorCode(Objects.requireNonNull(kafka.outcome().getError())))
        .isEqualTo(ErrorCode.BUDGET_EXCEEDED.code());
    assertThat(kafka.waitingBatches()).isZero();
  }

  @Test
  void secondCallWithTheSameKeyGetsTheSameAnswerWithoutASecondRun() {
    kafka.publish(1, line());
    kafka.send("e1", TopologyFixture.start(1, "key-1", TopologyFixture.CALLER));
    kafka.events();
    ReplyRecord first = kafka.replies().getFirst();

    kafka.send("e1", TopologyFixture.start(1, "key-1", new ReplyTo("ingress-2", "request-2", 1)));

    assertThat(kafka.events()).isEmpty();
    ReplyRecord second = kafka.replies().getFirst();
    assertThat(second.getRequestId()).isEqualTo("request-2");
    assertThat(second.getBody()).isEqualTo(first.getBody());
  }

  @Test
  void secondCallWaitsWithTheFirstWhileTheExecutionRuns() {
    kafka.publish(1, retrying(1));
    kafka.send("e1", TopologyFixture.start(1, "key-1", TopologyFixture.CALLER));

    kafka.send("e1", TopologyFixture.start(1, "key-1", new ReplyTo("ingress-2", "request-2", 1)));
    assertThat(kafka.replies()).isEmpty();
    kafka.advance(Duration.ofSeconds(3));

    assertThat(kafka.replies())
        .extracting(ReplyRecord::getRequestId)
        .containsExactly("request-1", "request-2");
  }

  @Test
  void keyIsForgottenAfterItsTime() {
    kafka.publish(1, line());
    kafka.send("e1", TopologyFixture.start(1, "key-1", null));
    assertThat(kafka.stored(EngineStores.IDEMPOTENCY)).isEqualTo(1);

    kafka.advance(Duration.ofHours(25));

    assertThat(kafka.stored(EngineStores.IDEMPOTENCY)).isZero();
  }

  @Test
  void workflowThatNobodyPublishedIsAnError() {
    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    assertThat(kafka.replies()).isEmpty();

    kafka.advance(Duration.ofSeconds(20));

    assertThat(errorCode(Objects.requireNonNull(kafka.outcome().getError())))
        .isEqualTo(ErrorCode.UNKNOWN_WORKFLOW.code());
    assertThat(kafka.events())
        .hasExactlyElementsOfTypes(Event.ExecutionStarted.class, Event.ExecutionEnded.class);
    assertThat(kafka.stored(EngineStores.TIMERS)).isZero();
  }

  @Test
  void definitionMayArriveAfterTheCommand() {
    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    kafka.advance(Duration.ofSeconds(1));
    assertThat(kafka.events()).isEmpty();

    kafka.publish(1, line());
    kafka.advance(Duration.ofSeconds(1));

    assertThat(kafka.outcome().getStatus()).isEqualTo("success");
    assertThat(kafka.stored(EngineStores.TIMERS)).isZero();
  }

  @Test
  void executionKeepsTheVersionThatItStartedWith() {
    kafka.publish(1, retrying(1));
    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    kafka.publish(2, line());
    kafka.advance(Duration.ofSeconds(3));

    assertThat(kafka.outcome().getStatus()).isEqualTo("success");
    assertThat(kafka.batches()).extracting(EventBatch::getVersion).containsExactly(1, 1);
  }

  @Test
  void canceledExecutionEndsAndItsTimerDoesNothing() {
    kafka.publish(1, retrying(1));
    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    kafka.send("e1", new CancelExecution("by hand"));

    assertThat(kafka.outcome().getStatus()).isEqualTo("canceled");
    assertThat(kafka.waitingBatches()).isZero();
    kafka.events();
    kafka.advance(Duration.ofSeconds(3));
    assertThat(kafka.events()).isEmpty();
    assertThat(kafka.stored(EngineStores.TIMERS)).isZero();
  }

  @Test
  void workflowThatIsNoWorkflowIsAnError() {
    var start = TopologyFixture.start(0, null, TopologyFixture.CALLER);
    start.setInlineDefinition(
        java.nio.ByteBuffer.wrap("{\"nodes\":7}".getBytes(StandardCharsets.UTF_8)));

    kafka.send("e1", start);

    assertThat(errorCode(Objects.requireNonNull(kafka.outcome().getError())))
        .isEqualTo(ErrorCode.INVALID_WORKFLOW.code());
  }

  @Test
  void recordsThatCannotBeReadAreDeadLettersAndTheNextOneRuns() {
    byte[] key = "e1".getBytes(StandardCharsets.UTF_8);
    byte[] good =
        kafka.encode(
            new CommandRecord("e1", "default", TopologyFixture.NOW, new CancelExecution("")));
    byte[] cut = java.util.Arrays.copyOf(good, good.length - 1);
    byte[] wrongMagic = good.clone();
    wrongMagic[0] = 9;
    byte[] unknownSchema = good.clone();
    unknownSchema[4] = 99;

    kafka.sendBytes(key, "not avro".getBytes(StandardCharsets.UTF_8));
    kafka.sendBytes(key, new byte[0]);
    kafka.sendBytes(key, cut);
    kafka.sendBytes(key, wrongMagic);
    kafka.sendBytes(key, unknownSchema);
    kafka.sendBytes(key, null);
    kafka.sendBytes(null, good);
    kafka.sendBytes("e2".getBytes(StandardCharsets.UTF_8), good);
    kafka.publish(1, line());
    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    assertThat(kafka.deadLetters())
        .extracting(DeadLetterRecord::getCode)
        .containsExactly(
            ErrorCode.UNREADABLE_RECORD.code(),
            ErrorCode.UNREADABLE_RECORD.code(),
            ErrorCode.UNREADABLE_RECORD.code(),
            ErrorCode.UNREADABLE_RECORD.code(),
            ErrorCode.UNKNOWN_SCHEMA.code(),
            ErrorCode.UNREADABLE_RECORD.code(),
            ErrorCode.UNREADABLE_RECORD.code(),
            ErrorCode.UNREADABLE_RECORD.code());
    assertThat(kafka.outcome().getStatus()).isEqualTo("success");
  }

  @Test
  void nodeThatThrowsAnErrorFailsItsExecutionOnly() {
    for (String how : List.of("assertion", "stack")) {
      kafka.publish(
          how.length(),
          new GraphWorkflow()
              .node("T", "trigger")
              .node("A", "crash", Map.of("how", how))
              .edge("T", "A"));

      kafka.send(how, TopologyFixture.start(how.length(), null, TopologyFixture.CALLER));

      assertThat(errorCode(Objects.requireNonNull(kafka.outcome().getError())))
          .isEqualTo(ErrorCode.NODE_DEFECT.code());
    }
    kafka.publish(1, line());
    kafka.send("next", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    assertThat(kafka.outcome().getStatus()).isEqualTo("success");
    assertThat(kafka.deadLetters()).isEmpty();
  }

  @Test
  void unknownNodeTypeIsNamedBeforeAnythingRuns() {
    kafka.publish(
        1, new GraphWorkflow().node("T", "trigger").node("A", "unheard-of").edge("T", "A"));

    kafka.send("e1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    Map<String, ?> error =
        ItemRecords.fromJsonBytes(Objects.requireNonNull(kafka.outcome().getError()));
    assertThat(error.get("code")).isEqualTo(ErrorCode.UNKNOWN_NODE_TYPE.code());
    assertThat(String.valueOf(error.get("message"))).contains("\"A\"", "test.unheard-of");
    assertThat(kafka.events())
        .hasExactlyElementsOfTypes(Event.ExecutionStarted.class, Event.ExecutionEnded.class);
  }
}
