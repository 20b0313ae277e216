package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testing.GraphNodes;
import dev.millrace.topology.EventWire;
import dev.millrace.workflow.WorkflowDocument;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/**
 * Random graphs in both execution orders: the core agrees with a plain interpreter, its events
 * rebuild its state, and an execution that is stopped and restored after any event batch ends as
 * one that runs through. A failure prints the size, the seed and the graph.
 */
class RandomGraphsTest {
  private static final int TRIES = 500;
  private static final int SMALL = 40;
  private static final int MOST_GOES = 50_000;

  /** Low bounds, so that endless loops and growing data end soon, and the same way everywhere. */
  private static final Budget IN_ONE_GO =
      new Budget(Integer.MAX_VALUE, Long.MAX_VALUE, 60, Long.MAX_VALUE, 1_000);

  private static final Budget NODE_BY_NODE =
      new Budget(1, Long.MAX_VALUE, 60, Long.MAX_VALUE, 1_000);

  private final EventWire wire = new EventWire();

  @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
  void agreesWithThePlainInterpreter(
      @ForAll @IntRange(min = 1, max = 12) int size, @ForAll long seed) {
    RandomGraph graph = new RandomGraph(size, seed);
    for (String order : List.of("v1", "v0")) {
      WorkflowDocument document = graph.workflow().document(order);
      ReferenceInterpreter reference =
          new ReferenceInterpreter(document, GraphNodes.catalogue(), IN_ONE_GO);
      reference.run(graph.start());

      ExecutionState state = new TestExecution(document, IN_ONE_GO).run(graph.start()).state();

      Outcomes.assertSame(
          Outcomes.picture(state),
          Outcomes.picture(reference.status(), reference.lastNode(), reference.runs()),
          text(order, size, seed, graph));
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
  void eventsRebuildTheState(@ForAll @IntRange(min = 1, max = 12) int size, @ForAll long seed) {
    RandomGraph graph = new RandomGraph(size, seed);
    for (String order : List.of("v1", "v0")) {
      WorkflowDocument document = graph.workflow().document(order);
      Plan plan = TestExecution.plan(document);
      TestExecution execution = new TestExecution(plan, IN_ONE_GO).run(graph.start());

      ExecutionState rebuilt = restored(plan, execution.batches());

      assertThat(rebuilt.toString())
          .as(text(order, size, seed, graph))
          .isEqualTo(execution.state().toString());
      assertThat(rebuilt.allRuns()).isEqualTo(execution.state().allRuns());
    }
  }

  @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
  void goesOnAfterAnyBatch(@ForAll @IntRange(min = 1, max = 12) int size, @ForAll long seed) {
    RandomGraph graph = new RandomGraph(size, seed);
    for (String order : List.of("v1", "v0")) {
      WorkflowDocument document = graph.workflow().document(order);
      Plan plan = TestExecution.plan(document);
      TestExecution uninterrupted = new TestExecution(plan, IN_ONE_GO).run(graph.start());
      TestExecution stopped = new TestExecution(plan, NODE_BY_NODE).give(graph.start());
      for (int go = 0; stopped.goesOn(); go++) {
        assertThat(go).as("goes").isLessThan(MOST_GOES);
        ExecutionState restored = restored(plan, stopped.batches());
        if (stopped.batches().size() < SMALL) {
          assertThat(restored.toString())
              .as(text(order, size, seed, graph))
              .isEqualTo(stopped.state().toString());
        }
        stopped.replaceState(restored);
        stopped.goOn();
      }

      Outcomes.assertSame(
          Outcomes.picture(stopped.state()),
          Outcomes.picture(uninterrupted.state()),
          text(order, size, seed, graph));
    }
  }

  /** A state from nothing but the bytes of the batches. */
  private ExecutionState restored(Plan plan, List<List<Event>> batches) {
    ExecutionState state = new ExecutionState(plan, Map.of());
    for (int i = 0; i < batches.size(); i++) {
      wire.read(wire.write("execution-1", i, batches.get(i))).forEach(state::apply);
    }
    return state;
  }

  private static String text(String order, int size, long seed, RandomGraph graph) {
    return String.format(
        "order %s, size %d, seed %d, to %s: %s",
        order, size, seed, graph.start().destination(), graph.workflow());
  }
}
