package dev.millrace.control.history;

import static dev.millrace.control.history.EventStream.BEGIN;
import static dev.millrace.control.history.EventStream.ended;
import static dev.millrace.control.history.EventStream.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.control.http.Grant;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class PrunerTest {
  private final MongoServerForTests server = new MongoServerForTests();
  private final History history = server.history(InstantSource.fixed(BEGIN));

  @BeforeEach
  void fill() {
    EventStream stream = new EventStream();
    for (int i = 0; i < 5; i++) {
      stream.append(
          0, "id" + i, "flow", BEGIN, started("webhook", BEGIN), ended("success", null, BEGIN));
    }
    Projector projector =
        new Projector(
            history,
            ids -> Map.of(),
            SavePolicy.EVERYTHING,
            stream.serdes(),
            InstantSource.fixed(BEGIN));
    projector.begin(0, Position.NONE);
    projector.project(stream.all());
  }

  @AfterEach
  void close() {
    server.close();
  }

  private long there() {
    return history.count(Grant.all(), ExecutionFilter.ALL, 100);
  }

  @Test
  void goesByTheClockThatItIsGiven() {
    RetentionPolicy policy = new RetentionPolicy(Duration.ofDays(3), 0);
    try (Pruner early =
            new Pruner(history, () -> policy, InstantSource.fixed(BEGIN.plus(Duration.ofDays(3))));
        Pruner late =
            new Pruner(
                history, () -> policy, InstantSource.fixed(BEGIN.plus(Duration.ofDays(4))))) {
      assertThat(early.run()).isZero();
      assertThat(there()).isEqualTo(5);
      assertThat(late.run()).isEqualTo(5);
      assertThat(late.removed()).isEqualTo(5);
    }
    assertThat(there()).isZero();
  }

  @Test
  void goesOnAfterWhatFails() {
    AtomicInteger asked = new AtomicInteger();
    try (Pruner pruner =
        new Pruner(
            history,
            () -> {
              if (asked.incrementAndGet() == 1) {
                throw new IllegalStateException("no settings yet");
              }
              return new RetentionPolicy(Duration.ZERO, 2);
            },
            InstantSource.fixed(BEGIN))) {
      pruner.start(Duration.ofMillis(10));
      await().atMost(Duration.ofSeconds(30)).until(() -> pruner.removed() == 3);
    }
    assertThat(there()).isEqualTo(2);
  }
}
