package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.ExecutionOutcome;
import dev.millrace.engine.Budget;
import dev.millrace.engine.Event;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.serde.ItemRecords;
import dev.millrace.testing.GraphWorkflow;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An execution that the process died of three times, on Kafka's test driver. */
class FatalExecutionTest {
  @TempDir private Path folder;
  private CrashMarker crashes;
  private TopologyFixture kafka;

  @BeforeEach
  void open() throws IOException {
    Path marks = Files.createDirectories(folder.resolve("marks"));
    Files.writeString(
        marks.resolve("engine.crashes"), "3 4102444800000 killer\n2 4102444800000 suspect\n");
    crashes = CrashMarker.open(marks, "engine", InstantSource.system());
    kafka = new TopologyFixture(folder, Budget.DEFAULT, crashes);
  }

  @AfterEach
  void close() {
    kafka.close();
    crashes.close();
  }

  private static GraphWorkflow line() {
    return new GraphWorkflow()
        .node("T", "trigger", Map.of("items", List.of(1.0)))
        .node("A", "pass")
        .edge("T", "A");
  }

  private static void assertDied(ExecutionOutcome outcome) {
    assertThat(outcome.getStatus()).isEqualTo("error");
    Map<String, ?> error = ItemRecords.fromJsonBytes(outcome.getError());
    assertThat(error.get("code")).isEqualTo(ErrorCode.PROCESS_DIED.code());
    assertThat(String.valueOf(error.get("message"))).contains("3 times");
  }

  private static void assertEnded(Event last) {
    assertThat(last)
        .isInstanceOfSatisfying(
            Event.ExecutionEnded.class,
            ended -> assertThat(ended.status()).isEqualTo(ExecutionStatus.ERROR));
  }

  @Test
  void endsWithoutBeingRunAndIsAnsweredOnce() {
    kafka.publish(1, line());

    kafka.send("killer", TopologyFixture.start(1, "key", TopologyFixture.CALLER));

    List<Event> events = kafka.events();
    assertThat(events)
        .hasExactlyElementsOfTypes(Event.ExecutionStarted.class, Event.ExecutionEnded.class);
    assertThat(((Event.ExecutionStarted) events.getFirst()).items()).containsExactly(Item.empty());
    assertEnded(events.getLast());
    assertDied(kafka.outcome());
    assertThat(kafka.waitingBatches()).isZero();

    kafka.send("killer", TopologyFixture.start(1, "key", TopologyFixture.CALLER));
    assertThat(kafka.events()).isEmpty();
    assertDied(kafka.outcome());
  }

  @Test
  void oneWithFewerDeathsRunsAndIsClearedOfThem() throws IOException {
    kafka.publish(1, line());

    kafka.send("suspect", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    assertThat(kafka.outcome().getStatus()).isEqualTo("success");
    assertThat(Files.readString(folder.resolve("marks/engine.crashes")))
        .contains("killer")
        .doesNotContain("suspect");
  }
}
