package dev.millrace.topology;

import dev.millrace.store.TimerKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The timers of a partition in the order in which they are due: of executions that wait, and of
 * commands that are to be looked at again. Remembers when the next one is due, so that asking costs
 * nothing while there is none.
 */
final class TimerStore {
  private static final byte[] NOTHING = new byte[0];

  private final KeyValueStore<byte[], byte[]> store;
  // No timer lies before it. RocksDB keeps what was removed until it compacts, so a look from the
  // lowest key would pass all that fired before: of 100,000 at once, that took most of the time.
  private byte[] first = TimerKeys.lowest();
  private long nextDue;

  TimerStore(KeyValueStore<byte[], byte[]> store) {
    this.store = store;
    this.nextDue = 0;
  }

  /**
   * A timer that is due.
   *
   * @param command the encoded command to look at again; empty for a timer of an execution
   */
  record Due(TimerKeys.Timer timer, byte[] command) {}

  /** Wakes an execution. */
  void put(TimerKeys.Timer timer) {
    put(timer, NOTHING);
  }

  /**
   * Brings a command back, at that time or a few milliseconds later.
   *
   * @return the timer that does
   */
  TimerKeys.Timer defer(TimerKeys.Timer timer, byte[] command) {
    return put(timer, command);
  }

  private TimerKeys.Timer put(TimerKeys.Timer timer, byte[] value) {
    TimerKeys.Timer free = timer;
    while (store.get(TimerKeys.key(free)) != null) {
      // Two timers of one execution in one millisecond: neither may replace the other.
      free = new TimerKeys.Timer(free.dueMillis() + 1, free.tenant(), free.executionId());
    }
    byte[] key = TimerKeys.key(free);
    store.put(key, value);
    if (Arrays.compareUnsigned(key, first) < 0) {
      first = key;
    }
    nextDue = Math.min(nextDue, free.dueMillis());
    return free;
  }

  /** Removes a timer; its encoded command, or null when there is no such timer. */
  byte @Nullable [] take(TimerKeys.Timer timer) {
    return store.delete(TimerKeys.key(timer));
  }

  void remove(TimerKeys.Timer timer) {
    store.delete(TimerKeys.key(timer));
  }

  /** Timers that are due, the earliest first, at most so many. They stay until removed. */
  List<Due> due(long nowMillis, int limit) {
    if (nextDue > nowMillis) {
      return List.of();
    }
    List<Due> due = new ArrayList<>();
    boolean seen = false;
    // Up to far beyond now: the first that is not due tells when to look again.
    try (KeyValueIterator<byte[], byte[]> timers =
        store.range(first, TimerKeys.after(Long.MAX_VALUE - 1))) {
      while (timers.hasNext() && due.size() < limit) {
        KeyValue<byte[], byte[]> entry = timers.next();
        if (!seen) {
          first = entry.key;
          seen = true;
        }
        TimerKeys.Timer timer = TimerKeys.read(entry.key);
        if (timer.dueMillis() > nowMillis) {
          // Who looked may not get to all that are due, and comes back for the rest at once.
          nextDue = due.isEmpty() ? timer.dueMillis() : 0;
          return due;
        }
        due.add(new Due(timer, entry.value));
      }
    }
    nextDue = due.isEmpty() ? Long.MAX_VALUE : 0;
    return due;
  }
}
