package dev.millrace.control.history;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which executions of a workflow stay in history once they are over. Until then each is there, with
 * all that its nodes answered, whatever the setting {@code saveExecutionProgress} says.
 *
 * @param success those that succeed
 * @param failure those that do not
 * @param manual those that were started by hand, however they end
 */
public record SavePolicy(boolean success, boolean failure, boolean manual) {
  /** n8n's default. */
  public static final SavePolicy EVERYTHING = new SavePolicy(true, true, true);

  private static final String MANUAL = "manual";
  private static final String NONE = "none";

  /** What becomes of one execution. */
  public record Kept(boolean whenSuccessful, boolean whenNot) {
    /** Whether an execution with a status stays. */
    public boolean in(ExecutionStatus status) {
      return !status.over() || (status == ExecutionStatus.SUCCESS ? whenSuccessful : whenNot);
    }
  }

  /**
   * Reads n8n's settings of a workflow; what is absent or {@code DEFAULT} is the installation's.
   *
   * @param installation for what the workflow does not say
   */
  public static SavePolicy of(Map<?, ?> settings, SavePolicy installation) {
    return new SavePolicy(
        all(settings.get("saveDataSuccessExecution"), installation.success),
        all(settings.get("saveDataErrorExecution"), installation.failure),
        settings.get("saveManualExecutions") instanceof Boolean set ? set : installation.manual);
  }

  private static boolean all(@Nullable Object setting, boolean preset) {
    return switch (setting) {
      case String text when text.equals(NONE) -> false;
      case String text when text.equals("all") -> true;
      case null, default -> preset;
    };
  }

  /** What becomes of an execution that was started in a mode. */
  public Kept of(String mode) {
    return mode.equals(MANUAL) ? new Kept(manual, manual) : new Kept(success, failure);
  }
}
