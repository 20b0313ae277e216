package dev.millrace.topology;

import dev.millrace.engine.Engine;
import dev.millrace.node.NodeProcessor;
import dev.millrace.store.EngineStores;
import dev.millrace.topic.Topic;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * The one static topology: commands and signals go to the router, which runs nodes through one
 * processor per node type. Workflows are data that it reads; no edit of one changes this graph.
 */
public final class MillraceTopology {
  static final String ROUTER = "router";
  static final String SCHEDULES = "schedules";

  /** The owner of nodes' states, in a sub-topology of its own. */
  static final String OWNERS = "owners";

  private MillraceTopology() {}

  /** Name of a node type's processor in the topology. */
  static String nodeProcessorName(String type) {
    return "node:" + type;
  }

  /** Builds the topology for all node types of a catalogue, with all schedules in one partition. */
  public static Topology build(EngineParts parts) {
    return build(parts, 1);
  }

  /**
   * Builds the topology for all node types of a catalogue.
   *
   * @param schedulePartitions that schedules are spread over, at most those of the commands
   */
  public static Topology build(EngineParts parts, int schedulePartitions) {
    Topology topology = new Topology();
    DefinitionChanges changes = new DefinitionChanges();
    PublishedSchedules published = new PublishedSchedules(parts.catalogue());
    topology.addGlobalStore(
        EngineStores.definitions(),
        "definitions-source",
        new StringDeserializer(),
        new ByteArrayDeserializer(),
        Topic.DEFINITIONS.topicName(),
        "definitions-updater",
        () -> new DefinitionsUpdater(changes));
    topology.addSource(
        AutoOffsetReset.earliest(),
        "commands",
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        Topic.COMMANDS.topicName());
    topology.addSource(
        AutoOffsetReset.earliest(),
        "own-signals",
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        Topic.SIGNALS.topicName());
    Engine engine = new Engine(parts.expressions(), parts.settings().budget(), parts.gates());
    topology.addProcessor(
        ROUTER,
        () ->
            new PartitionProcessor(
                parts.pace(), context -> RouterTask.begin(context, parts, engine)),
        "commands",
        "own-signals");
    EngineStores.partitioned().forEach(store -> topology.addStateStore(store, ROUTER));
    topology.addProcessor(
        SCHEDULES,
        () -> new ScheduleProcessor(parts, schedulePartitions, changes, published),
        ROUTER);
    topology.addStateStore(EngineStores.schedules(), SCHEDULES);
    List<NodeProcessor> nodes =
        parts.catalogue().all().stream()
            .sorted(Comparator.comparing(node -> node.spec().type()))
            .toList();
    for (NodeProcessor node : nodes) {
      topology.addProcessor(
          nodeProcessorName(node.spec().type()), () -> new NodeTypeProcessor(node), ROUTER);
    }
    Serializer<byte[]> bytes = new ByteArraySerializer();
    topology.addSink(Outbox.EVENTS, Topic.EVENTS.topicName(), bytes, bytes, ROUTER);
    topology.addSink(Outbox.SIGNALS, Topic.SIGNALS.topicName(), bytes, bytes, ROUTER, SCHEDULES);
    topology.addSink(Outbox.TASKS, Topic.TASKS.topicName(), bytes, bytes, ROUTER);
    topology.addSink(Outbox.KEYED, Topic.KEYED.topicName(), bytes, bytes, ROUTER);
    topology.addSink(Outbox.CANCELLATIONS, Topic.CANCELLATIONS.topicName(), bytes, bytes, ROUTER);
    topology.addSink(Outbox.DEAD_LETTERS, Topic.DEAD_LETTERS.topicName(), bytes, bytes, ROUTER);
    Serializer<Outbox.AddressedReply> reply = (topic, value) -> value.value();
    StreamPartitioner<byte[], Outbox.AddressedReply> toIngress =
        (topic, key, value, partitions) ->
            value.partition() < 0
                ? Optional.empty()
                : Optional.of(Set.of(value.partition() % partitions));
    topology.addSink(Outbox.REPLIES, Topic.REPLIES.topicName(), bytes, reply, toIngress, ROUTER);
    addOwners(topology, parts);
    return topology;
  }

  /** Shares nothing with the router but topics, so its partitions go to whoever has the time. */
  private static void addOwners(Topology topology, EngineParts parts) {
    Serializer<byte[]> bytes = new ByteArraySerializer();
    topology.addSource(
        AutoOffsetReset.earliest(),
        "keyed",
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        Topic.KEYED.topicName());
    topology.addProcessor(
        OWNERS,
        () -> new PartitionProcessor(parts.pace(), context -> OwnerTask.begin(context, parts)),
        "keyed");
    topology.addStateStore(EngineStores.keyed(), OWNERS);
    topology.addSink(
        Outbox.OF_OWNERS + Outbox.SIGNALS, Topic.SIGNALS.topicName(), bytes, bytes, OWNERS);
    topology.addSink(
        Outbox.OF_OWNERS + Outbox.DEAD_LETTERS,
        Topic.DEAD_LETTERS.topicName(),
        bytes,
        bytes,
        OWNERS);
  }

  /** Keeps the definitions store in step with its topic. */
  private static final class DefinitionsUpdater
      extends ContextualProcessor<String, byte[], Void, Void>
      implements Processor<String, byte[], Void, Void> {
    private final DefinitionChanges changes;
    @org.jspecify.annotations.Nullable private KeyValueStore<String, byte[]> store;

    DefinitionsUpdater(DefinitionChanges changes) {
      this.changes = changes;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
      super.init(context);
      store = context.getStateStore(EngineStores.DEFINITIONS);
    }

    @Override
    public void process(Record<String, byte[]> record) {
      // An unreadable value is stored as it is: the version is then reported as broken by name.
      if (store != null && record.key() != null) {
        store.put(record.key(), record.value());
        changes.changed(record.key());
      }
    }
  }
}
