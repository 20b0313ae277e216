package dev.millrace.limit;

import dev.millrace.error.MillraceException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How much one execution of a workflow may do in all, however often it waits, yields or is resumed:
 * its {@code settings.millrace.budget}.
 *
 * @param steps runs of nodes, 0 for as many as the engine allows
 * @param items that its runs answer, each run counted anew, 0 for no limit
 * @param bytes of the items that its runs answer, JSON and the files that lie in them, 0 for no
 *     limit
 */
public record WorkflowBudgets(int steps, long items, long bytes) {
  /** What the workflow says nothing about. */
  public static final WorkflowBudgets NONE = new WorkflowBudgets(0, 0, 0);

  /** All runs of an execution are kept in memory while it is in hand. */
  private static final int MOST_STEPS = 1_000_000;

  private static final long MOST = 1_000_000_000_000L;

  private static final String PLACE = "settings.millrace.budget";

  /** One of the budgets. */
  public enum Kind {
    STEPS("steps"),
    ITEMS("items"),
    BYTES("bytes");

    private final String field;

    Kind(String field) {
      this.field = field;
    }

    /** Its name in the settings and in records. */
    public String field() {
      return field;
    }

    /** Where a workflow sets it. */
    public String setting() {
      return PLACE + "." + field;
    }
  }

  /**
   * Reads the settings of a workflow.
   *
   * @throws MillraceException {@code INVALID_LIMITS}
   */
  public static WorkflowBudgets of(Map<String, @Nullable Object> settings) {
    if (!(settings.get("millrace") instanceof Map<?, ?> ours)) {
      return NONE;
    }
    Optional<LimitFields> fields =
        LimitFields.of(ours.get("budget"), PLACE, Set.of("steps", "items", "bytes"));
    return fields
        .map(each ->
            new WorkflowBudgets(
                (int) each.whole(Kind.STEPS.field(), 0, MOST_STEPS),
                each.whole(Kind.ITEMS.field(), 0, MOST),
                each.whole(Kind.BYTES.field(), 0, MOST)))
        .orElse(NONE);
  }
}
