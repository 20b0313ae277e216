package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.item.Item;
import dev.millrace.serde.ItemRecords;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The core alone comes to what the workflows of the mix are made for. */
class ReferenceTest {
  private static Reference reference;

  @BeforeAll
  static void start() throws IOException {
    reference = new Reference(Mix.documents(1));
  }

  @AfterAll
  static void stop() {
    reference.close();
  }

  @Test
  void itGoesOnlyTheWayOfTheBranch() {
    Expectation.Standing even = of("mixBranch", 4);
    assertThat(even.waits()).isFalse();
    assertThat(even.runs())
        .containsEntry("Even#0", List.of(List.of(Map.of("id", "c", "sum", 17.0))))
        .doesNotContainKey("Odd#0");
    assertThat(of("mixBranch", 5).runs())
        .containsEntry("Odd#0", List.of(List.of(Map.of("id", "c", "difference", 9.0))))
        .doesNotContainKey("Even#0");
  }

  @Test
  void aShortWaitIsOverAndALongOneIsNot() {
    assertThat(of("mixWait", 1).runs())
        .containsEntry("Late#0", List.of(List.of(Map.of("id", "c", "waited", 3.0))));
    Expectation.Standing waiting = of("mixLong", 1);
    assertThat(waiting.waits()).isTrue();
    assertThat(waiting.runs()).containsOnlyKeys("Webhook#0");
  }

  @Test
  void callsOfServicesAndWorkflowsAreAnswered() {
    assertThat(of("mixHttp", 1).runs())
        .containsEntry("Mark#0", List.of(List.of(Map.of("id", "c", "answer", 8.0))));
    assertThat(of("mixSub", 3).runs())
        .containsEntry("After#0", List.of(List.of(Map.of("id", "c", "total", 10.0))));
  }

  @Test
  void itKnowsNothingOfOtherWorkflows() {
    assertThat(expected("other", 1)).isEmpty();
  }

  private static Expectation.Standing of(String workflow, int n) {
    return expected(workflow, n).orElseThrow();
  }

  private static Optional<Expectation.Standing> expected(String workflow, int n) {
    ExecutionStartedEvent started =
        new ExecutionStartedEvent(
            "webhook",
            "Webhook",
            0,
            ItemRecords.of(List.of(Item.of(Map.of("body", Map.of("id", "c", "n", (double) n))))),
            null,
            true,
            null,
            null,
            null,
            null,
            Instant.EPOCH,
            null,
            null);
    return reference.of(
        new EventBatch("e1", "default", workflow, 1, 0L, Instant.EPOCH, List.of(started)), started);
  }
}
