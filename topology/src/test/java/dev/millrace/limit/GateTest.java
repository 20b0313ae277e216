package dev.millrace.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class GateTest {
  private static final Instant START = Instant.parse("2026-05-01T00:00:00Z");

  private Instant now = START;

  private static Gate gate(GatePolicy policy) {
    return new Gate(policy, Gate.State.NEW);
  }

  private static GatePolicy breaker(int failures) {
    return new GatePolicy(null, 0, 100, new GatePolicy.Breaker(failures, Duration.ofSeconds(10)));
  }

  @Property(tries = 200)
  void neverMoreThanItsRateAndItsConcurrencyAndAllGetIn(
      @ForAll @IntRange(min = 1, max = 7) int count,
      @ForAll @IntRange(min = 20, max = 3_000) int perMillis,
      @ForAll @IntRange(max = 4) int concurrency,
      @ForAll Random random) {
    GatePolicy policy =
        new GatePolicy(
            new GatePolicy.Rate(count, Duration.ofMillis(perMillis)), concurrency, 1_000, null);
    Gate gate = gate(policy);
    Instant time = START;
    List<Instant> entries = new ArrayList<>();
    int waiting = 0;
    int inside = 0;
    int asked = 0;
    while (asked < 60 || waiting > 0) {
      if (asked < 60 && random.nextInt(3) > 0) {
        asked++;
        switch (gate.ask(time)) {
          case ENTER -> {
            gate.enter(time);
            entries.add(time);
            inside++;
          }
          case WAIT -> waiting++;
          case CLOSED, FULL -> throw new AssertionError("refused");
        }
      } else if (inside > 0 && random.nextBoolean()) {
        gate.leave(Gate.Outcome.SUCCESS, time);
        inside--;
      } else {
        Instant next = gate.nextEntry(time);
        if (next == null || random.nextBoolean()) {
          time = time.plusMillis(random.nextInt(perMillis));
        } else {
          time = next.isAfter(time) ? next : time;
          assertThat(waiting == 0 || gate.mayEnter(time)).as("what was announced").isTrue();
        }
      }
      while (waiting > 0 && gate.mayEnter(time)) {
        gate.stopWaiting();
        gate.enter(time);
        entries.add(time);
        waiting--;
        inside++;
      }
      assertThat(concurrency == 0 || inside <= concurrency).isTrue();
      // What is stored is all that there is to it.
      gate = new Gate(policy, gate.state());
    }
    assertThat(entries).hasSize(60);
    for (int i = 0; i + count < entries.size(); i++) {
      assertThat(Duration.between(entries.get(i), entries.get(i + count)))
          .isGreaterThanOrEqualTo(Duration.ofMillis(perMillis));
    }
  }

  private Gate.Answer call(Gate gate, Gate.Outcome outcome) {
    Gate.Answer answer = gate.ask(now);
    if (answer == Gate.Answer.ENTER) {
      gate.enter(now);
      gate.leave(outcome, now);
    }
    return answer;
  }

  @Test
  void theBreakerOpensAfterFailuresInARowAndTriesOneAfterItsPause() {
    Gate gate = gate(breaker(2));
    call(gate, Gate.Outcome.FAILURE);
    call(gate, Gate.Outcome.SUCCESS);
    call(gate, Gate.Outcome.FAILURE);
    assertThat(call(gate, Gate.Outcome.FAILURE)).isEqualTo(Gate.Answer.ENTER);
    assertThat(call(gate, Gate.Outcome.SUCCESS)).isEqualTo(Gate.Answer.CLOSED);
    now = now.plusSeconds(10);
    assertThat(gate.ask(now)).isEqualTo(Gate.Answer.ENTER);
    gate.enter(now);
    assertThat(gate.ask(now)).as("while one tries").isEqualTo(Gate.Answer.WAIT);
    gate.leave(Gate.Outcome.FAILURE, now);
    assertThat(gate.closed(now)).isTrue();
    gate.stopWaiting();
    now = now.plusSeconds(10);
    assertThat(call(gate, Gate.Outcome.SUCCESS)).isEqualTo(Gate.Answer.ENTER);
    assertThat(call(gate, Gate.Outcome.FAILURE)).as("counted anew").isEqualTo(Gate.Answer.ENTER);
    assertThat(call(gate, Gate.Outcome.SUCCESS)).isEqualTo(Gate.Answer.ENTER);
    assertThat(gate.fresh(now)).isTrue();
  }

  @Test
  void whoTriedWithoutAnOutcomeLeavesTheWayFree() {
    Gate gate = gate(breaker(1));
    call(gate, Gate.Outcome.FAILURE);
    now = now.plusSeconds(10);
    assertThat(call(gate, Gate.Outcome.NONE)).isEqualTo(Gate.Answer.ENTER);
    assertThat(call(gate, Gate.Outcome.SUCCESS)).isEqualTo(Gate.Answer.ENTER);
  }

  @Test
  void soManyMayWaitAndOneMoreIsRefused() {
    Gate gate = gate(new GatePolicy(null, 1, 2, null));
    assertThat(gate.ask(now)).isEqualTo(Gate.Answer.ENTER);
    gate.enter(now);
    assertThat(gate.ask(now)).isEqualTo(Gate.Answer.WAIT);
    assertThat(gate.ask(now)).isEqualTo(Gate.Answer.WAIT);
    assertThat(gate.ask(now)).isEqualTo(Gate.Answer.FULL);
    assertThat(gate.nextEntry(now)).isNull();
    gate.leave(Gate.Outcome.SUCCESS, now);
    assertThat(gate.nextEntry(now)).isEqualTo(now);
  }

  @Test
  void aPolicyThatNoLongerLimitsLetsAllIn() {
    Gate gate = gate(new GatePolicy(null, 1, 2, new GatePolicy.Breaker(1, Duration.ofHours(1))));
    gate.enter(now);
    gate.leave(Gate.Outcome.FAILURE, now);
    assertThat(gate.ask(now)).isEqualTo(Gate.Answer.CLOSED);
    gate.policy(new GatePolicy(null, 2, 2, null));
    assertThat(gate.ask(now)).isEqualTo(Gate.Answer.ENTER);
  }
}
