package dev.millrace.topology;

import dev.millrace.node.KeyedState;
import dev.millrace.store.StateKeys;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * A node's state in the store, for one run. The store cannot take back what is written to it, so
 * changes wait here until the run has succeeded.
 */
final class StateBuffer implements KeyedState {
  private final KeyValueStore<byte[], byte[]> store;
  private final byte[] prefix;

  // A null value is a deletion.
  private final Map<String, byte @Nullable []> changes = new HashMap<>();

  /**
   * @param prefix what all keys of the state begin with
   */
  StateBuffer(KeyValueStore<byte[], byte[]> store, byte[] prefix) {
    this.store = store;
    this.prefix = prefix;
  }

  @Override
  public byte @Nullable [] get(String key) {
    return changes.containsKey(key) ? changes.get(key) : store.get(StateKeys.entry(prefix, key));
  }

  @Override
  public void put(String key, byte[] value) {
    KeyedState.check(key, value);
    changes.put(key, value);
  }

  @Override
  public void delete(String key) {
    changes.put(key, null);
  }

  /** Writes what has changed. */
  void flush() {
    changes.forEach((key, value) -> store.put(StateKeys.entry(prefix, key), value));
    changes.clear();
  }

  /** Forgets what has changed. */
  void discard() {
    changes.clear();
  }
}
