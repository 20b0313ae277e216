package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.avro.StartExecution;
import dev.millrace.error.ErrorCode;
import dev.millrace.ingress.CredentialStore;
import dev.millrace.ingress.IngressServer;
import dev.millrace.ingress.IngressSettings;
import dev.millrace.node.BinaryStore;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.node.TransformNode;
import dev.millrace.serde.ItemRecords;
import dev.millrace.standalone.definitions.DefinitionsPublisher;
import dev.millrace.standalone.execution.EngineClient;
import dev.millrace.standalone.execution.ExecutionRequest;
import dev.millrace.standalone.execution.FinishedExecution;
import dev.millrace.topic.Topic;
import dev.millrace.topology.CommittedReplies;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.value.Json;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Poison against the real engine on a real broker, exactly-once, with one partition: if anything
 * stopped it, or a thread died of it, the execution that follows each test would not run.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PoisonTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final byte[] GARBAGE = "not avro".getBytes(StandardCharsets.UTF_8);

  @TempDir private static Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private DataFolder data;
  private Platform platform;
  private EngineClient client;
  private KafkaProducer<byte[], byte[]> producer;
  private Committed deadLetters;
  private Committed events;
  private Set<Thread> engineThreads = Set.of();

  @BeforeAll
  void start() throws IOException {
    data = DataFolder.open(folder);
    platform = Platform.start(data, List.of(new CrashingNode()), 1);
    // Nobody listens to commits: replies have to come through their topic.
    platform.startEngine(CommittedReplies.NONE);
    platform.awaitEngine();
    client =
        new EngineClient(
            platform.bootstrap(),
            platform.serdes(),
            platform.catalogue(),
            platform.expressions(),
            PATIENCE);
    producer =
        new KafkaProducer<>(
            Map.of(
                "bootstrap.servers",
                platform.bootstrap(),
                "max.request.size",
                EngineRuntime.MAX_MESSAGE_BYTES,
                "buffer.memory",
                2L * EngineRuntime.MAX_MESSAGE_BYTES),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    deadLetters = new Committed(platform.bootstrap(), Topic.DEAD_LETTERS);
    events = new Committed(platform.bootstrap(), Topic.EVENTS);
  }

  @AfterAll
  void stop() {
    deadLetters.close();
    events.close();
    producer.close();
    client.close();
    platform.close();
    data.close();
  }

  @BeforeEach
  void rememberThreads() {
    engineThreads = liveEngineThreads();
    assertThat(engineThreads).hasSize(2);
  }

  @AfterEach
  void thePartitionGoesOnInTheSameThread() {
    FinishedExecution next = client.run(ExecutionRequest.of(GOOD, ExecutionMode.MANUAL));
    assertThat(next.status()).isEqualTo("success");
    assertThat(next.lastNode()).isEqualTo("Last");
    assertThat(liveEngineThreads()).isEqualTo(engineThreads);
  }

  @Test
  void everythingIsOnOnePartitionAndTransactional() throws Exception {
    try (Admin admin =
        Admin.create(Map.<String, Object>of("bootstrap.servers", platform.bootstrap()))) {
      List<String> topics =
          Stream.of(Topic.COMMANDS, Topic.SIGNALS, Topic.EVENTS).map(Topic::topicName).toList();
      admin
          .describeTopics(topics)
          .allTopicNames()
          .get()
          .forEach((name, topic) -> assertThat(topic.partitions()).as(name).hasSize(1));
      assertThat(admin.listTransactions().all().get())
          .anyMatch(listing -> listing.transactionalId().startsWith("millrace-engine"));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"COMMANDS", "SIGNALS"})
  void undecodableRecordsAreDeadLettersWithTheirCause(Topic topic) throws Exception {
    byte[] key = "e1".getBytes(StandardCharsets.UTF_8);
    byte[] good =
        platform
            .serdes()
            .serde(CommandRecord.class)
            .toBytes(new CommandRecord("e1", "default", Instant.now(), new CancelExecution("")));
    byte[] cut = Arrays.copyOf(good, good.length - 1);
    byte[] wrongMagic = good.clone();
    wrongMagic[0] = 9;
    byte[] unknownSchema = good.clone();
    unknownSchema[4] = 99;
    byte[] otherSchema =
        platform
            .serdes()
            .serde(EventBatch.class)
            .toBytes(new EventBatch("e1", "default", "w", 1, 0L, Instant.now(), List.of()));
    byte[] otherKey = "e2".getBytes(StandardCharsets.UTF_8);
    int before = deadLetters.read().size();

    send(topic, key, GARBAGE);
    send(topic, key, new byte[0]);
    send(topic, key, cut);
    send(topic, key, wrongMagic);
    send(topic, key, unknownSchema);
    send(topic, key, otherSchema);
    send(topic, key, null);
    send(topic, null, good);
    send(topic, otherKey, good);

    deadLetters.awaitSize(before + 9);
    List<DeadLetterRecord> letters =
        deadLetters.read().subList(before, before + 9).stream()
            .map(r -> platform.serdes().serde(DeadLetterRecord.class).fromBytes(r.value()))
            .toList();
    String unreadable = ErrorCode.UNREADABLE_RECORD.code();
    assertThat(letters)
        .extracting(
            DeadLetterRecord::getTopic,
            DeadLetterRecord::getCode,
            letter -> bytes(letter.getKey()),
            letter -> bytes(letter.getValue()))
        .containsExactly(
            tuple(topic.topicName(), unreadable, key, GARBAGE),
            tuple(topic.topicName(), unreadable, key, new byte[0]),
            tuple(topic.topicName(), unreadable, key, cut),
            tuple(topic.topicName(), unreadable, key, wrongMagic),
            tuple(topic.topicName(), ErrorCode.UNKNOWN_SCHEMA.code(), key, unknownSchema),
            tuple(topic.topicName(), unreadable, key, otherSchema),
            tuple(topic.topicName(), unreadable, key, null),
            tuple(topic.topicName(), unreadable, null, good),
            tuple(topic.topicName(), unreadable, otherKey, good));
    assertThat(letters).allSatisfy(letter -> assertThat(letter.getReason()).isNotBlank());
    assertThat(letters).extracting(DeadLetterRecord::getOffset).isSorted();
  }

  /** It is there for good, so a start has to get over it as well. */
  @Test
  void undecodableDefinitionsAndSchemasOutliveARestart() throws Exception {
    send(Topic.DEFINITIONS, utf8("broken"), GARBAGE);
    send(Topic.DEFINITIONS, utf8("broken/1"), GARBAGE);
    send(Topic.DEFINITIONS, utf8(""), GARBAGE);
    send(Topic.DEFINITIONS, new byte[] {(byte) 0xFF, 0}, new byte[] {0, 0, 0, 0, 99, 1});
    send(Topic.SCHEMAS, utf8("broken"), GARBAGE);
    send(Topic.SCHEMAS, utf8("number"), utf8("{\"subject\":\"s\",\"id\":1,\"schema\":7}"));
    send(Topic.SCHEMAS, utf8("schema"), utf8("{\"subject\":\"s\",\"id\":77,\"schema\":\"{\"}"));

    assertThat(startOf("broken", 1)).isEqualTo(ErrorCode.UNREADABLE_RECORD.code());

    stop();
    deleteState();
    start();
    engineThreads = liveEngineThreads();
    assertThat(startOf("broken", 1)).isEqualTo(ErrorCode.UNREADABLE_RECORD.code());
    try (DefinitionsPublisher publisher = publisher()) {
      assertThat(publisher.publish("broken", WEBHOOK)).isPositive();
    }
  }

  @Test
  void undecodableRepliesAndDefinitionsDoNotStopTheWebhooks() throws Exception {
    send(Topic.DEFINITIONS, utf8("answer"), GARBAGE);
    try (IngressServer ingress =
            IngressServer.start(
                IngressSettings.defaults(platform.bootstrap()).withListener("127.0.0.1", 0),
                platform.registry(),
                CredentialStore.none(),
                platform.expressions(),
                BinaryStore.none(),
                null);
        DefinitionsPublisher publisher = publisher()) {
      send(Topic.DEFINITIONS, utf8("answer"), GARBAGE);
      publisher.publish("answer", WEBHOOK);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(post(ingress, "{\"n\": 1}")).isEqualTo("{\"n\":1}"));

      for (byte[] key : new byte[][] {utf8(ingress.replies().instance()), utf8("x"), null}) {
        send(Topic.REPLIES, key, GARBAGE);
        send(Topic.REPLIES, key, new byte[0]);
        send(Topic.REPLIES, key, null);
        send(Topic.REPLIES, key, new byte[] {0, 0, 0, 0, 99, 1});
      }

      assertThat(post(ingress, "{\"n\": 2}")).isEqualTo("{\"n\":2}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stack", "memory", "linkage", "assertion", "error", "null", "kafka"})
  void aNodeThatThrowsAnErrorFailsItsExecution(String how) {
    FinishedExecution failed = run("test.crash", 1, Map.of("how", how));

    assertFailed(failed, ErrorCode.NODE_DEFECT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "while (true) {}",
        "for (;;) await null;",
        "await new Promise(() => {});",
        "while (true) { try { while (true) {} } catch (e) {} finally { continue; } }",
      })
  void endlessCodeFailsItsExecution(String code) {
    FinishedExecution failed = run("n8n-nodes-base.code", 2, Map.of("jsCode", code));

    assertThat(errorCode(failed)).isIn(ErrorCode.CODE_TIMEOUT.code(), ErrorCode.CODE_FAILED.code());
    assertFailed(failed, errorCode(failed));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "={{ (() => { while (true) {} })() }}",
        // A back-reference is what makes the engine backtrack.
        "={{ /^((a+)+)\\1c$/.test('a'.repeat(60)) }}"
      })
  void anEndlessExpressionFailsItsExecution(String expression) {
    FinishedExecution failed =
        run(
            "n8n-nodes-base.set",
            3.4,
            Map.of(
                "assignments",
                Map.of(
                    "assignments",
                    List.of(
                        Map.of("id", "a", "name", "x", "type", "string", "value", expression)))));

    assertFailed(failed, ErrorCode.EXPRESSION_FAILED);
    assertThat(failed.errorMessage()).contains("5000 ms");
  }

  @Test
  void endlessRecursionInJavaScriptFailsItsExecution() {
    assertFailed(
        run(
            "n8n-nodes-base.code",
            2,
            Map.of("jsCode", "const f = () => f() + 1; return [{json: {x: f()}}];")),
        ErrorCode.CODE_FAILED);
  }

  /**
   * One that fits a topic, but not beside its reason in a dead letter, nor in a producer's memory.
   */
  @ParameterizedTest
  @ValueSource(ints = {34 << 20, EngineRuntime.MAX_MESSAGE_BYTES - 120})
  void theLargestUndecodableRecordIsADeadLetterToo(int size) throws Exception {
    int before = deadLetters.read().size();
    byte[] key = utf8("large");
    byte[] large = new byte[size];
    Arrays.fill(large, (byte) 1);

    send(Topic.COMMANDS, key, large);

    deadLetters.awaitSize(before + 1);
    DeadLetterRecord letter =
        platform
            .serdes()
            .serde(DeadLetterRecord.class)
            .fromBytes(deadLetters.read().getLast().value());
    assertThat(letter.getTopic()).isEqualTo(Topic.COMMANDS.topicName());
    assertThat(letter.getCode()).isEqualTo(ErrorCode.UNREADABLE_RECORD.code());
    assertThat(bytes(letter.getValue()))
        .isEqualTo(size < EngineRuntime.MAX_MESSAGE_BYTES - (1 << 20) ? large : null);
  }

  @Test
  void theMostThatANodeMayAnswerIsStored() {
    FinishedExecution whole =
        run(
            "n8n-nodes-base.code",
            2,
            Map.of("jsCode", "return [{json: {x: 'y'.repeat(32 * 1024 * 1024 - 8)}}];"));

    assertThat(whole.status()).isEqualTo("success");
  }

  /** Files are no JSON, and are in the record all the same. */
  @Test
  void filesThatAreTooMuchFailTheExecution() {
    FinishedExecution failed =
        run(
            "n8n-nodes-base.code",
            2,
            Map.of(
                "jsCode",
                "const data = 'QUJD'.repeat(1024 * 1024);"
                    + "return Array.from({length: 11}, () => ({json: {},"
                    + " binary: {file: {data, mimeType: 'text/plain'}}}));"));

    assertFailed(failed, ErrorCode.BATCH_TOO_LARGE);
  }

  private FinishedExecution run(String type, double version, Map<String, Object> parameters) {
    return client.run(
        ExecutionRequest.of(workflow(type, version, parameters), ExecutionMode.MANUAL));
  }

  /** The events, which is what this is read from, show a failed node and an end with an error. */
  private static void assertFailed(FinishedExecution failed, ErrorCode code) {
    assertFailed(failed, code.code());
  }

  private static void assertFailed(FinishedExecution failed, String code) {
    assertThat(failed.status()).isEqualTo("error");
    assertThat(errorCode(failed)).isEqualTo(code);
    assertThat(Objects.requireNonNull(failed.error()).get("node")).isEqualTo("Poison");
    assertThat(failed.runs("Poison")).hasSize(1);
    assertThat(failed.runs("Last")).isEmpty();
  }

  private static String errorCode(FinishedExecution failed) {
    return failed.error() == null ? "" : String.valueOf(failed.error().get("code"));
  }

  /** Starts a published version and tells the code of the error that its events end with. */
  private String startOf(String workflowId, int version) throws Exception {
    String executionId = java.util.UUID.randomUUID().toString();
    StartExecution start =
        new StartExecution(
            workflowId,
            version,
            null,
            "webhook",
            "Webhook",
            0,
            List.of(),
            null,
            true,
            null,
            null,
            null);
    send(
        Topic.COMMANDS,
        utf8(executionId),
        platform
            .serdes()
            .serde(CommandRecord.class)
            .toBytes(new CommandRecord(executionId, "default", Instant.now(), start)));
    return events.awaitOne(r -> {
      EventBatch batch = platform.serdes().serde(EventBatch.class).fromBytes(r.value());
      return batch.getExecutionId().equals(executionId)
              && batch.getEvents().getLast() instanceof ExecutionEndedEvent ended
              && ended.getError() != null
          ? String.valueOf(ItemRecords.fromJsonBytes(ended.getError()).get("code"))
          : null;
    });
  }

  private void send(Topic topic, byte @Nullable [] key, byte @Nullable [] value)
      throws ExecutionException, InterruptedException {
    producer.send(new ProducerRecord<>(topic.topicName(), 0, key, value)).get();
  }

  private DefinitionsPublisher publisher() {
    return new DefinitionsPublisher(
        platform.bootstrap(), platform.serdes(), InstantSource.system());
  }

  private String post(IngressServer ingress, String body) throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + ingress.port() + "/webhook/answer"))
                .timeout(PATIENCE)
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** Without its state the engine reads the topics from their beginning. */
  private void deleteState() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("streams"))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private static Set<Thread> liveEngineThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().matches(".*(-StreamThread-\\d+|-GlobalStreamThread)"))
        .collect(Collectors.toSet());
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte @Nullable [] bytes(@Nullable ByteBuffer buffer) {
    return buffer == null ? null : ItemRecords.bytes(buffer);
  }

  private static final WorkflowDocument GOOD = workflow("n8n-nodes-base.noOp", 1, Map.of());

  private static final WorkflowDocument WEBHOOK =
      WorkflowDocument.parse(
          utf8(
              """
              {"id": "answer", "name": "Answer", "nodes": [
                {"name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2,
                 "position": [0, 0], "webhookId": "w",
                 "parameters": {"httpMethod": "POST", "path": "answer", "responseMode": "lastNode"}},
                {"name": "Body", "type": "n8n-nodes-base.set", "typeVersion": 3.4,
                 "position": [200, 0],
                 "parameters": {"mode": "raw", "jsonOutput": "={{ $json.body }}"}}],
               "connections": {"Webhook": {"main": [[{"node": "Body", "type": "main", "index": 0}]]}}}
              """));

  private static WorkflowDocument workflow(
      String type, double version, Map<String, Object> parameters) {
    return WorkflowDocument.parse(
        utf8(
            """
            {"name": "Poison", "settings": {"executionOrder": "v1"}, "nodes": [
              {"name": "Start", "type": "n8n-nodes-base.manualTrigger", "typeVersion": 1,
               "position": [0, 0], "parameters": {}},
              {"name": "Poison", "type": "%s", "typeVersion": %s, "position": [200, 0],
               "parameters": %s},
              {"name": "Last", "type": "n8n-nodes-base.noOp", "typeVersion": 1,
               "position": [400, 0], "parameters": {}}],
             "connections": {
              "Start": {"main": [[{"node": "Poison", "type": "main", "index": 0}]]},
              "Poison": {"main": [[{"node": "Last", "type": "main", "index": 0}]]}}}
            """
                .formatted(
                    type, version, new String(Json.write(parameters), StandardCharsets.UTF_8))));
  }

  /** Throws what no node should. */
  private static final class CrashingNode implements TransformNode {
    private final NodeSpec spec =
        NodeSpec.type("test.crash").named("Crash", "Throws what no node should.").build();

    @Override
    public NodeSpec spec() {
      return spec;
    }

    @Override
    @SuppressWarnings("NullAway") // A node that breaks its contract is the point.
    public NodeOutput run(NodeCall call) {
      return switch (String.valueOf(call.node().parameters().get("how"))) {
        case "stack" -> run(call);
        case "memory" -> throw new OutOfMemoryError("made by the test");
        case "linkage" -> throw new NoClassDefFoundError("made/by/the/Test");
        case "assertion" -> throw new AssertionError("made by the test");
        case "kafka" -> throw new org.apache.kafka.common.KafkaException("made by the test");
        case "null" -> null;
        default -> throw new Error("made by the test");
      };
    }
  }
}
