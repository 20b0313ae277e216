package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.avro.EventBatch;
import dev.millrace.control.workflows.WorkflowCheck;
import dev.millrace.engine.Event;
import dev.millrace.node.ExecutionMode;
import dev.millrace.serde.AvroSerde;
import dev.millrace.standalone.definitions.DefinitionsPublisher;
import dev.millrace.standalone.execution.EngineClient;
import dev.millrace.standalone.execution.ExecutionRequest;
import dev.millrace.standalone.execution.FinishedExecution;
import dev.millrace.topic.Topic;
import dev.millrace.topology.CommittedReplies;
import dev.millrace.topology.EngineParts;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.topology.EngineSettings;
import dev.millrace.topology.EventRecords;
import dev.millrace.workflow.WorkflowDocument;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Schedules on a real broker, over a restart of everything. */
@Timeout(300)
class ScheduleTest {
  private static final Path HOME = Path.of(System.getProperty("millrace.home", ".."));
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Enough that both partitions have some. */
  private static final List<String> WORKFLOWS = List.of("a", "b", "c", "d", "e", "f");

  @TempDir private Path folder;

  private static WorkflowDocument everySecond() {
    return WorkflowDocument.parse(
        """
        {"nodes": [{"id": "1", "name": "Each second", "type": "n8n-nodes-base.scheduleTrigger",
          "typeVersion": 1.2,
          "parameters": {"rule": {"interval": [{"field": "seconds", "secondsInterval": 1}]}}}],
         "connections": {},
         "settings": {"timezone": "Europe/Berlin", "millrace": {"catchUp": "all"}}}
        """
            .getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void eachSlotFiresOnceOverARestart() throws Exception {
    Instant stopped;
    try (DataFolder data = DataFolder.open(folder);
        Platform platform = started(data)) {
      Instant published = publish(platform);
      awaitSlotsUpTo(platform, published.plusSeconds(4));
      stopped = Instant.now();
    }

    try (DataFolder data = DataFolder.open(folder);
        Platform platform = started(data)) {
      // A slot of the second start, so all of the time between has been made up for.
      Map<String, List<Instant>> slots = awaitSlotsUpTo(platform, Instant.now().plusSeconds(2));

      assertEachOnce(slots, stopped);
    }
  }

  @Test
  void eachSlotFiresOnceWhileInstancesComeAndGo() throws Exception {
    try (DataFolder data = DataFolder.open(folder);
        Platform platform = started(data)) {
      Instant published = publish(platform);
      awaitSlotsUpTo(platform, published.plusSeconds(2));
      EngineParts second =
          new EngineParts(
              EngineSettings.of(platform.bootstrap(), folder.resolve("second")),
              platform.catalogue(),
              platform.expressions(),
              platform.serdes());
      try (EngineRuntime other = EngineRuntime.start(second)) {
        await().atMost(PATIENCE).until(() -> hasWork(other));
        awaitSlotsUpTo(platform, Instant.now().plusSeconds(3));
      }
      Instant left = Instant.now();

      assertEachOnce(awaitSlotsUpTo(platform, left.plusSeconds(3)), left);
    }
  }

  private static boolean hasWork(EngineRuntime engine) {
    return engine.streams().metadataForLocalThreads().stream()
        .anyMatch(thread -> !thread.activeTasks().isEmpty());
  }

  private static Instant publish(Platform platform) {
    Instant now = Instant.now();
    try (DefinitionsPublisher publisher =
        new DefinitionsPublisher(platform.bootstrap(), platform.serdes(), InstantSource.system())) {
      for (String workflow : WORKFLOWS) {
        new WorkflowCheck(platform.catalogue()).require(everySecond());
        publisher.publish(workflow, everySecond());
      }
    }
    return now;
  }

  /** Every second of each workflow is there once, up to beyond a time. */
  private static void assertEachOnce(Map<String, List<Instant>> slots, Instant beyond) {
    assertThat(slots).containsOnlyKeys(WORKFLOWS);
    slots.forEach((workflow, fired) -> {
      List<Instant> sorted = fired.stream().sorted().toList();
      assertThat(sorted).as(workflow).doesNotHaveDuplicates();
      assertThat(sorted.getLast()).isAfter(beyond);
      for (int i = 1; i < sorted.size(); i++) {
        assertThat(sorted.get(i)).as(workflow).isEqualTo(sorted.get(i - 1).plusSeconds(1));
      }
    });
  }

  @Test
  void theExampleRunByHandHasTheItemOfNow() throws Exception {
    WorkflowDocument example =
        WorkflowDocument.parse(Files.readAllBytes(HOME.resolve("examples/schedule.json")));
    try (DataFolder data = DataFolder.open(folder);
        Platform platform = started(data);
        EngineClient client =
            new EngineClient(
                platform.bootstrap(),
                platform.serdes(),
                platform.catalogue(),
                platform.expressions(),
                PATIENCE)) {
      Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
      FinishedExecution done = client.run(ExecutionRequest.of(example, ExecutionMode.MANUAL));

      assertThat(done.errorMessage()).isEmpty();
      Map<String, ?> slot = done.runs().getFirst().output(0).getFirst().json();
      assertThat(OffsetDateTime.parse(String.valueOf(slot.get("timestamp"))).toInstant())
          .isBetween(before, Instant.now());
      assertThat(done.runs("Greet").getFirst().output(0).getFirst().json())
          .containsEntry(
              "greeting",
              "It is %s on %s in %s."
                  .formatted(
                      slot.get("Readable time"), slot.get("Day of week"), slot.get("Timezone")));
      assertThat(String.valueOf(slot.get("Timezone"))).startsWith("Europe/Berlin (UTC+0");
    }
  }

  private static Platform started(DataFolder data) {
    Platform platform = Platform.start(data, List.of(), 2);
    platform.startEngine(CommittedReplies.NONE);
    platform.awaitEngine();
    return platform;
  }

  /** The slots by workflow, once each has one at that time or later. */
  private static Map<String, List<Instant>> awaitSlotsUpTo(Platform platform, Instant time) {
    try (Committed events = new Committed(platform.bootstrap(), Topic.EVENTS)) {
      return await()
          .atMost(PATIENCE)
          .until(
              () -> slots(events, platform.serdes().serde(EventBatch.class)),
              slots ->
                  slots.size() == WORKFLOWS.size()
                      && slots.values().stream()
                          .allMatch(
                              fired -> fired.stream().anyMatch(slot -> !slot.isBefore(time))));
    }
  }

  private static Map<String, List<Instant>> slots(Committed events, AvroSerde<EventBatch> serde) {
    Map<String, List<Instant>> slots = new TreeMap<>();
    events
        .read()
        .forEach(record -> {
          EventBatch batch = serde.fromBytes(record.value());
          for (Event event : EventRecords.toEvents(batch)) {
            if (event instanceof Event.ExecutionStarted started) {
              Object timestamp = started.items().getFirst().json().get("timestamp");
              slots
                  .computeIfAbsent(batch.getWorkflowId(), id -> new ArrayList<>())
                  .add(OffsetDateTime.parse(String.valueOf(timestamp)).toInstant());
            }
          }
        });
    return slots;
  }
}
