package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.TimerKeys;
import dev.millrace.testing.SortedStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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

  @Property(tries = 300)
  void everyTimerFiresOnceAndNoneBeforeItsTime(@ForAll Random random) {
    TimerStore store = new TimerStore(new SortedStore());
    List<String> expected = new ArrayList<>();
    List<String> fired = new ArrayList<>();
    long now = 1_000;
    for (int i = 0; i < 60; i++) {
      String name = "e" + i;
      store.put(timer(now - 5 + random.nextInt(50), name));
      expected.add(name);
      if (random.nextInt(3) == 0) {
        now += random.nextInt(30);
        for (TimerStore.Due each : store.due(now, 1 + random.nextInt(5))) {
          assertThat(each.timer().dueMillis()).isLessThanOrEqualTo(now);
          store.remove(each.timer());
          fired.add(each.timer().executionId());
          if (random.nextInt(4) == 0 && i < 50) {
            String later = each.timer().executionId() + "'";
            store.put(timer(now - random.nextInt(10), later));
            expected.add(later);
          }
        }
      }
    }
    for (TimerStore.Due each : store.due(Long.MAX_VALUE - 10, 1_000)) {
      fired.add(each.timer().executionId());
    }
    assertThat(fired).containsExactlyInAnyOrderElementsOf(expected);
  }
}
