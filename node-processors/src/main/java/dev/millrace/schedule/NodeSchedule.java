package dev.millrace.schedule;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.parameter.DisplayOptions;
import dev.millrace.parameter.ParameterDefaults;
import dev.millrace.value.Undefined;
import dev.millrace.workflow.WorkflowDocument;
import dev.millrace.workflow.WorkflowNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A scheduled trigger of a workflow and when it fires, with what the workflow's settings say: in
 * {@code settings.millrace.catchUp} they may have {@code skip}, {@code last} or {@code all}.
 */
public record NodeSchedule(WorkflowNode node, ScheduledTrigger trigger, Schedule schedule) {
  /**
   * The enabled scheduled triggers of a workflow.
   *
   * @throws MillraceException {@code INVALID_SCHEDULE}, naming the node
   */
  public static List<NodeSchedule> of(
      String workflowId, WorkflowDocument workflow, NodeCatalogue catalogue) {
    List<NodeSchedule> schedules = new ArrayList<>();
    for (WorkflowNode node : workflow.nodes()) {
      if (!node.disabled()
          && catalogue.find(node.type()).orElse(null) instanceof ScheduledTrigger trigger) {
        schedules.add(
            new NodeSchedule(node, trigger, schedule(workflowId, workflow, node, trigger)));
      }
    }
    return schedules;
  }

  private static Schedule schedule(
      String workflowId, WorkflowDocument workflow, WorkflowNode node, ScheduledTrigger trigger) {
    Map<String, @Nullable Object> parameters =
        new ParameterDefaults(
                trigger.spec().properties(),
                DisplayOptions.Context.of(node.typeVersion(), node.type()))
            .apply(node.parameters(), ParameterDefaults.Keep.FOR_RUN);
    Schedule own;
    try {
      own = trigger.schedule(parameters, Jitter.of(workflowId, node.id()));
    } catch (MillraceException invalid) {
      throw new MillraceException(
          invalid.code(), "node \"" + node.name() + "\": " + invalid.text(), invalid);
    }
    Object wanted =
        workflow.settings().get("millrace") instanceof Map<?, ?> ours
            ? ours.get("catchUp")
            : Undefined.UNDEFINED;
    if (Undefined.orNull(wanted)) {
      return own;
    }
    CatchUp catchUp =
        switch (String.valueOf(wanted)) {
          case "skip" -> CatchUp.SKIP;
          case "last" -> CatchUp.LAST;
          case "all" -> CatchUp.ALL;
          case String other ->
              throw new MillraceException(
                  ErrorCode.INVALID_SCHEDULE,
                  "settings.millrace.catchUp is \"" + other + "\" and not skip, last or all");
        };
    return new Schedule(own.rules(), catchUp, own.grace());
  }
}
