package dev.millrace.topology;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStanding;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.Held;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.store.ExecutionKeys;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Reads where executions stand from the store of one partition, while its task goes on writing to
 * it: what is read may be of a transaction that is not committed yet, and an execution may end
 * between two looks. Thread-safe; blocks.
 */
final class StoredStandings {
  private static final ByteArraySerializer BYTES = new ByteArraySerializer();

  private final ReadOnlyKeyValueStore<byte[], byte[]> store;
  private final AvroSerde<EventBatch> serde;
  private final boolean stale;

  /**
   * @param stale whether the store is a copy that may be behind
   */
  StoredStandings(
      ReadOnlyKeyValueStore<byte[], byte[]> store, AvroSerde<EventBatch> serde, boolean stale) {
    this.store = store;
    this.serde = serde;
    this.stale = stale;
  }

  /** Told of one execution after the other. */
  @FunctionalInterface
  interface Visitor {
    /**
     * @param key of its first batch
     * @param outline null for one that is not wanted, or that ended while it was read
     * @return whether to go on
     */
    boolean visit(byte[] key, @Nullable ExecutionOutline outline);
  }

  /**
   * Goes through the executions in the order of their keys.
   *
   * @param after a key that all come after; null for the first
   * @param wanted asked of the last batch of each, before more of it is read
   */
  void forEach(byte @Nullable [] after, Predicate<EventBatch> wanted, Visitor visitor) {
    byte[] from = after;
    while (true) {
      byte[] key = firstFrom(from);
      if (key == null) {
        return;
      }
      byte[] next = ExecutionKeys.after(key);
      if (!visitor.visit(key, outline(key, next, wanted))) {
        return;
      }
      from = next;
    }
  }

  private byte @Nullable [] firstFrom(byte @Nullable [] from) {
    // Kafka Streams takes null for the first or the last key there is.
    try (KeyValueIterator<byte[], byte[]> batches = store.range(from, null)) {
      return batches.hasNext() ? batches.peekNextKey() : null;
    }
  }

  private @Nullable ExecutionOutline outline(
      byte[] key, byte[] next, Predicate<EventBatch> wanted) {
    EventBatch last = null;
    Held.LookingBack back = new Held.LookingBack();
    boolean known = false;
    try (KeyValueIterator<byte[], byte[]> backwards = store.reverseRange(key, next)) {
      while (!known && backwards.hasNext()) {
        EventBatch batch = serde.fromBytes(backwards.next().value);
        if (last == null) {
          if (!wanted.test(batch)) {
            return null;
          }
          last = batch;
        }
        known = look(back, batch);
      }
    }
    if (last == null) {
      return null;
    }
    EventBatch first = last;
    if (last.getSequence() > 0) {
      byte[] stored = store.get(key);
      first = stored == null ? null : serde.fromBytes(stored);
    }
    // Batches are removed from the first on: one without it is over.
    return first == null || first.getSequence() > 0
        ? null
        : ExecutionOutline.of(first, last, back.held(), stale);
  }

  private static boolean look(Held.LookingBack back, EventBatch batch) {
    List<Object> events = batch.getEvents();
    for (int i = events.size() - 1; i >= 0; i--) {
      if (back.before(EventRecords.toEvent(batch.getExecutionId(), events.get(i)))) {
        return true;
      }
    }
    return false;
  }

  /** An execution, and the batches that tell of it. */
  record Found(EventBatch first, EventBatch last, ExecutionStanding standing) {}

  /**
   * All of an execution; empty when it is not here (any more).
   *
   * @throws MillraceException {@code UNKNOWN_WORKFLOW} when the version that it runs is gone
   */
  Optional<Found> find(String tenant, String executionId, ExecutionStore.Plans plans) {
    EventBatch first = null;
    EventBatch last = null;
    ExecutionState state = null;
    try (KeyValueIterator<byte[], byte[]> batches =
        store.prefixScan(ExecutionKeys.prefix(tenant, executionId), BYTES)) {
      while (batches.hasNext()) {
        KeyValue<byte[], byte[]> stored = batches.next();
        EventBatch batch = serde.fromBytes(stored.value);
        if (state == null) {
          if (batch.getSequence() > 0) {
            return Optional.empty();
          }
          first = batch;
          state = new ExecutionState(plans.required(batch), Map.of());
        }
        for (Event event : EventRecords.toEvents(batch)) {
          state.apply(event);
        }
        last = batch;
      }
    }
    return first == null || last == null || state == null
        ? Optional.empty()
        : Optional.of(new Found(first, last, ExecutionStanding.of(state)));
  }

  /**
   * @throws MillraceException {@code UNREADABLE_RECORD} when the batch starts no execution
   */
  static ExecutionStartedEvent started(EventBatch first) {
    if (!first.getEvents().isEmpty()
        && first.getEvents().getFirst() instanceof ExecutionStartedEvent started) {
      return started;
    }
    throw new MillraceException(
        ErrorCode.UNREADABLE_RECORD,
        "the first batch of execution " + first.getExecutionId() + " does not start it");
  }
}
