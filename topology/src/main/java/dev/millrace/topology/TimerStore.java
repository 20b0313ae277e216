package dev.millrace.topology;

import dev.millrace.store.TimerKeys;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The timers of a partition in the order in which they are due. Remembers when the next one is due,
 * so that asking costs nothing while there is none.
 */
final class TimerStore {
  private static final byte[] NOTHING = new byte[0];

  private final KeyValueStore<byte[], byte[]> store;
  private long nextDue;

  TimerStore(KeyValueStore<byte[], byte[]> store) {
    this.store = store;
    this.nextDue = 0;
  }

  void put(TimerKeys.Timer timer) {
    store.put(TimerKeys.key(timer), NOTHING);
    nextDue = Math.min(nextDue, timer.dueMillis());
  }

  void remove(TimerKeys.Timer timer) {
    store.delete(TimerKeys.key(timer));
  }

  /** Timers that are due, the earliest first, at most so many. They stay until removed. */
  List<TimerKeys.Timer> due(long nowMillis, int limit) {
    if (nextDue > nowMillis) {
      return List.of();
    }
    List<TimerKeys.Timer> due = new ArrayList<>();
    // From the lowest key up to far beyond now: the first that is not due tells when to look again.
    try (KeyValueIterator<byte[], byte[]> timers =
        store.range(TimerKeys.lowest(), TimerKeys.after(Long.MAX_VALUE - 1))) {
      while (timers.hasNext() && due.size() < limit) {
        TimerKeys.Timer timer = TimerKeys.read(timers.next().key);
        if (timer.dueMillis() > nowMillis) {
          nextDue = timer.dueMillis();
          return due;
        }
        due.add(timer);
      }
    }
    nextDue = due.isEmpty() ? Long.MAX_VALUE : 0;
    return due;
  }
}
