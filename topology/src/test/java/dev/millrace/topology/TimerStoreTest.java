package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.TimerKeys;
import dev.millrace.testing.SortedStore;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class TimerStoreTest {
  private final TimerStore timers = new TimerStore(new SortedStore());

  private static TimerKeys.Timer timer(long due, String execution) {
    return new TimerKeys.Timer(due, "default", execution);
  }

  private static List<String> executions(List<TimerStore.Due> due) {
    return due.stream().map(each -> each.timer().executionId()).toList();
  }

  @Test
  void aTimerThatIsSetWhileOthersFireIsNotPassedOver() {
    timers.put(timer(100, "a"));
    timers.put(timer(103, "c"));
    List<TimerStore.Due> due = timers.due(103, 10);
    assertThat(executions(due)).containsExactly("a", "c");
    timers.remove(due.get(0).timer());
    timers.put(timer(102, "b"));
    timers.remove(due.get(1).timer());
    assertThat(executions(timers.due(103, 10))).containsExactly("b");
  }

  @Test
  void aTimerThatThereWasNoTimeForIsDueAgainAtOnce() {
    timers.put(timer(100, "a"));
    timers.put(timer(101, "b"));
    timers.put(timer(1_000_000, "hours later"));
    List<TimerStore.Due> due = timers.due(103, 10);
    assertThat(executions(due)).containsExactly("a", "b");
    timers.remove(due.get(0).timer());
    assertThat(executions(timers.due(103, 10))).containsExactly("b");
  }

  /** Whoever looks fires as many as there is time for, and sets new ones meanwhile. */
  @Property(tries = 300)
  void aLookAlwaysTellsTheEarliestOfAllThatAreDue(@ForAll Random random) {
    TimerStore store = new TimerStore(new SortedStore());
    NavigableMap<Long, String> model = new TreeMap<>();
    long now = 1_000;
    for (int i = 0; i < 100; i++) {
      if (random.nextInt(3) > 0) {
        put(store, model, now - 5 + random.nextInt(random.nextInt(5) == 0 ? 5_000 : 50), i);
        continue;
      }
      now += random.nextInt(30);
      int limit = 1 + random.nextInt(6);
      List<TimerStore.Due> due = store.due(now, limit);
      assertThat(executions(due))
          .containsExactlyElementsOf(
              model.headMap(now, true).values().stream().limit(limit).toList());
      int time = random.nextInt(limit + 1);
      for (TimerStore.Due each : due.subList(0, Math.min(time, due.size()))) {
        store.remove(each.timer());
        model.remove(each.timer().dueMillis());
        if (random.nextInt(4) == 0) {
          put(store, model, now - random.nextInt(10), 1_000 + i);
        }
      }
    }
  }

  /** One timer a millisecond, so that their order is told by their times. */
  private static void put(
      TimerStore store, NavigableMap<Long, String> model, long due, int number) {
    if (!model.containsKey(due)) {
      store.put(timer(due, "e" + number));
      model.put(due, "e" + number);
    }
  }
}
