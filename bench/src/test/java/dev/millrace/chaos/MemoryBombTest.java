package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.bench.BenchParts;
import dev.millrace.bench.UpProcess;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.serde.ItemRecords;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.topic.Topic;
import dev.millrace.value.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** User code that needs more memory than there is, against the whole server in its own process. */
@Timeout(300)
class MemoryBombTest {
  private static final int DEATHS = 3;

  /** So many that every partition has some. */
  private static final int CALLS = 20;

  /** Filled in many steps: the execution fails, and the process goes on. */
  private static final String HOARD =
      "const a = []; while (true) a.push(new Array(100000).fill(1.5));";

  /** A gigabyte at once: nothing can end that before the process ends. */
  private static final String AT_ONCE =
      "return [{json: {n: 'x'.repeat(2 ** 20).replaceAll('x', 'y'.repeat(1000)).indexOf('z')}}];";

  @TempDir private Path folder;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  @Test
  void failsItsExecutionAndLeavesThePartitionsRunning() throws Exception {
    List<String> java =
        List.of(
            ProcessHandle.current().info().command().orElse("java"),
            "@" + KillChaosTest.arguments(folder));
    Path data = folder.resolve("data");
    Path workflows = Files.createDirectories(folder.resolve("workflows"));
    for (Map.Entry<String, String> code :
        Map.of("good", "return [{json: {fine: true}}];", "hoard", HOARD, "at-once", AT_ONCE)
            .entrySet()) {
      Files.write(
          workflows.resolve(code.getKey() + ".json"), workflow(code.getKey(), code.getValue()));
    }
    int port = KillChaosTest.freePort();

    // What each life printed, for the message of a failure.
    List<String> lives = new ArrayList<>();
    UpProcess up = UpProcess.start(java, data, workflows, port);
    try {
      assertPartitionsRun(up);
      for (int i = 0; i < 2; i++) {
        HttpResponse<String> hoarded = post(up, "hoard");
        assertThat(hoarded.statusCode()).as(hoarded.body()).isEqualTo(500);
        assertPartitionsRun(up);
      }

      var cutOff = http.sendAsync(request(up, "at-once"), HttpResponse.BodyHandlers.discarding());
      assertThat(up.process().waitFor(60, TimeUnit.SECONDS)).as("the process ended").isTrue();
      // The command comes again in each life, before or after that is ready.
      int deaths = 1;
      while (deaths <= DEATHS && !up.process().isAlive()) {
        lives.add(up.printed());
        try {
          up = UpProcess.start(java, data, workflows, port);
          if (deaths < DEATHS && up.process().waitFor(30, TimeUnit.SECONDS)) {
            deaths++;
          }
        } catch (MillraceException diedBeforeItWasReady) {
          lives.add(String.valueOf(diedBeforeItWasReady.getMessage()));
          deaths++;
        }
      }
      assertThat(deaths).as(String.join("\n-- next life\n", lives)).isEqualTo(DEATHS);
      assertThat(cutOff).isCompletedExceptionally();
      assertPartitionsRun(up);
    } catch (IOException cutOff) {
      lives.add(up.printed() + "\nalive: " + up.process().isAlive());
      throw new AssertionError(String.join("\n-- next life\n", lives), cutOff);
    } finally {
      up.close();
    }

    Map<String, List<String>> endings = endings(data);
    assertThat(endings.get("hoard")).containsOnly(ErrorCode.SCRIPT_MEMORY.code()).hasSize(2);
    assertThat(endings.get("at-once")).containsExactly(ErrorCode.PROCESS_DIED.code());
    assertThat(endings.get("good")).containsOnly("success").hasSize(4 * CALLS);
  }

  private void assertPartitionsRun(UpProcess up) throws Exception {
    for (int i = 0; i < CALLS; i++) {
      HttpResponse<String> answer = post(up, "good");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("{\"fine\":true}");
    }
  }

  private HttpResponse<String> post(UpProcess up, String path) throws Exception {
    return http.send(request(up, path), HttpResponse.BodyHandlers.ofString());
  }

  private static HttpRequest request(UpProcess up, String path) {
    return HttpRequest.newBuilder(URI.create(up.url()).resolve("/webhook/" + path))
        .timeout(Duration.ofSeconds(60))
        .POST(HttpRequest.BodyPublishers.ofString("{}"))
        .header("Content-Type", "application/json")
        .build();
  }

  private static byte[] workflow(String name, String code) {
    return Json.write(
        Map.of(
            "id",
            name,
            "name",
            name,
            "active",
            true,
            "nodes",
            List.of(
                Map.of(
                    "id",
                    "1",
                    "name",
                    "Webhook",
                    "type",
                    "n8n-nodes-base.webhook",
                    "typeVersion",
                    2.0,
                    "position",
                    List.of(0.0, 0.0),
                    "webhookId",
                    name,
                    "parameters",
                    Map.of("httpMethod", "POST", "path", name, "responseMode", "lastNode")),
                Map.of(
                    "id",
                    "2",
                    "name",
                    "Code",
                    "type",
                    "n8n-nodes-base.code",
                    "typeVersion",
                    2.0,
                    "position",
                    List.of(200.0, 0.0),
                    "parameters",
                    Map.of("jsCode", code))),
            "connections",
            Map.of(
                "Webhook",
                Map.of(
                    "main",
                    List.of(List.of(Map.of("node", "Code", "type", "main", "index", 0.0)))))));
  }

  /** How the executions of each workflow ended: the code of the error, or the status. */
  private static Map<String, List<String>> endings(Path data) {
    Map<String, List<String>> endings = new HashMap<>();
    try (EmbeddedKafka kafka = new EmbeddedKafka(data.resolve("kafka"), 0)) {
      kafka.start();
      try (SchemaRegistry registry = BenchParts.registry(kafka.bootstrap());
          CommittedRecords records =
              new CommittedRecords(kafka.bootstrap(), Duration.ofSeconds(60))) {
        var batches = new MillraceSerdes(registry).serde(EventBatch.class);
        records.read(
            Topic.EVENTS.topicName(),
            record -> {
              EventBatch batch = batches.fromBytes(record.value());
              for (Object event : batch.getEvents()) {
                if (event instanceof ExecutionEndedEvent ended) {
                  endings
                      .computeIfAbsent(batch.getWorkflowId(), any -> new ArrayList<>())
                      .add(ending(ended));
                }
              }
            });
      }
    }
    return endings;
  }

  private static String ending(ExecutionEndedEvent ended) {
    return ended.getError() == null
        ? ended.getStatus()
        : String.valueOf(ItemRecords.fromJsonBytes(ended.getError()).get("code"));
  }
}
