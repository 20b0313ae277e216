package dev.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.worker.InFlight.Arrival;
import dev.millrace.worker.Settlement.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * The books against a broker of a few lines: it delivers, takes acknowledgements only from whoever
 * holds the lock, lets locks run out, and breaks the connection now and then.
 */
class InFlightPropertiesTest {
  private static final long LOCK = Duration.ofSeconds(30).toNanos();

  private static final class Broker {
    private static final class Row {
      boolean done;
      boolean locked;
      long lockedAt;
      int deliveries;
    }

    final List<Row> rows = new ArrayList<>();

    Broker(int tasks) {
      for (int i = 0; i < tasks; i++) {
        rows.add(new Row());
      }
    }

    void passTo(long now) {
      for (Row row : rows) {
        if (row.locked && now - row.lockedAt > LOCK) {
          row.locked = false;
        }
      }
    }

    List<TaskId> deliver(int most, long now) {
      List<TaskId> delivered = new ArrayList<>();
      for (int i = 0; i < rows.size() && delivered.size() < most; i++) {
        Row row = rows.get(i);
        if (!row.done && !row.locked) {
          row.locked = true;
          row.lockedAt = now;
          row.deliveries++;
          delivered.add(new TaskId(0, i));
        }
      }
      return delivered;
    }

    int deliveries(TaskId id) {
      return rows.get((int) id.offset()).deliveries;
    }

    boolean take(Settlement settlement, long now) {
      Row row = rows.get((int) settlement.id().offset());
      if (!row.locked) {
        return false;
      }
      switch (settlement.verdict()) {
        case RENEW -> row.lockedAt = now;
        case RELEASE -> row.locked = false;
        case ACCEPT, REJECT -> {
          row.done = true;
          row.locked = false;
        }
      }
      return true;
    }

    void breakConnection() {
      rows.forEach(row -> row.locked = false);
    }
  }

  @Property(tries = 400)
  void everyTaskEndsOnceNeverRunsTwiceAtATimeAndTheBoundsHold(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int tasks) {
    Random random = new Random(seed);
    PumpSettings settings = InFlightTest.settings(12, 60_000);
    InFlight inFlight = new InFlight(settings);
    Broker broker = new Broker(tasks);
    Set<TaskId> running = new HashSet<>();
    Set<TaskId> givingUp = new HashSet<>();
    Map<TaskId, Integer> completed = new HashMap<>();
    List<Settlement> unanswered = new ArrayList<>();
    List<Boolean> answers = new ArrayList<>();
    long now = random.nextLong();

    for (int round = 0; round < 3000; round++) {
      boolean settling = round > 1000;
      now += random.nextLong(Duration.ofSeconds(settling ? 1 : 4).toNanos());
      broker.passTo(now);
      if (!settling && random.nextInt(60) == 0) {
        broker.breakConnection();
        inFlight.allLost();
        unanswered.clear();
        answers.clear();
      }
      for (TaskId id : List.copyOf(running)) {
        if (random.nextInt(6) == 0) {
          running.remove(id);
          Outcome outcome = outcome(random, givingUp.remove(id), settling);
          inFlight.ended(id, outcome, now);
          if (outcome instanceof Outcome.Handled || outcome instanceof Outcome.GivenUp) {
            completed.merge(id, 1, Integer::sum);
          }
        }
      }
      for (int i = 0; i < unanswered.size(); i++) {
        Settlement settlement = unanswered.get(i);
        if (answers.get(i)) {
          inFlight.confirmed(settlement.id());
        } else {
          inFlight.refused(settlement.id());
        }
      }
      unanswered.clear();
      answers.clear();
      Set<TaskId> told = new HashSet<>();
      for (Settlement settlement : inFlight.due(now)) {
        assertThat(told.add(settlement.id())).as("told twice at once").isTrue();
        if (settlement.verdict() != Verdict.RENEW) {
          assertThat(running).doesNotContain(settlement.id());
        }
        unanswered.add(settlement);
        answers.add(broker.take(settlement, now));
      }
      if (inFlight.hasRoom()) {
        int most = settings.polledRecords();
        for (TaskId id : broker.deliver(most, now)) {
          Arrival arrival = inFlight.arrived(id, broker.deliveries(id), 5_000, now);
          if (arrival != Arrival.KNOWN) {
            assertThat(running.add(id)).as("%s started while it runs", id).isTrue();
            assertThat(completed).as("started after its end").doesNotContainKey(id);
            if (arrival == Arrival.GIVE_UP) {
              givingUp.add(id);
              assertThat(broker.deliveries(id)).isGreaterThan(settings.maxDeliveries());
            }
          }
        }
      }
      PumpMetrics metrics = inFlight.metrics(1);
      assertThat(metrics.inFlight()).isBetween(running.size(), settings.maxTasks());
      assertThat(metrics.bytes()).isBetween(running.size() * 5_000L, settings.maxBytes());
    }
    assertThat(broker.rows).allMatch(row -> row.done);
    assertThat(completed).hasSize(tasks);
    assertThat(completed.values()).allMatch(times -> times == 1);
    assertThat(inFlight.metrics(1).inFlight()).isZero();
  }

  private static Outcome outcome(Random random, boolean givingUp, boolean settling) {
    if (givingUp) {
      return new Outcome.GivenUp();
    }
    return switch (settling ? 3 : random.nextInt(5)) {
      case 0 -> new Outcome.Failed(new IllegalStateException());
      case 1 -> new Outcome.Stopped();
      default -> new Outcome.Handled();
    };
  }
}
