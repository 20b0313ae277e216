package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.CommandRecord;
import dev.millrace.node.ExecutionMode;
import dev.millrace.standalone.execution.EngineClient;
import dev.millrace.standalone.execution.ExecutionRequest;
import dev.millrace.standalone.execution.FinishedExecution;
import dev.millrace.topic.Topic;
import dev.millrace.topology.CommittedReplies;
import dev.millrace.workflow.WorkflowDocument;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Canceling executions whose calls run, in this process and in another one. */
@Timeout(300)
class CancelCallTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int AT_ONCE = 16;

  private final Set<String> startedHere = ConcurrentHashMap.newKeySet();
  private final Set<String> stoppedHere = ConcurrentHashMap.newKeySet();
  private final Set<String> startedThere = ConcurrentHashMap.newKeySet();
  private final Set<String> stoppedThere = ConcurrentHashMap.newKeySet();
  private final Set<String> ready = ConcurrentHashMap.newKeySet();

  @Test
  void aCallIsInterruptedWhereverItRuns(@TempDir Path folder) throws Exception {
    HangingWorker.Node node =
        new HangingWorker.Node((what, execution) ->
            (what.equals("started") ? startedHere : stoppedHere).add(execution));
    try (DataFolder data = DataFolder.open(folder);
        Platform platform = Platform.start(data, List.of(node), 4)) {
      platform.startEngine(CommittedReplies.NONE);
      platform.awaitEngine();
      Process other = otherWorker(platform.bootstrap());
      try (EngineClient client =
              new EngineClient(
                  platform.bootstrap(),
                  platform.serdes(),
                  platform.catalogue(),
                  platform.expressions(),
                  PATIENCE);
          ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
        await().atMost(PATIENCE).until(() -> !ready.isEmpty());
        List<Future<FinishedExecution>> running = new ArrayList<>();
        // The group needs a moment to give the second worker its share.
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofSeconds(2))
            .until(() -> {
              for (int i = 0; i < AT_ONCE; i++) {
                running.add(callers.submit(() -> client.run(request())));
              }
              return !startedThere.isEmpty() && !startedHere.isEmpty();
            });
        await().atMost(PATIENCE).until(() -> started().size() == running.size());

        cancel(platform, started());

        for (Future<FinishedExecution> each : running) {
          assertThat(each.get().status()).isEqualTo("canceled");
        }
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> {
              assertThat(stoppedHere).isEqualTo(startedHere);
              assertThat(stoppedThere).isEqualTo(startedThere);
            });
      } finally {
        other.destroyForcibly().waitFor();
      }
    }
  }

  private Set<String> started() {
    Set<String> all = new HashSet<>(startedHere);
    all.addAll(startedThere);
    return all;
  }

  private static ExecutionRequest request() {
    Map<String, Object> start =
        Map.of("name", "Start", "type", "n8n-nodes-base.manualTrigger", "typeVersion", 1.0);
    Map<String, Object> hang = Map.of("name", "Hang", "type", "test.hang", "typeVersion", 1.0);
    return ExecutionRequest.of(
        WorkflowDocument.of(
            Map.of(
                "nodes",
                List.of(start, hang),
                "connections",
                Map.of(
                    "Start",
                    Map.of(
                        "main",
                        List.of(List.of(Map.of("node", "Hang", "type", "main", "index", 0.0))))))),
        ExecutionMode.TRIGGER);
  }

  private static void cancel(Platform platform, Set<String> executions) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", platform.bootstrap()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (String execution : executions) {
        producer
            .send(
                new ProducerRecord<>(
                    Topic.COMMANDS.topicName(),
                    execution.getBytes(StandardCharsets.UTF_8),
                    platform
                        .serdes()
                        .serde(CommandRecord.class)
                        .toBytes(
                            new CommandRecord(
                                execution, "default", Instant.EPOCH, new CancelExecution("")))))
            .get();
      }
    }
  }

  /** Its output is followed for as long as it runs. */
  private Process otherWorker(String bootstrap) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                HangingWorker.class.getName(),
                bootstrap)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Thread.ofVirtual().start(() -> follow(process));
    return process;
  }

  private void follow(Process process) {
    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
        .lines()
        .map(line -> line.split(" ", 2))
        .forEach(words -> {
          switch (words[0]) {
            case "started" -> startedThere.add(words[1]);
            case "stopped" -> stoppedThere.add(words[1]);
            case "ready" -> ready.add(words[1]);
            default -> {}
          }
        });
  }
}
