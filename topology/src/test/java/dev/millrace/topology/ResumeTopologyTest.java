package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.InspectWait;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.ResumeExecution;
import dev.millrace.avro.WaitAnswer;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.engine.Budget;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.item.Item;
import dev.millrace.node.AwaitedCall;
import dev.millrace.serde.ItemRecords;
import dev.millrace.testing.GraphWorkflow;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of executions that wait, through the whole topology. */
class ResumeTopologyTest {
  private static final ReplyTo WHO = new ReplyTo("ingress-2", "call-1", 1);

  @TempDir private Path folder;
  private @Nullable TopologyFixture opened;

  private TopologyFixture topology(Budget budget) {
    TopologyFixture fresh = new TopologyFixture(folder, budget);
    opened = fresh;
    return fresh;
  }

  @AfterEach
  void stop() {
    if (opened != null) {
      opened.close();
    }
  }

  private static GraphWorkflow workflow() {
    return new GraphWorkflow()
        .node("T", "trigger")
        .node("W", "waitForCall")
        .node("After", "pass")
        .edge("T", "W")
        .edge("W", "After");
  }

  private static ResumeExecution resume(int call, @Nullable String key, String awaits) {
    return new ResumeExecution(
        call, ItemRecords.of(List.of(Item.of(Map.of("body", "yes")))), key, WHO, awaits);
  }

  private static WaitAnswer answer(TopologyFixture topology) {
    List<ReplyRecord> replies = topology.replies();
    assertThat(replies).hasSize(1);
    assertThat(replies.getFirst().getRequestId()).isEqualTo(WHO.getRequestId());
    return (WaitAnswer) replies.getFirst().getBody();
  }

  @Test
  void aCallResumesOnceAndWhoComesLaterIsTold() {
    TopologyFixture topology = topology(Budget.DEFAULT);
    topology.publish(1, workflow());
    topology.send("e-1", TopologyFixture.start(1, null, null));

    topology.send("e-1", new InspectWait(WHO));
    WaitAnswer standing = answer(topology);
    assertThat(standing.getState()).isEqualTo("waiting");
    assertThat(standing.getCall()).isEqualTo(1);
    assertThat(AwaitedCall.fromJson(ItemRecords.fromJsonBytes(standing.getAwaited())).node())
        .isEqualTo("W");
    topology.events();

    topology.send("e-1", resume(1, null, "taken"));
    assertThat(answer(topology).getState()).isEqualTo("resumed");
    List<Event> events = topology.events();
    assertThat(events.getFirst()).isInstanceOf(Event.WaitResumed.class);
    assertThat(events.getLast())
        .isInstanceOfSatisfying(
            Event.ExecutionEnded.class,
            end -> assertThat(end.status()).isEqualTo(ExecutionStatus.SUCCESS));
    assertThat(topology.waitingBatches()).isZero();

    topology.send("e-1", resume(1, null, "taken"));
    assertThat(answer(topology).getState()).isEqualTo("over");
    topology.send("e-1", new InspectWait(WHO));
    assertThat(answer(topology).getState()).isEqualTo("over");
    assertThat(topology.events()).isEmpty();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void theSameDeliveryTwiceResumesOneWait() {
    TopologyFixture topology = topology(Budget.DEFAULT);
    topology.publish(1, workflow().node("W2", "waitForCall").edge("After", "W2"));
    topology.send("e-1", TopologyFixture.start(1, null, null));
    topology.send("e-1", resume(1, "delivery", "taken"));
    assertThat(answer(topology).getState()).isEqualTo("resumed");

    topology.send("e-1", resume(1, "delivery", "taken"));
    assertThat(answer(topology).getState()).isEqualTo("repeated");
    topology.send("e-1", resume(2, "delivery", "outcome"));
    assertThat(answer(topology).getState()).isEqualTo("repeated");
    topology.send("e-1", resume(1, "another", "taken"));
    WaitAnswer late = answer(topology);
    assertThat(late.getState()).isEqualTo("waiting");
    assertThat(late.getCall()).isEqualTo(2);
  }

  @Test
  void whoCalledGetsTheOutcomeAndWhoBeganItToo() {
    TopologyFixture topology = topology(Budget.DEFAULT);
    topology.publish(1, workflow());
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    assertThat(topology.replies()).isEmpty();

    topology.send("e-1", resume(1, null, "outcome"));

    List<ReplyRecord> replies = topology.replies();
    assertThat(replies)
        .extracting(ReplyRecord::getRequestId)
        .containsExactlyInAnyOrder("request-1", "call-1");
    assertThat(replies)
        .allSatisfy(reply -> {
          ExecutionOutcome outcome = (ExecutionOutcome) reply.getBody();
          assertThat(outcome.getLastNode()).isEqualTo("After");
          assertThat(
                  ItemRecords.toItems(
                          Objects.requireNonNull(outcome.getOutputs().getFirst().getItems()))
                      .getFirst()
                      .json())
              .isEqualTo(Map.of("body", "yes"));
        });
  }

  @Test
  void aNodeAnswersWhoCalledLast() {
    TopologyFixture topology = topology(Budget.DEFAULT);
    topology.publish(
        1,
        new GraphWorkflow()
            .node("T", "trigger")
            .node("First", "respond")
            .node("W", "waitForCall")
            .node("Second", "respond")
            .edge("T", "First")
            .edge("First", "W")
            .edge("W", "Second"));
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    assertThat(topology.replies()).extracting(r -> text(r)).containsExactly("request-1 First");

    topology.send("e-1", resume(1, null, "answer"));

    assertThat(topology.replies()).extracting(r -> text(r)).containsExactly("call-1 Second");
  }

  private static String text(ReplyRecord reply) {
    return reply.getRequestId()
        + " "
        + StandardCharsets.UTF_8.decode(((WebhookAnswer) reply.getBody()).getBody());
  }

  @Test
  void itSurvivesARestart() {
    TopologyFixture before = topology(Budget.DEFAULT);
    before.publish(1, workflow());
    before.send("e-1", TopologyFixture.start(1, null, null));
    // A cache of executions in memory is lost with its task; what is stored stays.
    List<byte[]> stored = before.storedBatches("e-1");
    before.close();

    TopologyFixture after = topology(Budget.DEFAULT);
    after.publish(1, workflow());
    after.restore("e-1", stored);
    after.send("e-1", resume(1, null, "outcome"));

    assertThat(after.outcome().getStatus()).isEqualTo("success");
    assertThat(after.waitingBatches()).isZero();
  }

  @Test
  void aLimitEndsTheWaitOnce() {
    TopologyFixture topology = topology(Budget.DEFAULT);
    topology.publish(
        1,
        new GraphWorkflow()
            .node("T", "trigger")
            .node("W", "waitForCall", Map.of("seconds", 60.0))
            .edge("T", "W"));
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));
    topology.send("e-2", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    topology.advance(Duration.ofSeconds(59));
    topology.send("e-2", resume(1, null, "taken"));
    assertThat(topology.replies()).hasSize(2);
    topology.advance(Duration.ofSeconds(2));

    assertThat(topology.outcome().getStatus()).isEqualTo("success");
    topology.send("e-1", resume(1, null, "taken"));
    assertThat(answer(topology).getState()).isEqualTo("over");
    assertThat(topology.events().stream().filter(Event.ExecutionEnded.class::isInstance))
        .hasSize(2);
  }

  @Test
  void waitingForACallIsNotCountedAgainstTheTimeLimit() {
    TopologyFixture topology = topology(Budget.DEFAULT);
    topology.publish(1, workflow().setting("executionTimeout", 5.0));
    topology.send("e-1", TopologyFixture.start(1, null, null));

    topology.advance(Duration.ofHours(3));
    topology.send("e-1", resume(1, null, "outcome"));

    assertThat(topology.outcome().getStatus()).isEqualTo("success");
  }

  @Test
  void whatIsCanceledIsNotResumed() {
    TopologyFixture topology = topology(Budget.DEFAULT);
    topology.publish(1, workflow());
    topology.send("e-1", TopologyFixture.start(1, null, null));

    topology.send("e-1", new CancelExecution("no longer needed"));
    topology.send("e-1", resume(1, null, "taken"));

    assertThat(answer(topology).getState()).isEqualTo("over");
    assertThat(topology.waitingBatches()).isZero();
  }

  @Test
  void aCallerWaitsForASubWorkflowThatWaitsForACall() {
    TopologyFixture topology = topology(Budget.DEFAULT);
    topology.publish(
        1,
        new GraphWorkflow()
            .node("T", "trigger")
            .node("S", "sub", Map.of("workflow", "child"))
            .edge("T", "S"));
    topology.publish("child", 1, workflow());
    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    topology.send("e-1", new InspectWait(WHO));
    assertThat(answer(topology).getState()).isEqualTo("busy");
    topology.send("e-1.1.0", resume(1, null, "taken"));

    List<ReplyRecord> replies = topology.replies();
    assertThat(replies)
        .extracting(ReplyRecord::getRequestId)
        .containsExactlyInAnyOrder("request-1", "call-1");
    assertThat(topology.waitingBatches()).isZero();
  }

  @Test
  void cancelingTheCallerEndsTheWaitOfWhatItCalled() {
    TopologyFixture topology = topology(Budget.DEFAULT);
    topology.publish(
        1,
        new GraphWorkflow()
            .node("T", "trigger")
            .node("S", "sub", Map.of("workflow", "child"))
            .edge("T", "S"));
    topology.publish("child", 1, workflow());
    topology.send("e-1", TopologyFixture.start(1, null, null));

    topology.send("e-1", new CancelExecution("enough"));

    assertThat(topology.waitingBatches()).isZero();
    topology.send("e-1.1.0", resume(1, null, "taken"));
    assertThat(answer(topology).getState()).isEqualTo("over");
  }
}
