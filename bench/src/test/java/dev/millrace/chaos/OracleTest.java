package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.AttemptFailedEvent;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ContinueExecution;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.EffectRequestedEvent;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.ItemRecord;
import dev.millrace.avro.NodeCompletedEvent;
import dev.millrace.avro.PortRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.RetryDueEvent;
import dev.millrace.avro.StartExecution;
import dev.millrace.avro.WebhookAnswer;
import dev.millrace.chaos.Oracle.Acknowledged;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The oracle calls each kind of broken history broken, and only those. */
class OracleTest {
  private static final Instant T0 = Instant.parse("2026-01-02T03:04:05Z");
  private static final ReplyTo CALLER = new ReplyTo("ingress-1", "request-1", 0);
  private static final String ANSWER = "{\"id\":\"c1\",\"draw\":0.25}";
  private static final Acknowledged ANSWERED = new Acknowledged("c1", "e1", ANSWER);

  private final Oracle oracle = new Oracle(List.of(T0.plusSeconds(10)));

  @Test
  void aHistoryWithoutFaultIsFine() {
    command("e1");
    wholeExecution("e1", "c1", CALLER);
    oracle.see(reply("e1", "request-1", ANSWER));

    assertThat(oracle.violations(List.of(ANSWERED))).isEmpty();
    assertThat(oracle.executions()).isEqualTo(1);
    assertThat(oracle.waitedThroughKill()).isZero();
  }

  @Test
  void anExecutionThatNobodyWasToldOfHasToBeWholeToo() {
    command("e1");
    wholeExecution("e1", "c1", null);
    command("e2");

    assertThat(oracle.violations(List.of(new Acknowledged("c1", "e1", null))))
        .containsExactly("execution e2 was asked for and never began");
  }

  @Test
  void acknowledgedAndLost() {
    assertThat(oracle.violations(List.of(new Acknowledged("c1", "e1", null))))
        .containsExactly("acknowledged execution e1 is lost");
  }

  @Test
  void stuckAfterItBegan() {
    batch("e1", 0, 0, started("c1", null), completed("A", 0, 0, ANSWER));

    assertThat(oracle.violations(List.of(new Acknowledged("c1", "e1", null))))
        .containsExactly("execution e1 is stuck");
  }

  @Test
  void stuckBetweenItsAttempts() {
    batch("e1", 0, 0, started("c1", null), failed("A"));
    oracle.seeStored("e1");

    assertThat(oracle.violations(List.of(new Acknowledged("c1", "e1", null))))
        .containsExactly("execution e1 is stuck");
  }

  @Test
  void attemptsThatSpanAKillAreCountedAndCompared() {
    batch("e1", 0, 0, started("c1", null), failed("A"));
    batch("e1", 1, 20, new RetryDueEvent(T0), completed("A", 0, 0, 2, ANSWER), ended("success"));
    batch("e2", 0, 0, started("c2", null), failed("A"));
    batch("e2", 1, 5, new RetryDueEvent(T0), completed("A", 0, 0, 3, ANSWER), ended("success"));

    assertThat(oracle.waitedThroughKill()).isEqualTo(1);
    assertThat(oracle.violations(List.of()))
        .containsExactly("execution e2: A took 3 attempts, and 1 failed before its last one");
  }

  @Test
  void callsThatReachTheOutsideOftenButWithOneKey() {
    batch("e-1", 0, 0, started("c1", null), new EffectRequestedEvent("A", 1, 1, T0, List.of()));
    batch("e-1", 1, 0, completed("A", 0, 0, ANSWER), ended("success"));
    oracle.seeOutside("e-1-1-0");
    oracle.seeOutside("e-1-1-0");
    assertThat(oracle.violations(List.of())).isEmpty();

    oracle.seeOutside("e-1-2-0");
    oracle.seeOutside("other-1-0");
    assertThat(oracle.violations(List.of()))
        .containsExactly(
            "execution e-1 asked for 1 calls, and 2 reached the outside",
            "the outside was called for execution other, which never began");
  }

  @Test
  void aCallThatNeverReachedTheOutside() {
    batch("e-1", 0, 0, started("c1", null), new EffectRequestedEvent("A", 1, 1, T0, List.of()));
    batch("e-1", 1, 0, completed("A", 0, 0, ANSWER), ended("success"));

    assertThat(oracle.violations(List.of()))
        .containsExactly("execution e-1 asked for 1 calls, and 0 reached the outside");
  }

  @Test
  void startedTwiceAndFinishedTwice() {
    wholeExecution("e1", "c1", null);
    wholeExecution("e1", "c1", null);

    assertThat(oracle.violations(List.of(new Acknowledged("c1", "e1", null))))
        .contains(
            "execution e1 started 2 times",
            "execution e1 ended 2 times",
            "execution e1: batch 0 came instead of 1",
            "execution e1: an event came after the end",
            "execution e1: run 0 of A came twice",
            "execution e1: execution index 0 is out of order");
  }

  @Test
  void twoExecutionsOfOneCall() {
    wholeExecution("e1", "c1", null);
    wholeExecution("e2", "c1", null);

    assertThat(oracle.violations(List.of(new Acknowledged("c1", "e1", null))))
        .containsExactly("call c1 has two executions, e1 and e2");
  }

  @Test
  void twoCallsWithOneExecution() {
    wholeExecution("e1", "c1", null);

    assertThat(
            oracle.violations(
                List.of(new Acknowledged("c1", "e1", null), new Acknowledged("c2", "e1", null))))
        .containsExactly(
            "calls c1 and c2 were told the same execution e1",
            "execution e1 is of call c1 and was told to call c2");
  }

  @Test
  void aBatchThatIsMissing() {
    batch("e1", 0, 0, started("c1", null), failed("A"));
    batch("e1", 2, 2, completed("A", 0, 0, 2, ANSWER), ended("success"));

    assertThat(oracle.violations(List.of()))
        .containsExactly("execution e1: batch 2 came instead of 1");
  }

  @Test
  void anExecutionThatFailed() {
    batch("e1", 0, 0, started("c1", null), completed("A", 0, 0, ANSWER), ended("error"));

    assertThat(oracle.violations(List.of()))
        .containsExactly("execution e1 ended with status error");
  }

  @Test
  void anAnswerThatTheEventsDoNotShow() {
    wholeExecution("e1", "c1", CALLER);
    oracle.see(reply("e1", "request-1", ANSWER));

    assertThat(
            oracle.violations(
                List.of(new Acknowledged("c1", "e1", "{\"id\":\"c1\",\"draw\":0.75}"))))
        .containsExactly(
            "execution e1 answered what its events do not show: {\"id\":\"c1\",\"draw\":0.75}");
  }

  @Test
  void aReplyThatTheEventsDoNotShow() {
    wholeExecution("e1", "c1", CALLER);
    oracle.see(reply("e1", "request-1", "{\"id\":\"c1\",\"draw\":0.75}"));

    assertThat(oracle.violations(List.of()))
        .containsExactly("execution e1 replied what its events do not show");
  }

  @Test
  void aReplyOfAnotherKindOrStatus() {
    wholeExecution("e1", "c1", CALLER);
    oracle.see(
        new ReplyRecord("request-1", "e1", new WebhookAnswer(200, Map.of(), utf8(ANSWER), null)));
    wholeExecution("e2", "c2", CALLER);
    oracle.see(
        new ReplyRecord(
            "request-1", "e2", new ExecutionOutcome("error", null, "A", ports(ANSWER))));

    assertThat(oracle.violations(List.of()))
        .containsExactly(
            "execution e1 replied what its events do not show",
            "execution e2 replied what its events do not show");
  }

  @Test
  void aReplyBeforeTheEnd() {
    batch("e1", 0, 0, started("c1", CALLER), completed("A", 0, 0, ANSWER));
    oracle.see(reply("e1", "request-1", ANSWER));
    oracle.see(reply("e2", "request-2", ANSWER));

    assertThat(oracle.violations(List.of()))
        .containsExactly(
            "execution e1 is stuck",
            "a reply was sent for execution e1, whose events show no end",
            "a reply was sent for execution e2, whose events show no end");
  }

  @Test
  void twoRepliesOrOneToSomebodyElseOrNone() {
    wholeExecution("e1", "c1", CALLER);
    oracle.see(reply("e1", "request-1", ANSWER));
    oracle.see(reply("e1", "request-1", ANSWER));
    wholeExecution("e2", "c2", CALLER);
    oracle.see(reply("e2", "request-2", ANSWER));
    wholeExecution("e3", "c3", null);
    oracle.see(reply("e3", "request-1", ANSWER));
    wholeExecution("e4", "c4", CALLER);

    assertThat(oracle.violations(List.of()))
        .containsExactlyInAnyOrder(
            "execution e1 replied 2 times",
            "execution e2 replied to request-2, which did not ask",
            "execution e3 replied to request-1, which did not ask",
            "execution e4 never replied to who waits for it");
  }

  @Test
  void deadLettersAndWhatIsLeftInTheStore() {
    wholeExecution("e1", "c1", null);
    oracle.seeStored("e1");
    oracle.seeStored("e9");
    oracle.see(
        new DeadLetterRecord("millrace.commands", 2, 7L, "MR-2001", "damaged", null, null, T0));

    assertThat(oracle.violations(List.of()))
        .containsExactly(
            "millrace.commands-2@7 became a dead letter: MR-2001 damaged",
            "execution e1 is over or unknown and still stored",
            "execution e9 is over or unknown and still stored");
  }

  @Test
  void onlyStartsAskForAnExecution() {
    oracle.see(new CommandRecord("e1", "default", T0, new ContinueExecution(1L)));

    assertThat(oracle.violations(List.of())).isEmpty();
  }

  @Test
  void whatWaitsAsItShouldIsStored() {
    Oracle waiting =
        new Oracle(
            List.of(),
            (batch, started) ->
                Optional.of(
                    new Expectation.Standing(
                        true, Map.of("Webhook#0", List.of(List.of(Map.of()))))));
    EventBatch began =
        new EventBatch(
            "e1",
            "default",
            "w",
            1,
            0L,
            T0,
            List.of(started("c1", null), completed("Webhook", 0, 0, "{}")));
    waiting.see(began);
    assertThat(waiting.violations(List.of()))
        .containsExactly("execution e1 waits and is not stored");

    waiting.seeStored("e1");
    assertThat(waiting.violations(List.of())).isEmpty();
    assertThat(waiting.waiting()).isEqualTo(1);

    waiting.see(new EventBatch("e1", "default", "w", 1, 1L, T0, List.of(ended("success"))));
    assertThat(waiting.violations(List.of()))
        .containsExactly(
            "execution e1 ended and should still wait",
            "execution e1 is over or unknown and still stored");
  }

  @Test
  void runsThatAreNotThoseOfTheReference() {
    Oracle compared =
        new Oracle(
            List.of(),
            (batch, started) ->
                Optional.of(
                    new Expectation.Standing(
                        false,
                        Map.of(
                            "A#0", List.of(List.of(Map.of("n", 1.0))),
                            "B#0", List.of(List.of(Map.of("n", 2.0)))))));
    compared.see(
        new EventBatch(
            "e1",
            "default",
            "w",
            1,
            0L,
            T0,
            List.of(
                started("c1", null),
                completed("A", 0, 0, "{\"n\":1}"),
                completed("B", 0, 1, "{\"n\":3}"),
                completed("C", 0, 2, "{}"),
                ended("success"))));

    assertThat(compared.violations(List.of()))
        .containsExactly(
            "execution e1: run B#0 answered [[{n=3.0}]] instead of [[{n=2.0}]]",
            "execution e1: C#0 should not run");
  }

  @Test
  void everybodyWhoCallsWithOneKeyIsTold() {
    ExecutionStartedEvent keyed = started("c1", CALLER);
    keyed.setIdempotencyKey("k");
    batch("e1", 0, 0, keyed, completed("A", 0, 0, ANSWER), ended("success"));
    oracle.see(reply("e1", "request-1", ANSWER));
    oracle.see(reply("e1", "request-2", ANSWER));
    assertThat(oracle.violations(List.of(ANSWERED, ANSWERED))).isEmpty();

    oracle.see(reply("e1", "request-2", ANSWER));
    assertThat(oracle.violations(List.of())).containsExactly("execution e1 replied 3 times");
  }

  private void command(String executionId) {
    oracle.see(
        new CommandRecord(
            executionId,
            "default",
            T0,
            new StartExecution(
                "w", 1, null, "webhook", "Webhook", 0, List.of(), null, true, null, null, null)));
  }

  private void wholeExecution(String executionId, String callId, @Nullable ReplyTo replyTo) {
    batch(
        executionId,
        0,
        0,
        started(callId, replyTo),
        completed("Webhook", 0, 0, "{}"),
        completed("A", 0, 1, ANSWER),
        ended("success"));
  }

  private void batch(String executionId, long sequence, int seconds, Object... events) {
    oracle.see(
        new EventBatch(
            executionId, "default", "w", 1, sequence, T0.plusSeconds(seconds), List.of(events)));
  }

  private static ExecutionStartedEvent started(String callId, @Nullable ReplyTo replyTo) {
    return new ExecutionStartedEvent(
        "webhook",
        "Webhook",
        0,
        items("{\"headers\":{},\"body\":{\"id\":\"" + callId + "\"}}"),
        null,
        true,
        null,
        null,
        replyTo,
        null,
        T0,
        null,
        null);
  }

  private static NodeCompletedEvent completed(String node, int run, int index, String json) {
    return completed(node, run, index, 1, json);
  }

  private static NodeCompletedEvent completed(
      String node, int run, int index, int attempts, String json) {
    return new NodeCompletedEvent(
        node, run, index, T0, 10L, List.of(), ports(json), null, null, false, attempts, null, null);
  }

  private static AttemptFailedEvent failed(String node) {
    return new AttemptFailedEvent(node, 1, utf8("{}"), T0, null);
  }

  private static ExecutionEndedEvent ended(String status) {
    return new ExecutionEndedEvent(status, null, T0);
  }

  private static ReplyRecord reply(String executionId, String requestId, String json) {
    return new ReplyRecord(
        requestId, executionId, new ExecutionOutcome("success", null, "A", ports(json)));
  }

  private static List<PortRecord> ports(String json) {
    return List.of(new PortRecord(items(json)));
  }

  private static List<ItemRecord> items(String json) {
    return List.of(new ItemRecord(utf8(json), -1, null));
  }

  private static ByteBuffer utf8(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }
}
