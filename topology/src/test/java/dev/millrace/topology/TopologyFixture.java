package dev.millrace.topology;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.DefinitionRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.avro.GateRecord;
import dev.millrace.avro.KeyedRun;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.avro.ReplyTo;
import dev.millrace.avro.StartExecution;
import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.VariablesRecord;
import dev.millrace.avro.WorkflowProjectRecord;
import dev.millrace.engine.Budget;
import dev.millrace.engine.CallGates;
import dev.millrace.engine.Event;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.item.Item;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.serde.ItemRecords;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.store.EngineStores;
import dev.millrace.store.ExecutionKeys;
import dev.millrace.testing.ConstantExpressions;
import dev.millrace.testing.FixedRegistry;
import dev.millrace.testing.GraphNodes;
import dev.millrace.testing.GraphWorkflow;
import dev.millrace.topic.DefinitionKeys;
import dev.millrace.topic.Topic;
import dev.millrace.worker.TaskRunner;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
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
import org.jspecify.annotations.Nullable;

/** The whole topology with graph nodes on Kafka's test driver, and its topics. */
final class TopologyFixture implements AutoCloseable {
  static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  static final String WORKFLOW = "workflow-1";
  static final String RESUME_URL = "https://hooks.example/webhook-waiting/";
  static final ReplyTo CALLER = new ReplyTo("ingress-1", "request-1", 0);

  private final MillraceSerdes serdes = new MillraceSerdes(new FixedRegistry());
  private final TopologyTestDriver driver;
  private final TestOutputTopic<byte[], byte[]> events;
  private final TestOutputTopic<byte[], byte[]> replies;
  private final TestOutputTopic<byte[], byte[]> tasks;
  private final TestOutputTopic<byte[], byte[]> keyed;
  private final TestOutputTopic<byte[], byte[]> cancellations;
  private final TestOutputTopic<byte[], byte[]> deadLetters;

  TopologyFixture(Path stateDirectory, Budget budget) {
    this(stateDirectory, budget, CrashMarker.none());
  }

  TopologyFixture(Path stateDirectory, Budget budget, CrashMarker crashes) {
    this(stateDirectory, budget, crashes, GraphNodes.catalogue(), new ConstantExpressions());
  }

  TopologyFixture(Path stateDirectory, Budget budget, CallGates gates) {
    this(
        stateDirectory,
        budget,
        CrashMarker.none(),
        GraphNodes.catalogue(),
        new ConstantExpressions(),
        gates);
  }

  TopologyFixture(
      Path stateDirectory,
      Budget budget,
      CrashMarker crashes,
      NodeCatalogue catalogue,
      ExpressionEngine expressions) {
    this(stateDirectory, budget, crashes, catalogue, expressions, CallGates.OF_NODES);
  }

  private TopologyFixture(
      Path stateDirectory,
      Budget budget,
      CrashMarker crashes,
      NodeCatalogue catalogue,
      ExpressionEngine expressions,
      CallGates gates) {
    EngineSettings defaults = EngineSettings.of("nowhere:1", stateDirectory);
    EngineSettings settings =
        new EngineSettings(
            defaults.bootstrapServers(),
            defaults.applicationId(),
            stateDirectory,
            1,
            defaults.commitInterval(),
            defaults.sessionTimeout(),
            defaults.rocksDbBytes(),
            budget,
            defaults.idempotencyRetention(),
            defaults.overrides());
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    properties.put(StreamsConfig.STATE_DIR_CONFIG, stateDirectory.toString());
    driver =
        new TopologyTestDriver(
            MillraceTopology.build(
                new EngineParts(settings, catalogue, expressions, serdes)
                    .withCrashMarker(crashes)
                    .withGates(gates)
                    .withResumeUrls((tenant, id) -> RESUME_URL + tenant + "/" + id)),
            properties,
            NOW);
    events = output(Topic.EVENTS);
    replies = output(Topic.REPLIES);
    tasks = output(Topic.TASKS);
    keyed = output(Topic.KEYED);
    cancellations = output(Topic.CANCELLATIONS);
    deadLetters = output(Topic.DEAD_LETTERS);
  }

  private TestOutputTopic<byte[], byte[]> output(Topic topic) {
    return driver.createOutputTopic(
        topic.topicName(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  void publish(int version, GraphWorkflow workflow) {
    publish(WORKFLOW, version, workflow);
  }

  void publish(String id, int version, GraphWorkflow workflow) {
    publish(id, version, workflow.document("v1").toBytes());
  }

  void publish(String id, int version, byte[] json) {
    byte[] definition =
        serdes
            .serde(DefinitionRecord.class)
            .toBytes(new DefinitionRecord(id, version, true, ByteBuffer.wrap(json), NOW));
    var definitions =
        driver.createInputTopic(
            Topic.DEFINITIONS.topicName(), new StringSerializer(), new ByteArraySerializer());
    definitions.pipeInput(DefinitionKeys.version(id, version), definition);
    definitions.pipeInput(id, definition);
  }

  void publishVariables(String project, Map<String, String> values) {
    publishBytes(
        DefinitionKeys.variables(project),
        serdes.serde(VariablesRecord.class).toBytes(new VariablesRecord(project, values)));
  }

  /**
   * @param project null for none
   */
  void publishProject(String workflow, @Nullable String project) {
    publishBytes(
        DefinitionKeys.project(workflow),
        project == null
            ? null
            : serdes
                .serde(WorkflowProjectRecord.class)
                .toBytes(new WorkflowProjectRecord(workflow, project)));
  }

  /** Puts a record on the topic of definitions. */
  void publishBytes(String key, byte @Nullable [] value) {
    driver
        .createInputTopic(
            Topic.DEFINITIONS.topicName(), new StringSerializer(), new ByteArraySerializer())
        .pipeInput(key, value);
  }

  static StartExecution start(
      int version, @Nullable String idempotencyKey, @Nullable ReplyTo replyTo) {
    return new StartExecution(
        WORKFLOW,
        version,
        null,
        "webhook",
        "T",
        0,
        ItemRecords.of(List.of(Item.empty())),
        null,
        true,
        idempotencyKey,
        replyTo,
        null);
  }

  /** A webhook's start of the latest version of a workflow. */
  static StartExecution startOf(String workflow) {
    StartExecution start = start(0, null, null);
    start.setWorkflowId(workflow);
    return start;
  }

  void send(String executionId, Object body) {
    send(executionId, body, NOW);
  }

  void send(String executionId, Object body, Instant sentAt) {
    sendBytes(
        executionId.getBytes(StandardCharsets.UTF_8),
        serdes
            .serde(CommandRecord.class)
            .toBytes(new CommandRecord(executionId, "default", sentAt, body)));
  }

  void sendBytes(byte @Nullable [] key, byte @Nullable [] value) {
    driver
        .createInputTopic(
            Topic.COMMANDS.topicName(), new ByteArraySerializer(), new ByteArraySerializer())
        .pipeInput(key, value);
  }

  /** Puts a record on the topic of runs for the owners of states. */
  void sendKeyed(byte @Nullable [] key, byte @Nullable [] value) {
    driver
        .createInputTopic(
            Topic.KEYED.topicName(), new ByteArraySerializer(), new ByteArraySerializer())
        .pipeInput(key, value);
  }

  void advance(Duration by) {
    driver.advanceWallClockTime(by);
  }

  byte[] encode(KeyedRun run) {
    return serdes.serde(KeyedRun.class).toBytes(run);
  }

  /** The runs for the owners of states since the last look. */
  List<KeyedRun> keyedRuns() {
    return keyed.readValuesToList().stream()
        .map(value -> serdes.serde(KeyedRun.class).fromBytes(value))
        .toList();
  }

  byte[] encode(CommandRecord command) {
    return serdes.serde(CommandRecord.class).toBytes(command);
  }

  /** The event batches written since the last look. */
  List<EventBatch> batches() {
    return events.readValuesToList().stream()
        .map(value -> serdes.serde(EventBatch.class).fromBytes(value))
        .toList();
  }

  List<Event> events() {
    return batches().stream().flatMap(batch -> EventRecords.toEvents(batch).stream()).toList();
  }

  /** The tasks for workers since the last look. */
  List<TaskRecord> tasks() {
    return tasks.readValuesToList().stream()
        .map(value -> serdes.serde(TaskRecord.class).fromBytes(value))
        .toList();
  }

  /** The executions whose calls workers are to stop, since the last look. */
  List<String> cancellations() {
    return cancellations.readRecordsToList().stream()
        .map(record -> new String(record.key(), StandardCharsets.UTF_8))
        .toList();
  }

  /** Does a worker's part, without sending the result. */
  CommandRecord work(TaskRecord task) throws InterruptedException {
    return new TaskRunner(
            GraphNodes.catalogue(),
            new ConstantExpressions(),
            InstantSource.fixed(NOW),
            Duration.ofMinutes(1))
        .run(task);
  }

  List<ReplyRecord> replies() {
    return replies.readValuesToList().stream()
        .map(value -> serdes.serde(ReplyRecord.class).fromBytes(value))
        .toList();
  }

  /** The outcome in the only reply since the last look. */
  ExecutionOutcome outcome() {
    List<ReplyRecord> all = replies();
    if (all.size() == 1 && all.getFirst().getBody() instanceof ExecutionOutcome outcome) {
      return outcome;
    }
    throw new AssertionError("not one outcome: " + all);
  }

  List<DeadLetterRecord> deadLetters() {
    return deadLetters.readValuesToList().stream()
        .map(value -> serdes.serde(DeadLetterRecord.class).fromBytes(value))
        .toList();
  }

  /** How many entries a store of the router holds. */
  int stored(String store) {
    List<KeyValue<byte[], byte[]>> entries = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> all =
        driver.<byte[], byte[]>getKeyValueStore(store).all()) {
      all.forEachRemaining(entries::add);
    }
    return entries.size();
  }

  /** The gates as they are stored. */
  List<GateStanding> gates() {
    List<GateStanding> gates = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> all =
        driver.<byte[], byte[]>getKeyValueStore(EngineStores.GATES).all()) {
      all.forEachRemaining(entry ->
          GateStanding.name(entry.key)
              .ifPresent(name ->
                  gates.add(
                      GateStanding.of(
                          name, serdes.serde(GateRecord.class).fromBytes(entry.value)))));
    }
    return gates;
  }

  /** What is stored of an execution that waits, in order. */
  List<byte[]> storedBatches(String executionId) {
    List<byte[]> stored = new ArrayList<>();
    try (KeyValueIterator<byte[], byte[]> all =
        driver
            .<byte[], byte[]>getKeyValueStore(EngineStores.EXECUTIONS)
            .prefixScan(ExecutionKeys.prefix("default", executionId), new ByteArraySerializer())) {
      all.forEachRemaining(entry -> stored.add(entry.value));
    }
    return stored;
  }

  /** What can be read of the executions that wait. */
  StoredStandings standings() {
    return new StoredStandings(
        driver.<byte[], byte[]>getKeyValueStore(EngineStores.EXECUTIONS),
        serdes.serde(EventBatch.class),
        false);
  }

  /** Puts into the store what another instance had stored. */
  void restore(String executionId, List<byte[]> stored) {
    for (int i = 0; i < stored.size(); i++) {
      driver
          .<byte[], byte[]>getKeyValueStore(EngineStores.EXECUTIONS)
          .put(ExecutionKeys.batch("default", executionId, i), stored.get(i));
    }
  }

  int waitingBatches() {
    return stored(EngineStores.EXECUTIONS);
  }

  @Override
  public void close() {
    driver.close();
  }
}
