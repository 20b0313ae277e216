package dev.millrace.topology;

import dev.millrace.binary.LiveExecutions;
import dev.millrace.store.EngineStores;
import dev.millrace.store.ExecutionKeys;
import dev.millrace.topic.Topic;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * The executions that run or wait on this instance, read from its stores. An execution that is over
 * within one command is never there. Thread-safe; blocks, for a second or so per 100,000.
 */
final class StoredExecutions implements LiveExecutions {
  private final KafkaStreams streams;
  private final int partitions;

  /**
   * @param partitions that all executions are spread over
   */
  StoredExecutions(KafkaStreams streams, int partitions) {
    this.streams = streams;
    this.partitions = partitions;
  }

  @Override
  public Optional<Live> look() {
    if (streams.state() != KafkaStreams.State.RUNNING) {
      return Optional.empty();
    }
    try {
      Set<Integer> here = here(streams);
      Set<String> origins = new HashSet<>();
      for (int partition : here) {
        collect(partition, origins);
      }
      // Partitions that moved while they were read would be missing in between.
      return here.equals(here(streams))
          ? Optional.of(new Live(origins, here.size() == partitions))
          : Optional.empty();
    } catch (InvalidStateStoreException moving) {
      return Optional.empty();
    }
  }

  /** The partitions of executions that this instance works on right now. */
  static Set<Integer> here(KafkaStreams streams) {
    return streams.metadataForLocalThreads().stream()
        .flatMap(thread -> thread.activeTasks().stream())
        .flatMap(task -> task.topicPartitions().stream())
        .filter(partition -> partition.topic().equals(Topic.COMMANDS.topicName()))
        .map(partition -> partition.partition())
        .collect(Collectors.toSet());
  }

  private void collect(int partition, Set<String> origins) {
    ReadOnlyKeyValueStore<byte[], byte[]> store =
        streams.store(
            StoreQueryParameters.fromNameAndType(
                    EngineStores.EXECUTIONS, QueryableStoreTypes.<byte[], byte[]>keyValueStore())
                .withPartition(partition));
    byte[] from = null;
    do {
      try (KeyValueIterator<byte[], byte[]> batches = store.range(from, null)) {
        byte[] key = batches.hasNext() ? batches.peekNextKey() : null;
        if (key != null) {
          origins.add(LiveExecutions.origin(ExecutionKeys.executionId(key)));
          key = ExecutionKeys.after(key);
        }
        from = key;
      }
    } while (from != null);
  }
}
