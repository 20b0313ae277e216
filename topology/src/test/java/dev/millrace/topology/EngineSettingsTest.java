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
        .containsEntry("main.consumer.heartbeat.interval.ms", 500)
        .containsEntry("replication.factor", 3)
        .containsEntry("topic.min.insync.replicas", "2");
  }

  /** Else what it left open would hold up its successors longer than itself. */
  @Test
  void anOpenTransactionEndsWithTheSession() {
    Properties alone = properties(EngineSettings.of("localhost:9092", Path.of("state")));

    assertThat(alone.get("producer.transaction.timeout.ms"))
        .isEqualTo(alone.get("main.consumer.session.timeout.ms"));
    assertThat(alone).doesNotContainKey("num.standby.replicas");
  }
}
