package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.TaskRecord;
import dev.millrace.binary.LiveExecutions;
import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.EffectContext;
import dev.millrace.node.EffectNode;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.node.NodeOutput;
import dev.millrace.node.NodeSpec;
import dev.millrace.standalone.execution.EngineClient;
import dev.millrace.standalone.execution.ExecutionRequest;
import dev.millrace.standalone.execution.FinishedExecution;
import dev.millrace.topic.Topic;
import dev.millrace.topology.CommittedReplies;
import dev.millrace.workflow.WorkflowDocument;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that reach outside, from the engine to a worker and back, on a real broker. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EffectWorkerTest {
  private static final int AT_ONCE = 40;

  @TempDir private static Path folder;
  private final CallNode node = new CallNode();
  private DataFolder data;
  private Platform platform;
  private EngineClient client;

  @BeforeAll
  void start() throws IOException {
    data = DataFolder.open(folder);
    platform = Platform.start(data, List.of(node), 2);
    platform.startEngine(CommittedReplies.NONE);
    platform.awaitEngine();
    client =
        new EngineClient(
            platform.bootstrap(),
            platform.serdes(),
            platform.catalogue(),
            platform.expressions(),
            Duration.ofSeconds(60));
  }

  @AfterAll
  void stop() {
    client.close();
    platform.close();
    data.close();
  }

  /** What the node was called with. */
  private record Seen(String key, @Nullable Object text, @Nullable Object whole) {}

  /** Answers its parameters; waits or fails as they say. */
  private static final class CallNode implements EffectNode {
    private static final NodeSpec SPEC =
        NodeSpec.type("test.call").named("Call", "Reaches outside.").build();

    private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
    private final CountDownLatch all = new CountDownLatch(AT_ONCE);
    private final CountDownLatch holding = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    @Override
    public NodeSpec spec() {
      return SPEC;
    }

    @Override
    public NodeOutput run(NodeCall call, EffectContext context) throws Exception {
      List<Item> answers = new ArrayList<>();
      for (int i = 0; i < call.input().size(); i++) {
        Object text = call.parameter("text", i);
        seen.add(new Seen(context.idempotencyKey(i), text, call.parameter("", i)));
        switch (call.string("how", i, "")) {
          case "together" -> {
            all.countDown();
            if (!all.await(60, TimeUnit.SECONDS)) {
              throw new NodeException("the others did not run at the same time", i);
            }
          }
          case "first-fails" -> {
            if (call.attempt() == 1) {
              throw new NodeException("not yet", i);
            }
          }
          case "held" -> {
            holding.countDown();
            if (!released.await(60, TimeUnit.SECONDS)) {
              throw new NodeException("nobody released it", i);
            }
          }
          case "error" -> throw new NodeException("the service said no", i);
          case "assertion" -> throw new AssertionError("a defect");
          default -> {}
        }
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("text", text);
        json.put("virtual", Thread.currentThread().isVirtual());
        answers.add(Item.of(json).withPairing(Pairing.to(i)));
      }
      return NodeOutput.of(answers);
    }
  }

  private FinishedExecution run(
      Map<String, @Nullable Object> parameters, Map<String, @Nullable Object> settings) {
    return client.run(ExecutionRequest.of(workflow(parameters, settings), ExecutionMode.TRIGGER));
  }

  private static WorkflowDocument workflow(
      Map<String, @Nullable Object> parameters, Map<String, @Nullable Object> settings) {
    Map<String, @Nullable Object> call = new LinkedHashMap<>(settings);
    call.put("name", "Call");
    call.put("type", "test.call");
    call.put("typeVersion", 1.0);
    call.put("parameters", parameters);
    return WorkflowDocument.of(
        Map.of(
            "nodes",
            List.of(
                Map.of("name", "Start", "type", "n8n-nodes-base.manualTrigger", "typeVersion", 1.0),
                Map.of(
                    "name",
                    "Items",
                    "type",
                    "n8n-nodes-base.code",
                    "typeVersion",
                    2.0,
                    "parameters",
                    Map.of("jsCode", "return [{json: {n: 1}}, {json: {n: 2}}];")),
                call,
                Map.of("name", "Last", "type", "n8n-nodes-base.noOp", "typeVersion", 1.0)),
            "connections",
            Map.of("Start", to("Items"), "Items", to("Call"), "Call", to("Last"))));
  }

  private static Map<String, Object> to(String node) {
    return Map.of("main", List.of(List.of(Map.of("node", node, "type", "main", "index", 0.0))));
  }

  private static List<Map<String, @Nullable Object>> answers(FinishedExecution finished) {
    return finished.runs("Last").getFirst().output(0).stream().map(Item::json).toList();
  }

  @Test
  void expressionsAreResolvedWithTheExecutionsDataAndItemsKeepTheirOrder() {
    FinishedExecution done =
        run(Map.of("text", "={{ $('Items').item.json.n + ':' + $json.n }}"), Map.of());

    assertThat(done.errorMessage()).isEmpty();
    assertThat(answers(done))
        .containsExactly(
            Map.of("text", "1:1", "virtual", true), Map.of("text", "2:2", "virtual", true));
    assertThat(done.runs("Last").getFirst().output(0))
        .extracting(Item::pairing)
        .containsExactly(Pairing.to(0), Pairing.to(1));
  }

  @Test
  void manyRunAtTheSameTimeWithKeysOfTheirOwn() throws Exception {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<FinishedExecution>> running = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        running.add(
            callers.submit(
                () -> run(Map.of("how", "={{ $itemIndex ? '' : 'together' }}"), Map.of())));
      }
      for (Future<FinishedExecution> each : running) {
        assertThat(each.get().errorMessage()).isEmpty();
      }
    }
    List<String> keys = node.seen.stream().map(Seen::key).toList();
    assertThat(keys).doesNotHaveDuplicates();
  }

  @Test
  void aRetryUsesTheKeyOfTheFirstAttempt() {
    FinishedExecution done =
        run(
            Map.of("how", "first-fails", "text", "retried"),
            Map.of("retryOnFail", true, "maxTries", 2.0, "waitBetweenTries", 10.0));

    assertThat(done.errorMessage()).isEmpty();
    List<String> keys =
        node.seen.stream()
            .filter(seen -> "retried".equals(seen.text()))
            .map(Seen::key)
            .filter(key -> key.endsWith("-0"))
            .toList();
    assertThat(keys).hasSize(2).containsOnly(keys.getFirst());
  }

  @Test
  void anExecutionIsSeenAsLongAsItLives() throws Exception {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<FinishedExecution> held = callers.submit(() -> run(Map.of("how", "held"), Map.of()));
      assertThat(node.holding.await(60, TimeUnit.SECONDS)).isTrue();
      LiveExecutions.Live live = platform.liveExecutions().look().orElseThrow();
      node.released.countDown();
      String id = held.get().executionId();

      assertThat(live.complete()).isTrue();
      assertThat(live.origins()).contains(id);
      assertThat(platform.liveExecutions().look())
          .hasValueSatisfying(now -> assertThat(now.origins()).doesNotContain(id));
    }
  }

  @Test
  void whatFailsOutsideFailsItsExecution() {
    FinishedExecution refused = run(Map.of("how", "error"), Map.of());
    assertThat(refused.status()).isEqualTo("error");
    assertThat(refused.errorMessage()).isEqualTo("the service said no");

    FinishedExecution defect = run(Map.of("how", "assertion"), Map.of());
    assertThat(defect.status()).isEqualTo("error");
    assertThat(defect.error()).containsEntry("code", ErrorCode.NODE_DEFECT.code());

    FinishedExecution expression = run(Map.of("text", "={{ $('Nobody').item }}"), Map.of());
    assertThat(expression.status()).isEqualTo("error");
    assertThat(expression.error()).containsEntry("code", ErrorCode.EXPRESSION_FAILED.code());

    FinishedExecution goesOn =
        run(Map.of("how", "error"), Map.of("onError", "continueRegularOutput"));
    assertThat(goesOn.status()).isEqualTo("success");
    assertThat(goesOn.lastNode()).isEqualTo("Last");
  }

  @Test
  void recordsThatAreNoTasksDoNotStopTheWorker() throws Exception {
    byte[] unknownType =
        platform
            .serdes()
            .serde(TaskRecord.class)
            .toBytes(
                new TaskRecord(
                    "nobody",
                    "default",
                    1,
                    0,
                    1,
                    "trigger",
                    java.time.Instant.EPOCH,
                    java.nio.ByteBuffer.wrap(utf8("{\"nodes\":[]}")),
                    java.nio.ByteBuffer.wrap(utf8("{}")),
                    List.of(),
                    List.of(),
                    null,
                    null,
                    null));
    try (Committed deadLetters = new Committed(platform.bootstrap(), Topic.DEAD_LETTERS);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of("bootstrap.servers", platform.bootstrap()),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      for (byte[] value :
          new byte[][] {
            utf8("not avro"),
            new byte[0],
            null,
            platform
                .serdes()
                .serde(CommandRecord.class)
                .toBytes(
                    new CommandRecord(
                        "e",
                        "default",
                        java.time.Instant.EPOCH,
                        new dev.millrace.avro.CancelExecution("")))
          }) {
        producer.send(new ProducerRecord<>(Topic.TASKS.topicName(), utf8("k"), value)).get();
      }
      producer.send(new ProducerRecord<>(Topic.TASKS.topicName(), utf8("k"), unknownType)).get();

      await().atMost(Duration.ofSeconds(60)).until(() -> deadLetters.read().size() >= 5);
    }
    assertThat(run(Map.of("text", "after"), Map.of()).status()).isEqualTo("success");
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
