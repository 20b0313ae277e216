package dev.millrace.store;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** The engine's state stores: one per kind of state, since each is a RocksDB per partition. */
public final class EngineStores {
  /** Event batches of executions that wait; see {@link ExecutionKeys}. */
  public static final String EXECUTIONS = "executions";

  /** Timers of executions; see {@link TimerKeys}. The value is empty. */
  public static final String TIMERS = "timers";

  /** What is remembered for idempotency keys, by execution id. */
  public static final String IDEMPOTENCY = "idempotency";

  /** Gates, and who waits at them; see {@link GateKeys}. */
  public static final String GATES = "gates";

  /** Where schedules stand; see {@link ScheduleKeys}. */
  public static final String SCHEDULES = "schedules";

  /** State of nodes beyond one execution; see {@link StateKeys}. */
  public static final String KEYED = "keyed";

  /** Published workflow versions, the same on every instance. */
  public static final String DEFINITIONS = "definitions";

  private EngineStores() {}

  /** The stores of the router. */
  public static List<StoreBuilder<KeyValueStore<byte[], byte[]>>> partitioned() {
    return List.of(store(EXECUTIONS), store(TIMERS), store(IDEMPOTENCY), store(GATES));
  }

  /** The store of schedules, which only the processor that fires them has. */
  public static StoreBuilder<KeyValueStore<byte[], byte[]>> schedules() {
    return store(SCHEDULES);
  }

  /** The store of nodes' states, which only the processor that owns them has. */
  public static StoreBuilder<KeyValueStore<byte[], byte[]>> keyed() {
    return store(KEYED);
  }

  /** The global store of definitions; its topic is its changelog. */
  public static StoreBuilder<KeyValueStore<String, byte[]>> definitions() {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(DEFINITIONS), Serdes.String(), Serdes.ByteArray())
        .withCachingDisabled()
        .withLoggingDisabled();
  }

  private static StoreBuilder<KeyValueStore<byte[], byte[]>> store(String name) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.ByteArray(), Serdes.ByteArray())
        // The cache would hold back changelog writes until the commit for no gain: a key is
        // written about once between two commits.
        .withCachingDisabled()
        .withLoggingEnabled(Map.of());
  }
}
