package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.store.BoundedRocksDbMemory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;

class EngineSettingsTest {
  private static Properties properties(EngineSettings settings) {
    try (BoundedRocksDbMemory.Shared memory = new BoundedRocksDbMemory.Shared(1 << 20)) {
      return EngineRuntime.properties(settings, memory);
    }
  }

  @Test
  void oneOfSeveralHasStandbysAndIsGivenUpSoon() {
    Properties scaled =
        properties(
            EngineSettings.of("localhost:9092", Path.of("state"))
                .withThreads(2)
                .scaledOut(1, Duration.ofSeconds(6), (short) 3));

    assertThat(scaled)
        .containsEntry("num.stream.threads", 2)
        .containsEntry("num.standby.replicas", 1)
        .containsEntry("main.consumer.session.timeout.ms", 6_000)
        .containsEntry("main.consumer.heartbeat.interval.ms", 250)
        .containsEntry("replication.factor", 3)
        .containsEntry("topic.min.insync.replicas", "2");
  }

  /** Else what it left open would hold up its successors longer than itself. */
  @Test
  void anOpenTransactionEndsWithTheSessionAtTheBrokersLastLook() {
    Properties alone = properties(EngineSettings.of("localhost:9092", Path.of("state")));

    assertThat(alone)
        .containsEntry("main.consumer.session.timeout.ms", 10_000)
        .containsEntry("producer.transaction.timeout.ms", 9_000);
    assertThat(alone).doesNotContainKey("num.standby.replicas");
  }

  @Test
  void aVeryShortSessionStillLeavesTimeForATransaction() {
    Properties hasty =
        properties(
            EngineSettings.of("localhost:9092", Path.of("state"))
                .scaledOut(0, Duration.ofSeconds(1), (short) 1));

    assertThat(hasty).containsEntry("producer.transaction.timeout.ms", 500);
  }
}
