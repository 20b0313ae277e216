package dev.millrace.standalone.history;

import dev.millrace.avro.GateRecord;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.store.EngineStores;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.topology.EngineSettings;
import dev.millrace.topology.GateStanding;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The gates of all engines, from the changelog of the store that they keep them in: what is
 * committed, wherever it is kept, with nothing asked of an engine. Reads the topic from its
 * beginning, so it is for commands and not for servers. One thread at a time.
 */
final class GateLog {
  private static final Duration POLL = Duration.ofMillis(200);

  private final String bootstrapServers;
  private final AvroSerde<GateRecord> gates;

  GateLog(String bootstrapServers, MillraceSerdes serdes) {
    this.bootstrapServers = bootstrapServers;
    this.gates = serdes.serde(GateRecord.class);
  }

  /** By name; none where no engine has ever run. */
  List<GateStanding> all() {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                // What an aborted transaction wrote did not happen.
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                // The engine makes the topic, with the partitions that it needs.
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                false,
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                EngineRuntime.MAX_MESSAGE_BYTES),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<PartitionInfo> topic =
          consumer
              .listTopics()
              .getOrDefault(
                  EngineStores.changelog(EngineSettings.APPLICATION_ID, EngineStores.GATES),
                  List.of());
      return read(
          consumer,
          topic.stream().map(info -> new TopicPartition(info.topic(), info.partition())).toList());
    }
  }

  private List<GateStanding> read(
      KafkaConsumer<byte[], byte[]> consumer, List<TopicPartition> partitions) {
    Map<String, GateStanding> byName = new TreeMap<>();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (ends.entrySet().stream()
        .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        Optional<String> name = GateStanding.name(record.key());
        if (name.isPresent() && record.value() == null) {
          byName.remove(name.get());
        } else if (name.isPresent()) {
          byName.put(name.get(), GateStanding.of(name.get(), gates.fromBytes(record.value())));
        }
      }
    }
    return List.copyOf(byName.values());
  }
}
