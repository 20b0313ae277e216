package dev.millrace.topology;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.GateRecord;
import dev.millrace.engine.Plan;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.store.EngineStores;
import dev.millrace.store.ExecutionKeys;
import dev.millrace.store.GateKeys;
import dev.millrace.topic.Topic;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Answers from the stores of this instance, by the older of Kafka Streams' two query interfaces:
 * the newer one took its locks in another order than the stream threads, and both hung.
 */
final class EngineQueries implements ExecutionQueries {
  /** Executions that one list looks at, some 30 us each: what a filter leaves out counts too. */
  private static final int MOST_LOOKED_AT = 20_000;

  private static final int MOST_COUNTED = 100_000;

  private final KafkaStreams streams;
  private final int partitions;
  private final AvroSerde<EventBatch> batches;
  private final AvroSerde<GateRecord> gates;
  private final Definitions definitions;

  /**
   * @param partitions that all executions are spread over
   */
  EngineQueries(KafkaStreams streams, EngineParts parts, int partitions) {
    this.streams = streams;
    this.partitions = partitions;
    this.batches = parts.serdes().serde(EventBatch.class);
    this.gates = parts.serdes().serde(GateRecord.class);
    this.definitions =
        new Definitions(
            this::definition,
            parts.serdes().serde(DefinitionRecord.class).deserializer(),
            parts.catalogue(),
            parts.expressions());
  }

  private byte @Nullable [] definition(String key) {
    return streams
        .store(
            StoreQueryParameters.fromNameAndType(
                EngineStores.DEFINITIONS, QueryableStoreTypes.<String, byte[]>keyValueStore()))
        .get(key);
  }

  /** Plans are kept by one thread at a time. */
  private synchronized Optional<Plan> plan(
      String workflowId, int version, ExecutionStartedEvent started) {
    return started.getInlineDefinition() == null
        ? definitions.published(workflowId, version)
        : Optional.of(definitions.inline(started.getInlineDefinition()));
  }

  @Override
  public Listing list(Wanted wanted, @Nullable String after, int limit) {
    byte[] from =
        after == null ? null : ExecutionKeys.after(ExecutionKeys.batch(wanted.tenant(), after, 0));
    return read(here -> {
      int most = Math.max(1, MOST_LOOKED_AT / Math.max(1, here.size()));
      List<Listing> parts = new ArrayList<>();
      for (int partition : here) {
        // One more than asked for tells whether there are more.
        Search search = new Search(wanted, limit + 1, most);
        standings(partition, false).forEach(from, search::mayMatch, search);
        parts.add(new Listing(search.rows, search.upTo(), here.size() == partitions));
      }
      return Listing.merge(parts, limit);
    });
  }

  /** The executions of one partition that are wanted. */
  private static final class Search implements StoredStandings.Visitor {
    private final Wanted wanted;
    private final int limit;
    private final int mostLookedAt;
    private final List<ExecutionOutline> rows = new ArrayList<>();
    private int lookedAt;
    private @Nullable String stoppedAt;

    Search(Wanted wanted, int limit, int mostLookedAt) {
      this.wanted = wanted;
      this.limit = limit;
      this.mostLookedAt = mostLookedAt;
    }

    boolean mayMatch(EventBatch batch) {
      return batch.getTenant().equals(wanted.tenant())
          && wanted.workflows().map(ids -> ids.contains(batch.getWorkflowId())).orElse(true);
    }

    @Override
    public boolean visit(byte[] key, @Nullable ExecutionOutline outline) {
      lookedAt++;
      if (outline != null
          && wanted.waiting().map(waiting -> waiting == outline.waits()).orElse(true)) {
        rows.add(outline);
      }
      if (rows.size() < limit && lookedAt < mostLookedAt) {
        return true;
      }
      stoppedAt = ExecutionKeys.executionId(key);
      return false;
    }

    Optional<String> upTo() {
      return Optional.ofNullable(stoppedAt);
    }
  }

  @Override
  public Optional<ExecutionQueries.Found> find(String tenant, String executionId) {
    int partition = Topic.partitionOf(executionId, partitions);
    try {
      return find(tenant, executionId, partition, false);
    } catch (InvalidStateStoreException notOurs) {
      try {
        return find(tenant, executionId, partition, true);
      } catch (InvalidStateStoreException noCopy) {
        throw new MillraceException(
            ErrorCode.LIVE_STATE_UNAVAILABLE,
            "no engine that can be asked has partition " + partition + " right now",
            noCopy);
      }
    }
  }

  private Optional<ExecutionQueries.Found> find(
      String tenant, String executionId, int partition, boolean stale) {
    return standings(partition, stale)
        .find(tenant, executionId, this::plan)
        .map(found ->
            new ExecutionQueries.Found(
                ExecutionOutline.of(found.first(), found.last(), found.standing().held(), stale),
                found.standing()));
  }

  @Override
  public Tally tally(String tenant) {
    return read(here -> {
      int most = Math.max(1, MOST_COUNTED / Math.max(1, here.size()));
      List<Tally> parts = new ArrayList<>();
      for (int partition : here) {
        Counting counting = new Counting(most);
        standings(partition, false)
            .forEach(null, batch -> batch.getTenant().equals(tenant), counting);
        parts.add(
            new Tally(
                List.copyOf(counting.counts.values()),
                counting.lookedAt < most && here.size() == partitions));
      }
      return Tally.sum(parts);
    });
  }

  /** The executions of one partition by workflow. */
  private static final class Counting implements StoredStandings.Visitor {
    private final int most;
    private final Map<String, Count> counts = new HashMap<>();
    private int lookedAt;

    Counting(int most) {
      this.most = most;
    }

    @Override
    public boolean visit(byte[] key, @Nullable ExecutionOutline outline) {
      lookedAt++;
      if (outline != null) {
        boolean waits = outline.waits();
        counts.merge(
            outline.workflowId(),
            new Count(outline.workflowId(), waits ? 0 : 1, waits ? 1 : 0, outline.startedAt()),
            Count::plus);
      }
      return lookedAt < most;
    }
  }

  @Override
  public List<GateStanding> gates() {
    return read(here -> {
      List<GateStanding> all = new ArrayList<>();
      for (int partition : here) {
        try (KeyValueIterator<byte[], byte[]> states =
            store(EngineStores.GATES, partition, false)
                .prefixScan(GateKeys.allStates(), new ByteArraySerializer())) {
          while (states.hasNext()) {
            KeyValue<byte[], byte[]> each = states.next();
            GateStanding.name(each.key)
                .ifPresent(name -> all.add(GateStanding.of(name, gates.fromBytes(each.value))));
          }
        }
      }
      all.sort(Comparator.comparing(GateStanding::name));
      return List.copyOf(all);
    });
  }

  /** Reads the partitions that are here; again, once, when they move while they are read. */
  private <T> T read(Function<Set<Integer>, T> work) {
    InvalidStateStoreException moving = null;
    for (int attempt = 0; attempt < 2; attempt++) {
      try {
        Set<Integer> here = StoredExecutions.here(streams);
        T answer = work.apply(here);
        if (here.equals(StoredExecutions.here(streams))) {
          return answer;
        }
      } catch (InvalidStateStoreException moved) {
        moving = moved;
      }
    }
    throw new MillraceException(
        ErrorCode.LIVE_STATE_UNAVAILABLE, "partitions move between engines", moving);
  }

  private StoredStandings standings(int partition, boolean stale) {
    return new StoredStandings(store(EngineStores.EXECUTIONS, partition, stale), batches, stale);
  }

  /**
   * @param copies whether one that is not worked on will do
   * @throws InvalidStateStoreException when it is not here, or not yet
   */
  private ReadOnlyKeyValueStore<byte[], byte[]> store(String name, int partition, boolean copies) {
    StoreQueryParameters<ReadOnlyKeyValueStore<byte[], byte[]>> parameters =
        StoreQueryParameters.fromNameAndType(
                name, QueryableStoreTypes.<byte[], byte[]>keyValueStore())
            .withPartition(partition);
    return streams.store(copies ? parameters.enableStaleStores() : parameters);
  }
}
