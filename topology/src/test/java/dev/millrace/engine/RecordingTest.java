package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeRun;
import dev.millrace.testing.ConstantExpressions;
import dev.millrace.testing.GraphWorkflow;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class RecordingTest {
  private static final Command.Start START =
      new Command.Start("e-1", ExecutionMode.TRIGGER, "T", 0, List.of(Item.empty()), null);
  private static final Command.Start AGAIN =
      new Command.Start("e-2", ExecutionMode.RETRY, "T", 0, List.of(Item.empty()), null);

  /** A node of each branch, and one that joins them. */
  private static GraphWorkflow joined(String right) {
    return new GraphWorkflow()
        .node("T", "trigger", Map.of("items", List.of(1.0, 2.0)))
        .node("Left", "pass")
        .node("Right", right)
        .node("Join", "merge")
        .node("Last", "pass")
        .edge("T", "Left")
        .edge("T", "Right")
        .edge("Left", 0, "Join", 0)
        .edge("Right", 0, "Join", 1)
        .edge("Join", "Last");
  }

  private static Plan plan(GraphWorkflow workflow) {
    return TestExecution.plan(workflow.document("v1"));
  }

  private static TestExecution run(Plan plan, Command start) {
    return new TestExecution(plan, Budget.DEFAULT).run(start);
  }

  private static TestExecution failedAtRight(Plan plan) {
    return new TestExecution(plan, Budget.DEFAULT)
        .failing((node, run) -> node.equals("Right"))
        .run(START);
  }

  private static void assertRefused(ThrowingCallable call, ErrorCode code, String words) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MillraceException.class,
            refused -> {
              assertThat(refused.code()).isEqualTo(code);
              assertThat(refused.text()).contains(words);
            });
  }

  @Test
  void tellsTheInputsOfEachRun() {
    Recording recording = run(plan(joined("pass")), START).recording();

    Recording.RecordedRun join =
        recording.runs().stream().filter(run -> run.run().node().equals("Join")).findFirst().get();

    assertThat(join.inputs()).hasSize(2).allMatch(items -> items != null && items.size() == 2);
    assertThat(recording.started().items()).hasSize(1);
    assertThat(recording.state().status()).isEqualTo(ExecutionStatus.SUCCESS);
  }

  @Test
  void aRetryKeepsWhatRanAndTheInputsThatWereThere() {
    Plan plan = plan(joined("pass"));
    Recording failed = failedAtRight(plan).recording();

    History history = failed.beforeFailure();
    TestExecution retried = run(plan, new Command.Restart(AGAIN, history));

    assertThat(history.runs()).extracting(NodeRun::node).containsExactly("T", "Left");
    assertThat(history.waiting()).hasSize(1);
    assertThat(retried.recording().runs())
        .extracting(run -> run.run().node())
        .containsExactly("Right", "Join", "Last");
    assertThat(retried.state().runs("Last").getFirst().output(0)).hasSize(4);
    assertThat(retried.state().runs("Right")).hasSize(1).allMatch(run -> run.error() == null);
  }

  @Test
  void aChangedVersionGoesOnFromTheQueueThatWasLeft() {
    Recording failed = failedAtRight(plan(joined("pass"))).recording();
    Plan changed =
        plan(
            joined("fresh")
                .node("Right", "fresh", Map.of("items", List.of(7.0)))
                .node("Before", "pass")
                .node("After", "pass")
                .edge("T", "Before")
                .edge("Before", "Right")
                .edge("Last", "After"));

    TestExecution retried = run(changed, new Command.Restart(AGAIN, failed.beforeFailure()));

    assertThat(retried.state().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(retried.state().runs("Before")).isEmpty();
    assertThat(retried.state().runs("After").getFirst().output(0))
        .extracting(item -> item.json().get("v"))
        .contains(1.0, 2.0, 7.0);
  }

  @Test
  void aVersionWithoutTheNodeSaysSoAndCanBeRetriedAgain() {
    Recording failed = failedAtRight(plan(joined("pass"))).recording();
    Plan without = plan(new GraphWorkflow().node("T", "trigger").node("Left", "pass"));

    TestExecution refused = run(without, new Command.Restart(AGAIN, failed.beforeFailure()));

    assertThat(refused.state().error())
        .containsEntry("code", ErrorCode.UNKNOWN_NODE.code())
        .containsEntry("node", "Right");
    History again = refused.recording().beforeFailure();
    assertThat(again.executionId()).isEqualTo("e-2");
    TestExecution retried = run(plan(joined("pass")), new Command.Restart(AGAIN, again));
    assertThat(retried.state().runs("Last").getFirst().output(0)).hasSize(4);
  }

  @Test
  void aRetryOfACanceledCallMakesTheCallAgain() {
    Plan plan = plan(new GraphWorkflow().node("T", "trigger").node("C", "call").edge("T", "C"));
    TestExecution canceled =
        new TestExecution(plan, Budget.DEFAULT).give(START).give(new Command.Cancel("enough"));
    assertThat(canceled.state().status()).isEqualTo(ExecutionStatus.CANCELED);

    TestExecution retried =
        run(plan, new Command.Restart(AGAIN, canceled.recording().beforeFailure()));

    assertThat(retried.state().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(retried.state().runs("T")).hasSize(1);
    assertThat(retried.state().runs("C")).hasSize(1);
  }

  @Test
  void aReplayOfALaterRunOfALoopKeepsTheEarlierOnes() {
    Plan plan =
        plan(
            new GraphWorkflow()
                .node("T", "trigger", Map.of("items", List.of(1.0, 2.0, 3.0)))
                .node("Loop", "sib", Map.of("batchSize", 1.0))
                .node("Body", "pass")
                .node("Done", "pass")
                .edge("T", "Loop")
                .edge("Loop", 1, "Body", 0)
                .edge("Body", "Loop")
                .edge("Loop", 0, "Done", 0));
    Recording recording = run(plan, START).recording();

    TestExecution replayed = run(plan, new Command.Restart(AGAIN, recording.before("Body", 1)));

    assertThat(replayed.recording().runs().getFirst().run())
        .extracting(NodeRun::node, NodeRun::run)
        .containsExactly("Body", 1);
    assertThat(replayed.state().runs("Body")).hasSize(3);
    assertThat(replayed.state().runs("Done").getFirst().output(0)).hasSize(3);
    assertRefused(
        () -> replayed.recording().before("Body", 0),
        ErrorCode.UNKNOWN_NODE,
        "over from execution e-1");
  }

  @Test
  void whatCannotBeRetriedSaysWhy() {
    Plan plan = plan(joined("pass"));
    Recording succeeded = run(plan, START).recording();
    assertRefused(succeeded::beforeFailure, ErrorCode.NOT_RETRYABLE, "succeeded");
    assertRefused(() -> succeeded.before("Nobody", 0), ErrorCode.UNKNOWN_NODE, "T, Left, Right");
    assertRefused(() -> succeeded.before("Left", 1), ErrorCode.UNKNOWN_NODE, "no run 1");

    Plan calling = plan(new GraphWorkflow().node("T", "trigger").node("C", "call").edge("T", "C"));
    Recording open = new TestExecution(calling, Budget.DEFAULT).give(START).recording();
    assertRefused(open::beforeFailure, ErrorCode.NOT_RETRYABLE, "is not over");

    Recording withoutStart =
        run(plan, new Command.Start("e", ExecutionMode.TRIGGER, "Nobody", 0, List.of(), null))
            .recording();
    assertThat(withoutStart.beforeFailure().runs()).isEmpty();
    Recording never =
        run(
                plan(new GraphWorkflow().node("A", "pass").node("B", "pass")),
                new Command.Start("e", ExecutionMode.TRIGGER, null, 0, List.of(), null))
            .recording();
    assertRefused(never::beforeFailure, ErrorCode.NOT_RETRYABLE, "never began");
  }

  private static Rehearsal.Result rehearse(Recording recording, Plan recorded, Plan plan) {
    return new Rehearsal(recording, recorded, plan, new ConstantExpressions()).run();
  }

  private static GraphWorkflow calling(String url) {
    return new GraphWorkflow()
        .node("T", "trigger", Map.of("items", List.of(1.0)))
        .node("Call", "call", Map.of("url", url))
        .node("Sub", "subEach")
        .node("Wait", "wait")
        .edge("T", "Call")
        .edge("Call", "Sub")
        .edge("Sub", "Wait");
  }

  @Test
  void aRehearsalTellsWhatWouldBeAskedOtherwise() {
    Plan before = plan(calling("one"));
    Recording recording = run(before, START).recording();

    Rehearsal.Result same = rehearse(recording, before, before);
    Rehearsal.Result changed = rehearse(recording, before, plan(calling("two")));

    assertThat(same.requests())
        .singleElement()
        .satisfies(request -> assertThat(request.rehearsed()).isEqualTo(request.recorded()));
    assertThat(same.state().runs("Wait").getFirst().started())
        .isEqualTo(recording.state().runs("Wait").getFirst().started());
    assertThat(changed.unanswered()).isNull();
    assertThat(changed.state().status()).isEqualTo(ExecutionStatus.SUCCESS);
    assertThat(changed.requests())
        .singleElement()
        .satisfies(request -> {
          assertThat(String.valueOf(request.recorded())).contains("one");
          assertThat(String.valueOf(request.rehearsed())).contains("two").doesNotContain("one");
        });
  }

  @Test
  void aRehearsalEndsAtACallThatWasNotRecorded() {
    Plan before = plan(joined("pass"));
    Recording recording = run(before, START).recording();

    Rehearsal.Result call = rehearse(recording, before, plan(joined("call")));
    Rehearsal.Result sub = rehearse(recording, before, plan(joined("sub")));

    for (Rehearsal.Result stopped : List.of(call, sub)) {
      assertThat(stopped.unanswered())
          .isNotNull()
          .extracting(Rehearsal.Unanswered::node, Rehearsal.Unanswered::run)
          .containsExactly("Right", 0);
      assertThat(stopped.state().runs("Left")).hasSize(1);
      assertThat(stopped.state().runs("Right")).isEmpty();
    }
  }
}
