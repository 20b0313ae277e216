package dev.millrace.topology;

import dev.millrace.store.GateKeys;
import dev.millrace.store.TimerKeys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Where starts of this partition wait whose executions have not begun, so that a cancel finds them:
 * at a gate, or among the timers until their version is known.
 */
final class WaitingStarts {
  private static final byte AT_GATE = 'g';
  private static final byte FOR_VERSION = 'v';

  private final KeyValueStore<byte[], byte[]> store;

  WaitingStarts(KeyValueStore<byte[], byte[]> store) {
    this.store = store;
  }

  /** Where a start waits. */
  sealed interface Place {
    /** At a gate, which has the start. */
    record Gate(String name) implements Place {}

    /** Among the timers. */
    record Timer(TimerKeys.Timer timer) implements Place {}
  }

  void atGate(String tenant, String executionId, String gate) {
    byte[] name = gate.getBytes(StandardCharsets.UTF_8);
    store.put(
        GateKeys.start(tenant, executionId),
        ByteBuffer.allocate(1 + name.length).put(AT_GATE).put(name).array());
  }

  void amongTimers(TimerKeys.Timer timer) {
    store.put(
        GateKeys.start(timer.tenant(), timer.executionId()),
        ByteBuffer.allocate(1 + Long.BYTES).put(FOR_VERSION).putLong(timer.dueMillis()).array());
  }

  /** It waits no longer. */
  void forget(String tenant, String executionId) {
    store.delete(GateKeys.start(tenant, executionId));
  }

  /** Forgets where a start waits, and tells; empty when none does. */
  Optional<Place> take(String tenant, String executionId) {
    byte[] stored = store.get(GateKeys.start(tenant, executionId));
    if (stored == null) {
      return Optional.empty();
    }
    forget(tenant, executionId);
    return Optional.of(
        stored[0] == AT_GATE
            ? new Place.Gate(new String(stored, 1, stored.length - 1, StandardCharsets.UTF_8))
            : new Place.Timer(
                new TimerKeys.Timer(ByteBuffer.wrap(stored).getLong(1), tenant, executionId)));
  }
}
