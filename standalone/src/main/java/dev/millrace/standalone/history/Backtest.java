package dev.millrace.standalone.history;

import dev.millrace.engine.ExecutionStatus;
import dev.millrace.engine.Plan;
import dev.millrace.engine.Recording;
import dev.millrace.engine.Rehearsal;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.workflow.WorkflowDocument;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs a version of a workflow on what executions of other versions were started with, and compares
 * what comes out. Nothing leaves. What differs also when the recorded version itself is run again,
 * such as a random number, is left out. One thread.
 */
public final class Backtest {
  private final NodeCatalogue catalogue;
  private final ExpressionEngine expressions;
  private final Function<RecordedEvents, WorkflowDocument> versions;
  private final Plan plan;
  private final Map<String, Plan> plans = new HashMap<>();

  /**
   * What came out for one execution.
   *
   * @param unanswered what ended it early, null when nothing did
   * @param ignored how many differences are none of the version's
   */
  public record Verdict(
      RecordedEvents execution,
      List<Comparison.Difference> differences,
      Rehearsal.@Nullable Unanswered unanswered,
      int ignored) {

    public boolean same() {
      return differences.isEmpty() && unanswered == null;
    }

    public Map<String, @Nullable Object> toJson() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("executionId", execution.executionId());
      json.put("version", (double) execution.version());
      json.put("startedAt", execution.started().getAt().toString());
      json.put("same", same());
      json.put("differences", differences.stream().map(Comparison.Difference::toJson).toList());
      if (unanswered != null) {
        json.put(
            "unanswered",
            Map.of(
                "node",
                unanswered.node(),
                "run",
                (double) unanswered.run(),
                "what",
                unanswered.what()));
      }
      json.put("ignored", (double) ignored);
      return json;
    }
  }

  /**
   * @param versions the workflow that an execution ran
   */
  Backtest(
      WorkflowDocument candidate,
      NodeCatalogue catalogue,
      ExpressionEngine expressions,
      Function<RecordedEvents, WorkflowDocument> versions) {
    this.catalogue = catalogue;
    this.expressions = expressions;
    this.versions = versions;
    this.plan = Plan.compile(candidate, catalogue, expressions);
  }

  /** Whether an execution can be run again from what started it, and came to an end of its own. */
  static boolean suits(RecordedEvents execution) {
    String mode = execution.started().getMode();
    return (mode.equals(ExecutionMode.WEBHOOK.json()) || mode.equals(ExecutionMode.TRIGGER.json()))
        && execution.started().getParent() == null
        && execution.ended().filter(status -> status != ExecutionStatus.CANCELED).isPresent();
  }

  Verdict run(RecordedEvents execution) {
    Plan recordedPlan =
        execution.started().getInlineDefinition() != null
            ? compiled(execution)
            : plans.computeIfAbsent(
                execution.workflowId() + "/" + execution.version(), key -> compiled(execution));
    Recording recording = new Recording(recordedPlan, execution.variables(), execution.events());
    Rehearsal.Result result = rehearse(recording, recordedPlan, plan);
    List<Comparison.Difference> differences =
        Comparison.of(recording.state(), recordedPlan, result);
    if (differences.isEmpty()) {
      return new Verdict(execution, differences, result.unanswered(), 0);
    }
    Set<Comparison.Place> unsteady = new HashSet<>();
    Comparison.of(recording.state(), recordedPlan, rehearse(recording, recordedPlan, recordedPlan))
        .forEach(difference -> unsteady.add(difference.place()));
    List<Comparison.Difference> real =
        differences.stream().filter(each -> !unsteady.contains(each.place())).toList();
    return new Verdict(execution, real, result.unanswered(), differences.size() - real.size());
  }

  private Rehearsal.Result rehearse(Recording recording, Plan recordedPlan, Plan version) {
    return new Rehearsal(recording, recordedPlan, version, expressions).run();
  }

  private Plan compiled(RecordedEvents execution) {
    return Plan.compile(versions.apply(execution), catalogue, expressions);
  }
}
