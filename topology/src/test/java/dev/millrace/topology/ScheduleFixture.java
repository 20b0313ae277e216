package dev.millrace.topology;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.engine.Event;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.nodes.trigger.Cron;
import dev.millrace.nodes.trigger.Interval;
import dev.millrace.nodes.trigger.ScheduleTrigger;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.store.EngineStores;
import dev.millrace.testing.ConstantExpressions;
import dev.millrace.testing.FixedRegistry;
import dev.millrace.topic.DefinitionKeys;
import dev.millrace.topic.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/** The topology with scheduled triggers on Kafka's test driver, whose clock the test moves. */
final class ScheduleFixture implements AutoCloseable {
  private final MillraceSerdes serdes = new MillraceSerdes(new FixedRegistry());
  private final Path folder;
  private final int partitions;
  private final Map<String, byte[]> definitions = new LinkedHashMap<>();
  private TopologyTestDriver driver;
  private TestOutputTopic<byte[], byte[]> events;
  private Instant now;
  private int starts;

  /** An execution that was started. */
  record Started(String executionId, String workflowId, int version, Event.ExecutionStarted event) {
    /** What the item says of the slot. */
    String timestamp() {
      return String.valueOf(event.items().getFirst().json().get("timestamp"));
    }
  }

  ScheduleFixture(Path folder, Instant start, int partitions) {
    this.folder = folder;
    this.partitions = partitions;
    this.now = start;
    this.driver = driver();
    this.events = output();
  }

  ScheduleFixture(Path folder, Instant start) {
    this(folder, start, 1);
  }

  private TopologyTestDriver driver() {
    Path state = folder.resolve("state-" + starts++);
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "schedules");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
    NodeCatalogue catalogue =
        NodeCatalogue.of(List.of(new ScheduleTrigger(), new Cron(), new Interval()));
    return new TopologyTestDriver(
        MillraceTopology.build(
            new EngineParts(
                EngineSettings.of("nowhere:1", state),
                catalogue,
                new ConstantExpressions(),
                serdes),
            partitions),
        properties,
        now);
  }

  private TestOutputTopic<byte[], byte[]> output() {
    return driver.createOutputTopic(
        Topic.EVENTS.topicName(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  Instant now() {
    return now;
  }

  /** Publishes a version as the current one. */
  void publish(String workflowId, int version, boolean active, String json) {
    byte[] value =
        serdes
            .serde(DefinitionRecord.class)
            .toBytes(
                new DefinitionRecord(
                    workflowId,
                    version,
                    active,
                    ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)),
                    now));
    define(DefinitionKeys.version(workflowId, version), value);
    define(workflowId, value);
  }

  void publish(String workflowId, int version, String json) {
    publish(workflowId, version, true, json);
  }

  void define(String key, byte @Nullable [] value) {
    if (value == null) {
      definitions.remove(key);
    } else {
      definitions.put(key, value);
    }
    send(key, value);
  }

  private void send(String key, byte @Nullable [] value) {
    driver
        .createInputTopic(
            Topic.DEFINITIONS.topicName(), new StringSerializer(), new ByteArraySerializer())
        .pipeInput(key, value);
  }

  /** Moves the clock and lets the topology look at it once. */
  void advance(Duration by) {
    now = now.plus(by);
    driver.advanceWallClockTime(by);
  }

  /** Moves the clock in steps as short as those of the engine. */
  void pass(Duration time, Duration step) {
    for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(step)) {
      advance(step);
    }
  }

  /** Stops, lets time pass, and starts again with what the stores held. */
  void restart(Duration later) {
    Map<String, List<KeyValue<byte[], byte[]>>> kept = new LinkedHashMap<>();
    for (String store : List.of(EngineStores.SCHEDULES, EngineStores.IDEMPOTENCY)) {
      kept.put(store, entries(store));
    }
    driver.close();
    now = now.plus(later);
    driver = driver();
    events = output();
    kept.forEach((name, entries) -> {
      KeyValueStore<byte[], byte[]> store = driver.getKeyValueStore(name);
      entries.forEach(entry -> store.put(entry.key, entry.value));
    });
    definitions.forEach(this::send);
  }

  /** The executions that were started since the last look. */
  List<Started> started() {
    List<Started> started = new ArrayList<>();
    for (byte[] value : events.readValuesToList()) {
      EventBatch batch = serdes.serde(EventBatch.class).fromBytes(value);
      for (Event event : EventRecords.toEvents(batch)) {
        if (event instanceof Event.ExecutionStarted start) {
          started.add(
              new Started(
                  batch.getExecutionId(), batch.getWorkflowId(), batch.getVersion(), start));
        }
      }
    }
    return started;
  }

  /** The slots of the executions that were started since the last look. */
  List<String> slots() {
    return started().stream().map(Started::timestamp).toList();
  }

  List<KeyValue<byte[], byte[]>> entries(String store) {
    List<KeyValue<byte[], byte[]>> entries = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> all =
        driver.<byte[], byte[]>getKeyValueStore(store).all()) {
      all.forEachRemaining(entries::add);
    }
    return entries;
  }

  int schedules() {
    return entries(EngineStores.SCHEDULES).size();
  }

  @Override
  public void close() {
    driver.close();
  }
}
