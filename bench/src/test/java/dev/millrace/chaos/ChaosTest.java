package dev.millrace.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The short form of {@code ./millrace chaos all}: each scenario brings its fault about once. How
 * long that took is left aside, since a machine that builds does much else.
 */
@Timeout(900)
class ChaosTest {
  private static final long SEED = 3;

  @TempDir private Path folder;

  @Test
  void everyPromiseIsKeptThroughOneFaultOfEachKind() throws Exception {
    Chaos.Outcome outcome =
        new Chaos(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
            .once(Chaos.SCENARIOS, SEED, folder);

    assertThat(outcome.violations()).isEmpty();
    // Without these the verdict would say nothing.
    assertThat(outcome.faults()).isGreaterThanOrEqualTo(Chaos.SCENARIOS.size());
    assertThat(outcome.verdict().accepted()).isGreaterThan(200);
    assertThat(outcome.verdict().executions()).isGreaterThan(outcome.verdict().accepted());
    assertThat(outcome.verdict().waiting()).isPositive();
  }
}
