package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.TaskRecord;
import dev.millrace.engine.Budget;
import dev.millrace.engine.Held;
import dev.millrace.engine.Plan;
import dev.millrace.store.ExecutionKeys;
import dev.millrace.testing.ConstantExpressions;
import dev.millrace.testing.GraphNodes;
import dev.millrace.testing.GraphWorkflow;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be read of executions while the topology works on them. */
class StoredStandingsTest {
  private static final GraphWorkflow CALLS =
      new GraphWorkflow()
          .node("T", "trigger")
          .node("First", "pass")
          .node("Call", "call")
          .node("Wait", "wait", Map.of("seconds", 60.0))
          .node("After", "pass")
          .edge("T", "First")
          .edge("First", "Call")
          .edge("Call", "Wait")
          .edge("Wait", "After")
          .edge("First", "After");

  private TopologyFixture topology;

  @BeforeEach
  void start(@TempDir Path folder) {
    topology = new TopologyFixture(folder, Budget.DEFAULT);
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  private static ExecutionStore.Plans plans(GraphWorkflow workflow) {
    return (id, version, started) ->
        Optional.of(
            Plan.compile(
                workflow.document("v1").withId(id),
                GraphNodes.catalogue(),
                new ConstantExpressions()));
  }

  private ExecutionOutline outline(String id) {
    return outlines(batch -> batch.getExecutionId().equals(id)).getFirst();
  }

  private List<ExecutionOutline> outlines(Predicate<EventBatch> wanted) {
    List<ExecutionOutline> all = new ArrayList<>();
    topology
        .standings()
        .forEach(
            null,
            wanted,
            (key, outline) -> {
              if (outline != null) {
                assertThat(ExecutionKeys.executionId(key)).isEqualTo(outline.executionId());
                all.add(outline);
              }
              return true;
            });
    return all;
  }

  @Test
  void anExecutionTellsWhatHoldsItUpAndWhatIsLeft() throws InterruptedException {
    topology.publish(1, CALLS);
    topology.send("e-1", TopologyFixture.start(1, null, null));
    TaskRecord task = topology.tasks().getFirst();

    ExecutionOutline calling = outline("e-1");
    assertThat(calling.status()).isEqualTo("running");
    assertThat(calling.mode()).isEqualTo("webhook");
    assertThat(calling.workflowId()).isEqualTo(TopologyFixture.WORKFLOW);
    assertThat(calling.held())
        .get()
        .isEqualTo(new Held.Call("Call", 1, 1, TopologyFixture.NOW, List.of()));
    StoredStandings.Found found = find("e-1");
    assertThat(found.standing().nodes().stream().map(ran -> ran.node()))
        .containsExactly("T", "First");
    assertThat(found.standing().queued().stream().map(queued -> queued.node()))
        .containsExactlyInAnyOrder("Call", "After");
    assertThat(found.standing().held()).isEqualTo(calling.held());
    assertThat(found.standing().toJson().get("tasks"))
        .isEqualTo(List.of(calling.held().orElseThrow().toJson()));

    topology.send("e-1", topology.work(task).getBody());

    ExecutionOutline waiting = outline("e-1");
    assertThat(waiting.status()).isEqualTo("waiting");
    assertThat(waiting.sequence()).isEqualTo(1);
    assertThat(waiting.startedAt()).isEqualTo(calling.startedAt());
    assertThat(waiting.toJson()).containsEntry("node", "Wait");
    StoredStandings.Found later = find("e-1");
    assertThat(later.last().getSequence()).isEqualTo(1);
    assertThat(later.standing().held()).isEqualTo(waiting.held());
    assertThat(later.standing().toJson().get("timers")).asString().contains("kind=wait");
    assertThat(later.standing().nodes().stream().map(ran -> ran.node())).contains("Call");
  }

  private StoredStandings.Found find(String id) {
    return topology.standings().find("default", id, plans(CALLS)).orElseThrow();
  }

  @Test
  void whatIsOverIsNotThereAndNeitherIsWhatOnlyBeginsAlike() throws InterruptedException {
    topology.publish(1, CALLS);
    topology.send("e-1", TopologyFixture.start(1, null, null));
    topology.send("e-10", TopologyFixture.start(1, null, null));
    List<TaskRecord> tasks = topology.tasks();
    topology.send("e-1", topology.work(tasks.getFirst()).getBody());
    topology.advance(Duration.ofMinutes(2));

    assertThat(topology.standings().find("default", "e-1", plans(CALLS))).isEmpty();
    assertThat(topology.standings().find("default", "e", plans(CALLS))).isEmpty();
    assertThat(topology.standings().find("other", "e-10", plans(CALLS))).isEmpty();
    assertThat(outlines(batch -> true).stream().map(ExecutionOutline::executionId))
        .containsExactly("e-10");
    assertThat(outlines(batch -> batch.getWorkflowId().equals("another"))).isEmpty();
  }

  @Test
  void thoseThatWaitForOthersSayHowManyAreOpen() {
    topology.publish(
        "parent",
        1,
        new GraphWorkflow()
            .node("T", "trigger")
            .node("Two", "fresh", Map.of("items", List.of(1.0, 2.0)))
            .node("Sub", "subEach", Map.of("workflow", "child"))
            .edge("T", "Two")
            .edge("Two", "Sub"));
    topology.publish(
        "child", 1, new GraphWorkflow().node("T", "entry").node("Call", "call").edge("T", "Call"));
    topology.send("e-1", TopologyFixture.startOf("parent"));

    Held held = outline("e-1").held().orElseThrow();

    assertThat(held).isInstanceOf(Held.Executions.class);
    assertThat(((Held.Executions) held).count()).isEqualTo(2);
    assertThat(((Held.Executions) held).open()).isEqualTo(2);
    assertThat(outline("e-1").status()).isEqualTo("running");
  }

  @Test
  void whoGoesThroughThemCanStopAndGoOnBehind() {
    topology.publish(1, CALLS);
    for (String id : List.of("a", "b", "c", "d")) {
      topology.send(id, TopologyFixture.start(1, null, null));
    }
    List<String> seen = new ArrayList<>();
    topology
        .standings()
        .forEach(
            ExecutionKeys.after(ExecutionKeys.batch("default", "a", 0)),
            batch -> true,
            (byte[] key, @Nullable ExecutionOutline outline) -> {
              seen.add(ExecutionKeys.executionId(key));
              return seen.size() < 2;
            });
    assertThat(seen).containsExactly("b", "c");
  }
}
