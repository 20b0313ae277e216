package dev.millrace.standalone.history;

import dev.millrace.avro.GateRecord;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.topics.WholeTopic;
import dev.millrace.store.EngineStores;
import dev.millrace.topology.EngineSettings;
import dev.millrace.topology.GateStanding;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * The gates of all engines, from the changelog of the store that they keep them in: what is
 * committed, wherever it is kept, with nothing asked of an engine. Reads the topic from its
 * beginning, so it is for commands and not for servers. One thread at a time.
 */
final class GateLog {
  private final String bootstrapServers;
  private final AvroSerde<GateRecord> gates;

  GateLog(String bootstrapServers, MillraceSerdes serdes) {
    this.bootstrapServers = bootstrapServers;
    this.gates = serdes.serde(GateRecord.class);
  }

  /** By name; none where no engine has ever run. */
  List<GateStanding> all() {
    try (KafkaConsumer<byte[], byte[]> consumer = WholeTopic.consumer(bootstrapServers)) {
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
    WholeTopic.read(
        consumer,
        partitions,
        record ->
            GateStanding.name(record.key())
                .ifPresent(name -> {
                  if (record.value() == null) {
                    byName.remove(name);
                  } else {
                    byName.put(name, GateStanding.of(name, gates.fromBytes(record.value())));
                  }
                }));
    return List.copyOf(byName.values());
  }
}
