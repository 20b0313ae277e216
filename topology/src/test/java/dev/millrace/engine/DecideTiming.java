package dev.millrace.engine;

import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.testing.ConstantExpressions;
import dev.millrace.testing.GraphNodes;
import dev.millrace.testing.GraphWorkflow;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Prints what the core alone costs per node run: five trivial nodes, one item, no events kept. */
final class DecideTiming {
  private static final int EXECUTIONS = 100_000;
  private static final int ROUNDS = 7;

  private DecideTiming() {}

  public static void main(String[] arguments) {
    for (String order : List.of("v1", "v0")) {
      GraphWorkflow workflow =
          new GraphWorkflow()
              .node("T", "trigger", Map.of("items", List.of(1.0)))
              .node("I", "if", Map.of("pass", List.of(1.0)))
              .node("A", "pass")
              .node("M", "merge")
              .node("Z", "pass")
              .edge("T", "I")
              .edge("I", 0, "A", 0)
              .edge("I", 0, "M", 0)
              .edge("A", 0, "M", 1)
              .edge("M", "Z");
      Plan plan = TestExecution.plan(workflow.document(order));
      double[] nanos = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        nanos[round] = round(plan);
      }
      Arrays.sort(nanos);
      System.out.printf(
          "%s: %.0f ns per node run (median of %d rounds, best %.0f)%n",
          order, nanos[ROUNDS / 2], ROUNDS, nanos[0]);
    }
  }

  private static double round(Plan plan) {
    Engine engine = new Engine(new ConstantExpressions(), Budget.DEFAULT);
    Command.Start start =
        new Command.Start("e", ExecutionMode.WEBHOOK, "T", 0, List.of(Item.empty()), null);
    EngineClock clock =
        new EngineClock() {
          @Override
          public Instant now() {
            return Instant.ofEpochMilli(System.currentTimeMillis());
          }

          @Override
          public long nanos() {
            return System.nanoTime();
          }

          @Override
          public double random() {
            return 0;
          }
        };
    long runs = 0;
    long before = System.nanoTime();
    for (int i = 0; i < EXECUTIONS; i++) {
      ExecutionState state = new ExecutionState(plan, Map.of());
      engine.decide(state, start, GraphNodes.runner(), clock);
      runs += state.executionIndex();
    }
    return (double) (System.nanoTime() - before) / runs;
  }
}
