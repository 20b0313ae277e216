package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InputPaceTest {
  private static final long INTERVAL = InputPace.BUSY_INTERVAL.toNanos();

  private final InputPace pace = new InputPace();

  @Test
  void commitsAtOnceAfterTheLastOfAFewRecords() {
    pace.committed(0);
    pace.polled(2);
    pace.processed();
    assertThat(pace.mayCommit(1)).as("one record left").isFalse();
    pace.processed();
    assertThat(pace.mayCommit(1)).isTrue();
  }

  @Test
  void commitsNowAndThenWhileItKeepsUp() {
    pace.committed(0);
    pace.polled(50);
    pace.processed();
    assertThat(pace.mayCommit(INTERVAL - 1)).isFalse();
    assertThat(pace.mayCommit(INTERVAL)).isTrue();
    pace.committed(INTERVAL);
    assertThat(pace.mayCommit(INTERVAL + 1)).isFalse();
  }

  @Test
  void leavesAThreadThatIsBehindToItsCommitInterval() {
    pace.committed(0);
    pace.polled(InputPace.FULL_BATCH);
    pace.processed();
    assertThat(pace.mayCommit(100 * INTERVAL)).isFalse();
  }

  @Test
  void isIdleAgainWhenAPollAfterAFullOneFindsNothing() {
    pace.committed(0);
    pace.polled(InputPace.FULL_BATCH);
    for (int i = 0; i < InputPace.FULL_BATCH; i++) {
      pace.processed();
    }
    assertThat(pace.mayCommit(1)).isFalse();
    pace.polled(0);
    assertThat(pace.mayCommit(1)).isTrue();
  }
}
