package dev.millrace.engine;

import dev.millrace.error.ErrorCode;
import dev.millrace.limit.WorkflowBudgets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Holds what an execution has done in all against the budgets of its workflow. The counts are part
 * of the state, so they survive waits, restarts and retries. Pure; one thread.
 */
final class BudgetWatch {
  private static final WorkflowBudgets.Kind[] ALL = WorkflowBudgets.Kind.values();

  private final ExecutionState state;
  private final long steps;
  private final WorkflowBudgets ofWorkflow;

  /**
   * @param budget for what the workflow says nothing about
   */
  BudgetWatch(ExecutionState state, Budget budget) {
    this.state = state;
    this.ofWorkflow = state.plan().budgets();
    this.steps = ofWorkflow.steps() == 0 ? budget.stepsInAll() : ofWorkflow.steps();
  }

  private long limit(WorkflowBudgets.Kind kind) {
    long limit =
        switch (kind) {
          case STEPS -> steps;
          case ITEMS -> ofWorkflow.items();
          case BYTES -> ofWorkflow.bytes();
        };
    return limit == 0 ? Long.MAX_VALUE : limit;
  }

  /**
   * The error of an execution that has used more than a budget, or null.
   *
   * @param next what would run next, null when nothing is left to
   */
  @Nullable Map<String, @Nullable Object> exceeded(@Nullable QueueEntry next) {
    // A queue longer than the budget would exceed it too, and fill the memory until then.
    if (next != null && (state.executionIndex() >= steps || state.queue().size() > steps)) {
      return error(
          WorkflowBudgets.Kind.STEPS,
          "the execution ran "
              + state.executionIndex()
              + " nodes without coming to an end, and has "
              + state.queue().size()
              + " more to run; node \""
              + next.node()
              + "\" would be next",
          next.node());
    }
    for (WorkflowBudgets.Kind kind : ALL) {
      if (kind != WorkflowBudgets.Kind.STEPS && state.used(kind) > limit(kind)) {
        String last = Objects.requireNonNullElse(state.lastNode(), "");
        return error(
            kind,
            "the nodes of the execution answered "
                + state.used(kind)
                + " "
                + kind.field()
                + " in "
                + state.executionIndex()
                + " runs, the last in node \""
                + last
                + "\"",
            last);
      }
    }
    return null;
  }

  private Map<String, @Nullable Object> error(WorkflowBudgets.Kind kind, String what, String node) {
    return RunErrors.of(
        ErrorCode.BUDGET_EXCEEDED,
        what + ", more than the " + limit(kind) + " of " + kind.setting(),
        node);
  }

  /** What is to be said of budgets of which half is used and it was not said. */
  List<Event> halfUsed() {
    List<Event> warnings = List.of();
    for (WorkflowBudgets.Kind kind : ALL) {
      long limit = limit(kind);
      if (state.used(kind) >= limit - limit / 2 && !state.warned(kind)) {
        warnings = warnings.isEmpty() ? new ArrayList<>() : warnings;
        warnings.add(new Event.BudgetHalfUsed(kind, state.used(kind), limit));
      }
    }
    return warnings;
  }
}
