package dev.millrace.topology;

import dev.millrace.avro.IdempotencyRecord;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * What is remembered of executions that were started with an idempotency key: that they exist, who
 * waits for them, and what was answered. Entries expire.
 */
final class IdempotencyStore {
  private final KeyValueStore<byte[], byte[]> store;
  private final Serde<IdempotencyRecord> serde;
  private final Duration retention;
  private byte @Nullable [] cleanedUpTo;

  IdempotencyStore(
      KeyValueStore<byte[], byte[]> store, Serde<IdempotencyRecord> serde, Duration retention) {
    this.store = store;
    this.serde = serde;
    this.retention = retention;
  }

  Optional<IdempotencyRecord> find(String executionId, Instant now) {
    return get(key(executionId)).filter(record -> record.getExpiresAt().isAfter(now));
  }

  /** Remembers a new execution. */
  void begin(String executionId, Instant now) {
    put(new IdempotencyRecord(executionId, now.plus(retention), List.of(), List.of()));
  }

  /** Adds a caller that came while the execution runs. */
  void addWaiting(IdempotencyRecord record, ReplyTo caller) {
    List<ReplyTo> waiting = new ArrayList<>(record.getWaiting());
    waiting.add(caller);
    record.setWaiting(waiting);
    put(record);
  }

  /**
   * Remembers an answer.
   *
   * @return the callers that came meanwhile, who get it too
   */
  List<ReplyTo> answer(String executionId, ReplyRecord reply) {
    IdempotencyRecord record = get(key(executionId)).orElse(null);
    if (record == null) {
      return List.of();
    }
    List<ReplyRecord> answers = new ArrayList<>(record.getAnswers());
    answers.add(reply);
    record.setAnswers(answers);
    put(record);
    return record.getWaiting();
  }

  /** Drops expired entries among the next so many; call it again for the ones after. */
  void expire(Instant now, int limit) {
    int seen = 0;
    try (KeyValueIterator<byte[], byte[]> entries =
        cleanedUpTo == null ? store.all() : store.range(cleanedUpTo, null)) {
      while (entries.hasNext()) {
        KeyValue<byte[], byte[]> entry = entries.next();
        if (seen++ >= limit) {
          cleanedUpTo = entry.key;
          return;
        }
        if (!serde.deserializer().deserialize("", entry.value).getExpiresAt().isAfter(now)) {
          store.delete(entry.key);
        }
      }
    }
    cleanedUpTo = null;
  }

  private Optional<IdempotencyRecord> get(byte[] key) {
    byte[] value = store.get(key);
    return value == null
        ? Optional.empty()
        : Optional.of(serde.deserializer().deserialize("", value));
  }

  private void put(IdempotencyRecord record) {
    store.put(key(record.getExecutionId()), serde.serializer().serialize("", record));
  }

  private static byte[] key(String executionId) {
    return executionId.getBytes(StandardCharsets.UTF_8);
  }
}
