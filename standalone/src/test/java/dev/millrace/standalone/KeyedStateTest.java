package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.StartExecution;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.item.Item;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.ItemRecords;
import dev.millrace.standalone.definitions.DefinitionsPublisher;
import dev.millrace.topic.Topic;
import dev.millrace.topology.CommittedReplies;
import dev.millrace.topology.EngineParts;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.topology.EngineSettings;
import dev.millrace.topology.EventRecords;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * State beyond one execution on a real broker: exact while many executions run at once, instances
 * come and go, and everything is restarted.
 */
@Timeout(600)
class KeyedStateTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int AT_ONCE = 200;

  /** How many different values those executions have among them. */
  private static final int VALUES = 40;

  private static final Charset UTF_8 = StandardCharsets.UTF_8;

  @TempDir private Path folder;

  private static WorkflowDocument workflow() {
    return WorkflowDocument.parse(
        """
        {"nodes": [
          {"id": "w", "name": "Webhook", "type": "n8n-nodes-base.webhook", "typeVersion": 2,
           "position": [0, 0], "parameters": {"path": "count"}},
          {"id": "c", "name": "Count", "type": "n8n-nodes-base.code", "typeVersion": 2,
           "position": [1, 0], "parameters": {"jsCode":
             "const d = $getWorkflowStaticData('global'); d.n = (d.n ?? 0) + 1; return [{json: {n: d.n, value: $json.value}}];"}},
          {"id": "o", "name": "Once", "type": "n8n-nodes-base.removeDuplicates", "typeVersion": 2,
           "position": [2, 0], "parameters": {
             "operation": "removeItemsSeenInPreviousExecutions",
             "dedupeValue": "={{ $json.value }}"}}],
         "connections": {
          "Webhook": {"main": [[{"node": "Count", "type": "main", "index": 0}]]},
          "Count": {"main": [[{"node": "Once", "type": "main", "index": 0}]]}},
         "settings": {"executionOrder": "v1"}}
        """
            .getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void isExactUnderConcurrencyWhileInstancesComeAndGoAndOverARestart() throws Exception {
    try (DataFolder data = DataFolder.open(folder);
        Platform platform = started(data)) {
      try (DefinitionsPublisher publisher =
          new DefinitionsPublisher(
              platform.bootstrap(), platform.serdes(), InstantSource.system())) {
        publisher.publish("count", workflow());
      }
      // What is no run stops nothing.
      try (KafkaProducer<byte[], byte[]> producer = producer(platform)) {
        for (int partition = 0; partition < 2; partition++) {
          producer
              .send(
                  new ProducerRecord<>(
                      Topic.KEYED.topicName(), partition, null, "not a run".getBytes(UTF_8)))
              .get();
        }
      }
      start(platform, 0, AT_ONCE);
      EngineParts second =
          new EngineParts(
              EngineSettings.of(platform.bootstrap(), folder.resolve("second")),
              platform.catalogue(),
              platform.expressions(),
              platform.serdes());
      try (EngineRuntime other = EngineRuntime.start(second);
          Committed deadLetters = new Committed(platform.bootstrap(), Topic.DEAD_LETTERS)) {
        await().atMost(PATIENCE).until(() -> hasWork(other));
        start(platform, AT_ONCE, 2 * AT_ONCE);
        assertExact(ended(platform, 2 * AT_ONCE));
        deadLetters.awaitSize(2);
      }
    }

    try (DataFolder data = DataFolder.open(folder);
        Platform platform = started(data)) {
      start(platform, 2 * AT_ONCE, 3 * AT_ONCE);

      assertExact(ended(platform, 3 * AT_ONCE));
    }
  }

  private static boolean hasWork(EngineRuntime engine) {
    return engine.streams().metadataForLocalThreads().stream()
        .anyMatch(thread -> !thread.activeTasks().isEmpty());
  }

  private static Platform started(DataFolder data) {
    Platform platform = Platform.start(data, List.of(), 2);
    platform.startEngine(CommittedReplies.NONE);
    platform.awaitEngine();
    return platform;
  }

  private static KafkaProducer<byte[], byte[]> producer(Platform platform) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", platform.bootstrap()),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static void start(Platform platform, int from, int to) throws Exception {
    AvroSerde<CommandRecord> commands = platform.serdes().serde(CommandRecord.class);
    try (KafkaProducer<byte[], byte[]> producer = producer(platform)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = from; i < to; i++) {
        StartExecution start =
            StartExecution.newBuilder()
                .setWorkflowId("count")
                .setVersion(1)
                .setMode("webhook")
                .setStartNode("Webhook")
                .setItems(ItemRecords.of(List.of(Item.of(Map.of("value", (double) (i % VALUES))))))
                .build();
        CommandRecord command =
            CommandRecord.newBuilder()
                .setExecutionId("e-" + i)
                .setSentAt(Instant.now())
                .setBody(start)
                .build();
        sent.add(
            producer.send(
                new ProducerRecord<>(
                    Topic.COMMANDS.topicName(),
                    command.getExecutionId().getBytes(UTF_8),
                    commands.toBytes(command))));
      }
      for (Future<RecordMetadata> each : sent) {
        each.get();
      }
    }
  }

  /** What is seen of an execution: the count that it got, and whether its value was new. */
  private record Seen(double count, double value, boolean isNew) {}

  private static List<Seen> ended(Platform platform, int executions) {
    try (Committed events = new Committed(platform.bootstrap(), Topic.EVENTS)) {
      return await()
          .atMost(PATIENCE)
          .until(
              () -> seen(events, platform.serdes().serde(EventBatch.class)),
              seen -> seen.size() >= executions);
    }
  }

  private static List<Seen> seen(Committed events, AvroSerde<EventBatch> serde) {
    Map<String, Item> counted = new HashMap<>();
    Map<String, Boolean> isNew = new HashMap<>();
    List<Seen> ended = new ArrayList<>();
    events
        .read()
        .forEach(record -> {
          EventBatch batch = serde.fromBytes(record.value());
          String id = batch.getExecutionId();
          for (Event event : EventRecords.toEvents(batch)) {
            if (event instanceof Event.NodeCompleted done && done.run().node().equals("Count")) {
              assertThat(counted.put(id, done.run().output(0).getFirst())).as(id).isNull();
            } else if (event instanceof Event.NodeCompleted done
                && done.run().node().equals("Once")) {
              assertThat(isNew.put(id, !done.run().output(0).isEmpty())).as(id).isNull();
            } else if (event instanceof Event.ExecutionEnded over) {
              assertThat(over.status()).as(id + over.error()).isEqualTo(ExecutionStatus.SUCCESS);
              Item item = Objects.requireNonNull(counted.get(id));
              ended.add(
                  new Seen(
                      number(item, "n"),
                      number(item, "value"),
                      Objects.requireNonNull(isNew.get(id))));
            }
          }
        });
    return ended;
  }

  private static double number(Item item, String field) {
    return (Double) Objects.requireNonNull(item.json().get(field));
  }

  /** Each got a count of its own, without a gap, and each value was new to one. */
  private static void assertExact(List<Seen> seen) {
    assertThat(seen.stream().map(Seen::count).sorted().toList())
        .isEqualTo(IntStream.rangeClosed(1, seen.size()).mapToObj(n -> (double) n).toList());
    assertThat(seen.stream().filter(Seen::isNew).map(Seen::value).sorted().toList())
        .isEqualTo(IntStream.range(0, VALUES).mapToObj(n -> (double) n).toList());
  }
}
