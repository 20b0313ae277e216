package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.item.Item;
import dev.millrace.node.ExecutionMode;
import dev.millrace.testing.ConstantExpressions;
import dev.millrace.topology.EventWire;
import dev.millrace.workflow.WorkflowDocument;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.statistics.Statistics;

/**
 * Random graphs in both execution orders: a retry of an execution of which one run failed ends as
 * one that never failed, a replay from any run ends as the execution that is replayed, and so does
 * a rehearsal.
 */
class RecordingPropertiesTest {
  private static final int TRIES = 300;
  private static final Budget BUDGET =
      new Budget(Integer.MAX_VALUE, Long.MAX_VALUE, 60, Long.MAX_VALUE, 1_000);

  private final EventWire wire = new EventWire();

  @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
  void aRetryEndsAsIfNothingHadFailed(
      @ForAll @IntRange(min = 2, max = 12) int size,
      @ForAll long seed,
      @ForAll @IntRange(max = 50) int place) {
    RandomGraph graph = new RandomGraph(size, seed);
    int retries = 0;
    for (String order : List.of("v1", "v0")) {
      WorkflowDocument document = graph.workflow().document(order);
      Plan plan = TestExecution.plan(document);
      Command.Start start = started(graph, "e", ExecutionMode.TRIGGER);
      TestExecution clean = new TestExecution(plan, BUDGET).run(start);
      List<Recording.RecordedRun> runs =
          clean.recording().runs().stream()
              .filter(run -> run.run().error() == null && ends(plan, run.run().node()))
              .toList();
      if (runs.isEmpty()) {
        continue;
      }
      var failing = runs.get(place % runs.size()).run();
      TestExecution failed =
          new TestExecution(plan, BUDGET)
              .failing((node, run) -> node.equals(failing.node()) && run == failing.run())
              .run(start);
      if (failed.state().error() == null
          || !"injected".equals(failed.state().error().get("message"))) {
        // A node that is disabled, say, does not fail.
        continue;
      }
      retries++;

      TestExecution retried = new TestExecution(plan, BUDGET).run(restart(graph, failed));

      Outcomes.assertSame(
          Outcomes.picture(retried.state()),
          Outcomes.picture(clean.state()),
          text(order, size, seed, graph) + " failed at " + failing.node() + "#" + failing.run());
      assertThat(retried.state().retryOf()).isEqualTo("e");
    }
    Statistics.label("retried")
        .collect(retries > 0)
        .coverage(coverage -> coverage.check(true).percentage(share -> share > 30));
  }

  private static boolean ends(Plan plan, String node) {
    return !plan.node(node).node().continuesOnFail();
  }

  private Command.Restart restart(RandomGraph graph, TestExecution failed) {
    return new Command.Restart(
        started(graph, "retry", ExecutionMode.RETRY),
        wire.carried(failed.recording().beforeFailure()));
  }

  @Property(tries = TRIES / 3, shrinking = ShrinkingMode.BOUNDED)
  void aReplayFromAnyRunEndsTheSame(
      @ForAll @IntRange(min = 1, max = 12) int size, @ForAll long seed) {
    RandomGraph graph = new RandomGraph(size, seed);
    for (String order : List.of("v1", "v0")) {
      Plan plan = TestExecution.plan(graph.workflow().document(order));
      TestExecution first =
          new TestExecution(plan, BUDGET).run(started(graph, "e", ExecutionMode.TRIGGER));
      Recording recording = first.recording();

      for (Recording.RecordedRun recorded : recording.runs()) {
        String node = recorded.run().node();
        TestExecution replayed =
            new TestExecution(plan, BUDGET)
                .run(
                    new Command.Restart(
                        started(graph, "replay", ExecutionMode.RETRY),
                        wire.carried(recording.before(node, recorded.run().run()))));

        String where =
            text(order, size, seed, graph) + " from " + node + "#" + recorded.run().run();
        Outcomes.assertSame(
            Outcomes.picture(replayed.state()), Outcomes.picture(first.state()), where);
        assertThat(rebuilt(plan, replayed).toString())
            .as(where)
            .isEqualTo(replayed.state().toString());
      }
    }
  }

  @Property(tries = 2 * TRIES, shrinking = ShrinkingMode.BOUNDED)
  void aRehearsalOfTheSameVersionEndsTheSameAndAsksForTheSame(
      @ForAll @IntRange(min = 1, max = 12) int size, @ForAll long seed) {
    RandomGraph graph = new RandomGraph(size, seed);
    for (String order : List.of("v1", "v0")) {
      Plan plan = TestExecution.plan(graph.workflow().document(order));
      Recording recording =
          new TestExecution(plan, BUDGET)
              .run(started(graph, "e", ExecutionMode.TRIGGER))
              .recording();

      Rehearsal.Result rehearsed =
          new Rehearsal(recording, plan, plan, new ConstantExpressions(), BUDGET).run();

      String where = text(order, size, seed, graph);
      assertThat(rehearsed.unanswered()).as(where).isNull();
      Outcomes.assertSame(
          Outcomes.picture(rehearsed.state()), Outcomes.picture(recording.state()), where);
      assertThat(rehearsed.requests())
          .as(where)
          .allSatisfy(request -> assertThat(request.rehearsed()).isEqualTo(request.recorded()));
    }
  }

  private ExecutionState rebuilt(Plan plan, TestExecution execution) {
    ExecutionState state = new ExecutionState(plan, Map.of());
    for (List<Event> batch : execution.batches()) {
      wire.read(wire.write(execution.state().executionId(), 0, batch)).forEach(state::apply);
    }
    return state;
  }

  /** Pinned data would only be used by a run by hand. */
  private static Command.Start started(RandomGraph graph, String id, ExecutionMode mode) {
    Command.Start start = graph.start();
    return new Command.Start(
        id, mode, start.startNode(), 0, List.of(Item.empty()), start.destination());
  }

  private static String text(String order, int size, long seed, RandomGraph graph) {
    return "order " + order + ", size " + size + ", seed " + seed + ": " + graph.workflow();
  }
}
