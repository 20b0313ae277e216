package dev.millrace.topology;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.Plan;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.resume.ResumeUrls;
import dev.millrace.store.ExecutionKeys;
import java.util.LinkedHashMap;
import java.util.Optional;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The executions of a partition that wait. Stored are their event batches; an execution that is
 * needed again is rebuilt from them, or taken from a small cache of those used last. The cache only
 * ever holds what this task has written in transactions that are still its own: it dies with the
 * task.
 */
final class ExecutionStore {
  private static final int CACHED_EXECUTIONS = 500;

  /** Of the batches that the executions in memory were made of; a task's share of a small heap. */
  private static final long CACHED_BYTES = 8L << 20;

  private static final ByteArraySerializer BYTES = new ByteArraySerializer();

  /** How a stored execution finds the plan that it started with. */
  @FunctionalInterface
  interface Plans {
    Optional<Plan> find(String workflowId, int version, ExecutionStartedEvent started);

    /**
     * The plan of the execution that a first batch starts.
     *
     * @throws MillraceException {@code UNKNOWN_WORKFLOW} when it is gone, {@code UNREADABLE_RECORD}
     *     when the batch starts none
     */
    default Plan required(EventBatch first) {
      return find(first.getWorkflowId(), first.getVersion(), StoredStandings.started(first))
          .orElseThrow(() ->
              new MillraceException(
                  ErrorCode.UNKNOWN_WORKFLOW,
                  "version "
                      + first.getVersion()
                      + " of workflow "
                      + first.getWorkflowId()
                      + " is gone, and execution "
                      + first.getExecutionId()
                      + " runs it"));
    }
  }

  private final KeyValueStore<byte[], byte[]> store;
  private final Deserializer<EventBatch> deserializer;
  private final Plans plans;
  private final ResumeUrls resumeUrls;
  // The one looked at last is at the end.
  private final LinkedHashMap<String, LiveExecution> cache = new LinkedHashMap<>(64, 0.75f, true);
  private long cachedBytes;

  ExecutionStore(
      KeyValueStore<byte[], byte[]> store,
      Deserializer<EventBatch> deserializer,
      Plans plans,
      ResumeUrls resumeUrls) {
    this.resumeUrls = resumeUrls;
    this.store = store;
    this.deserializer = deserializer;
    this.plans = plans;
  }

  /** Whether the execution waits here. */
  boolean holds(String tenant, String executionId) {
    return cache.containsKey(tenant + '\0' + executionId)
        || store.get(ExecutionKeys.batch(tenant, executionId, 0)) != null;
  }

  /** A waiting execution, empty when there is none (any more). */
  Optional<LiveExecution> load(String tenant, String executionId) {
    LiveExecution cached = cache.get(tenant + '\0' + executionId);
    if (cached != null) {
      return Optional.of(cached);
    }
    LiveExecution live = null;
    try (KeyValueIterator<byte[], byte[]> batches =
        store.prefixScan(ExecutionKeys.prefix(tenant, executionId), BYTES)) {
      while (batches.hasNext()) {
        byte[] stored = batches.next().value;
        EventBatch batch = deserializer.deserialize("", stored);
        if (live == null) {
          live = begin(batch);
        }
        live.replay(batch);
        live.grow(stored.length);
      }
    }
    return Optional.ofNullable(live);
  }

  private LiveExecution begin(EventBatch first) {
    ExecutionStartedEvent started = StoredStandings.started(first);
    Plan plan = plans.required(first);
    return new LiveExecution(
        first.getTenant(),
        first.getWorkflowId(),
        first.getVersion(),
        new ExecutionState(
            plan, LiveExecution.variables(started), id -> resumeUrls.of(first.getTenant(), id)),
        LiveExecution.startDetails(started));
  }

  /** Adds an encoded batch of an execution that goes on later. */
  void save(LiveExecution live, long sequence, byte[] batch) {
    String executionId = live.state().executionId();
    store.put(ExecutionKeys.batch(live.tenant(), executionId, sequence), batch);
    String key = live.tenant() + '\0' + executionId;
    forget(key);
    live.grow(batch.length);
    cache.put(key, live);
    cachedBytes += live.bytes();
    while (!cache.isEmpty() && (cache.size() > CACHED_EXECUTIONS || cachedBytes > CACHED_BYTES)) {
      forget(cache.firstEntry().getKey());
    }
  }

  private void forget(String key) {
    LiveExecution gone = cache.remove(key);
    if (gone != null) {
      cachedBytes -= gone.bytes();
    }
  }

  /** Drops an execution from memory; it is rebuilt from the store when it is needed again. */
  void evict(String tenant, String executionId) {
    forget(tenant + '\0' + executionId);
  }

  /**
   * Forgets an execution that is over.
   *
   * @param batches how many of it are stored
   */
  void remove(String tenant, String executionId, long batches) {
    forget(tenant + '\0' + executionId);
    for (long sequence = 0; sequence < batches; sequence++) {
      store.delete(ExecutionKeys.batch(tenant, executionId, sequence));
    }
  }
}
