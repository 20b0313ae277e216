package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.worker.InFlight.Arrival;
import dev.millrace.worker.Settlement.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private static final TaskId TASK = new TaskId(0, 7);

  private final InFlight inFlight = new InFlight(settings(8, 40_000));

  /** Nanoseconds; the origin is one that overflows soon. */
  private long now = Long.MAX_VALUE - Duration.ofSeconds(5).toNanos();

  static PumpSettings settings(int tasks, long bytes) {
    return new PumpSettings(
        "nowhere:1",
        "tasks",
        "workers",
        tasks,
        bytes,
        Duration.ofSeconds(30),
        3,
        Duration.ofSeconds(1));
  }

  @Test
  void aFinishedTaskIsAcceptedOnce() {
    assertThat(arrive(TASK, 1)).isEqualTo(Arrival.RUN);
    assertThat(due()).isEmpty();
    end(TASK, new Outcome.Handled());
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.ACCEPT));
    pass(Duration.ofMinutes(2));
    assertThat(due()).isEmpty();
    assertThat(inFlight.metrics(1)).isEqualTo(new PumpMetrics(0, 0, 1, 0, 0, 0, 0, 1));
  }

  @Test
  void howARunEndsDecidesWhatTheBrokerIsTold() {
    List<Outcome> outcomes =
        List.of(
            new Outcome.Handled(),
            new Outcome.Cancelled(),
            new Outcome.GivenUp(),
            new Outcome.Stopped());
    List<Verdict> verdicts = new ArrayList<>();
    for (Outcome outcome : outcomes) {
      arrive(TASK, 1);
      end(TASK, outcome);
      verdicts.add(due().getFirst().verdict());
      inFlight.confirmed(TASK);
    }
    assertThat(verdicts)
        .containsExactly(Verdict.ACCEPT, Verdict.ACCEPT, Verdict.REJECT, Verdict.RELEASE);
  }

  @Test
  void aRunningTaskIsRenewedEachThirdOfTheLock() {
    arrive(TASK, 1);
    pass(Duration.ofSeconds(9));
    assertThat(due()).isEmpty();
    pass(Duration.ofSeconds(1));
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.RENEW));
    pass(Duration.ofSeconds(1));
    assertThat(due()).as("not again before the answer").isEmpty();
    inFlight.confirmed(TASK);
    pass(Duration.ofSeconds(8));
    assertThat(due()).isEmpty();
    pass(Duration.ofSeconds(1));
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.RENEW));
    assertThat(inFlight.metrics(1).renewed()).isEqualTo(1);
  }

  @Test
  void theLockIsWhatTheBrokerSaysItIs() {
    inFlight.lockIs(Duration.ofSeconds(3).toNanos());
    arrive(TASK, 1);
    pass(Duration.ofSeconds(1));
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.RENEW));
  }

  @Test
  void aTaskThatEndsWhileItsRenewalIsOnTheWayIsAcceptedAfterTheAnswer() {
    arrive(TASK, 1);
    pass(Duration.ofSeconds(10));
    assertThat(due()).hasSize(1);
    end(TASK, new Outcome.Handled());
    pass(Duration.ofSeconds(1));
    assertThat(due()).isEmpty();
    inFlight.confirmed(TASK);
    pass(Duration.ofMillis(100));
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.ACCEPT));
  }

  @Test
  void aDeliveryIsLostWhenItsLockRunsOutOrItsRenewalIsRefused() {
    TaskId other = new TaskId(1, 7);
    arrive(TASK, 1);
    pass(Duration.ofSeconds(10));
    due();
    inFlight.refused(TASK);
    arrive(other, 1);
    pass(Duration.ofSeconds(30));
    assertThat(due()).isEmpty();
    assertThat(inFlight.metrics(1).lost()).isEqualTo(2);
    end(TASK, new Outcome.Handled());
    assertThat(due()).as("the broker would refuse it").isEmpty();
  }

  @Test
  void aLostTaskThatComesBackWhileItRunsIsNotStartedAgain() {
    arrive(TASK, 1);
    inFlight.allLost();
    // More often than is allowed: but it runs.
    assertThat(arrive(TASK, 4)).isEqualTo(Arrival.KNOWN);
    end(TASK, new Outcome.Handled());
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.ACCEPT));
  }

  @Test
  void aLostTaskThatComesBackAfterItsEndIsSettledAndNotStartedAgain() {
    arrive(TASK, 1);
    end(TASK, new Outcome.Handled());
    due();
    inFlight.refused(TASK);
    assertThat(arrive(TASK, 2)).isEqualTo(Arrival.KNOWN);
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.ACCEPT));
    inFlight.confirmed(TASK);
    assertThat(arrive(TASK, 3)).as("forgotten once confirmed").isEqualTo(Arrival.RUN);
  }

  @Test
  void aTaskThatFailedIsHeldForAWhileAndThenReleased() {
    arrive(TASK, 1);
    IllegalStateException why = new IllegalStateException("no");
    end(TASK, new Outcome.Failed(why));
    pass(Duration.ofMillis(900));
    assertThat(due()).isEmpty();
    pass(Duration.ofMillis(100));
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.RELEASE));

    assertThat(arrive(TASK, 2)).isEqualTo(Arrival.RUN);
    end(TASK, new Outcome.Failed(why));
    pass(Duration.ofMillis(1900));
    assertThat(due()).isEmpty();
    pass(Duration.ofMillis(100));
    assertThat(due()).hasSize(1);
    assertThat(arrive(TASK, 4)).isEqualTo(Arrival.GIVE_UP);
    assertThat(inFlight.lastFailure(TASK)).isSameAs(why);
    assertThat(inFlight.metrics(1).released()).isEqualTo(2);
  }

  @Test
  void aTaskThatWaitsAfterAFailureKeepsItsLock() {
    arrive(TASK, 3);
    pass(Duration.ofSeconds(8));
    end(TASK, new Outcome.Failed(new IllegalStateException()));
    pass(Duration.ofSeconds(2));
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.RENEW));
    inFlight.confirmed(TASK);
    pass(Duration.ofSeconds(2));
    assertThat(due()).containsExactly(new Settlement(TASK, Verdict.RELEASE));
  }

  @Test
  void thereIsRoomForAWholePollOrNone() {
    // A quarter of the bounds each: two tasks, ten thousand bytes.
    for (int offset = 0; offset < 6; offset++) {
      assertThat(inFlight.hasRoom()).isTrue();
      arrive(new TaskId(0, offset), 1);
    }
    assertThat(inFlight.hasRoom()).isTrue();
    arrive(new TaskId(0, 6), 1);
    assertThat(inFlight.hasRoom()).isFalse();
    end(new TaskId(0, 3), new Outcome.Handled());
    due();
    assertThat(inFlight.hasRoom()).isTrue();
    assertThat(inFlight.arrived(new TaskId(0, 8), 1, 30_000, now)).isEqualTo(Arrival.RUN);
    assertThat(inFlight.hasRoom()).as("too many bytes").isFalse();
  }

  @Test
  void everythingIsGivenBackAtTheEnd() {
    TaskId failed = new TaskId(0, 1);
    TaskId renewing = new TaskId(0, 2);
    arrive(renewing, 1);
    pass(Duration.ofSeconds(10));
    due();
    arrive(TASK, 1);
    arrive(failed, 3);
    end(failed, new Outcome.Failed(new IllegalStateException()));
    inFlight.giveBackWaiting(now);
    assertThat(due()).containsExactly(new Settlement(failed, Verdict.RELEASE));
    inFlight.giveBackAll(now);
    assertThat(due())
        .containsExactlyInAnyOrder(
            new Settlement(TASK, Verdict.RELEASE), new Settlement(renewing, Verdict.RELEASE));
    end(TASK, new Outcome.Handled());
    assertThat(due()).isEmpty();
    assertThat(inFlight.metrics(1).inFlight()).isZero();
    assertThat(inFlight.metrics(1).bytes()).isZero();
  }

  private Arrival arrive(TaskId id, int deliveryCount) {
    return inFlight.arrived(id, deliveryCount, 100, now);
  }

  private void end(TaskId id, Outcome outcome) {
    inFlight.ended(id, outcome, now);
  }

  private List<Settlement> due() {
    return inFlight.due(now);
  }

  private void pass(Duration time) {
    now += time.toNanos();
  }
}
