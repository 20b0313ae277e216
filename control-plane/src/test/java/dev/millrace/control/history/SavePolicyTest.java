package dev.millrace.control.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class SavePolicyTest {
  private static final SavePolicy NOTHING = new SavePolicy(false, false, false);

  @Test
  void leavesToTheInstallationWhatAWorkflowDoesNotSay() {
    assertThat(SavePolicy.of(Map.of(), NOTHING)).isEqualTo(NOTHING);
    assertThat(
            SavePolicy.of(
                Map.of(
                    "saveDataSuccessExecution", "DEFAULT",
                    "saveDataErrorExecution", "DEFAULT",
                    "saveManualExecutions", "DEFAULT"),
                NOTHING))
        .isEqualTo(NOTHING);
    assertThat(
            SavePolicy.of(
                Map.of(
                    "saveDataSuccessExecution", "all",
                    "saveDataErrorExecution", "all",
                    "saveManualExecutions", true),
                NOTHING))
        .isEqualTo(SavePolicy.EVERYTHING);
    assertThat(
            SavePolicy.of(
                Map.of(
                    "saveDataSuccessExecution", "none",
                    "saveDataErrorExecution", "none",
                    "saveManualExecutions", false),
                SavePolicy.EVERYTHING))
        .isEqualTo(NOTHING);
  }

  @Test
  void countsAnythingButSuccessAsFailure() {
    SavePolicy.Kept failures = new SavePolicy(false, true, false).of("webhook");

    assertThat(failures.in(ExecutionStatus.SUCCESS)).isFalse();
    for (ExecutionStatus failed : ExecutionStatus.allFailed()) {
      assertThat(failures.in(failed)).isTrue();
    }
    for (ExecutionStatus open : ExecutionStatus.allOpen()) {
      assertThat(new SavePolicy.Kept(false, false).in(open)).isTrue();
    }
  }
}
