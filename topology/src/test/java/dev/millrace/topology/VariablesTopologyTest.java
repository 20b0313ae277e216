package dev.millrace.topology;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.TaskRecord;
import dev.millrace.engine.Budget;
import dev.millrace.testing.GraphWorkflow;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The variables that executions begin with, and keep. */
class VariablesTopologyTest {
  private TopologyFixture topology;

  @BeforeEach
  void start(@TempDir Path folder) {
    topology = new TopologyFixture(folder, Budget.DEFAULT);
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  private static GraphWorkflow twoCalls() {
    return new GraphWorkflow()
        .node("T", "trigger")
        .node("First", "call", Map.of("text", "={{ $vars.shared + $vars.own }}"))
        .node("Second", "call")
        .edge("T", "First")
        .edge("First", "Second");
  }

  private static void publish(TopologyFixture to, String own) {
    to.publishVariables("", Map.of("shared", "of all", "own", "of all", "unused", "of all"));
    to.publishVariables("p1", Map.of("own", own, "other", "of p1"));
    to.publishVariables("p2", Map.of("own", "of p2"));
    to.publishProject(TopologyFixture.WORKFLOW, "p1");
    to.publish(1, twoCalls());
  }

  @Test
  void anExecutionHasThoseOfItsProjectOverThoseOfAll() {
    publish(topology, "of p1");

    topology.send("e-1", TopologyFixture.start(1, null, null));

    assertThat(started()).isEqualTo(Map.of("shared", "of all", "own", "of p1"));
    assertThat(topology.tasks())
        .singleElement()
        .extracting(TaskRecord::getVariables)
        .isEqualTo(Map.of("shared", "of all", "own", "of p1"));
  }

  @Test
  void oneThatRunsKeepsThoseThatItBeganWith(@TempDir Path elsewhere) throws InterruptedException {
    publish(topology, "before");
    topology.send("e-1", TopologyFixture.start(1, null, null));
    TaskRecord first = topology.tasks().getFirst();

    topology.publishVariables("p1", Map.of("own", "after"));
    try (TopologyFixture other = new TopologyFixture(elsewhere, Budget.DEFAULT)) {
      publish(other, "after");
      other.restore("e-1", topology.storedBatches("e-1"));
      other.send("e-1", other.work(first).getBody());
      assertThat(other.tasks().getFirst().getVariables()).containsEntry("own", "before");
    }
    topology.send("e-1", topology.work(first).getBody());
    assertThat(topology.tasks().getFirst().getVariables()).containsEntry("own", "before");

    topology.batches();
    topology.send("e-2", TopologyFixture.start(1, null, null));
    assertThat(started()).containsEntry("own", "after");
  }

  @Test
  void aWorkflowThatMovesHasThoseOfItsNewProject() {
    publish(topology, "of p1");
    topology.publishProject(TopologyFixture.WORKFLOW, "p2");

    topology.send("e-1", TopologyFixture.start(1, null, null));

    assertThat(started()).containsEntry("own", "of p2");
  }

  @Test
  void withoutAProjectThereAreThoseOfAll() {
    publish(topology, "of p1");
    topology.publishProject(TopologyFixture.WORKFLOW, null);

    topology.send("e-1", TopologyFixture.start(1, null, null));

    assertThat(started()).containsEntry("own", "of all");
  }

  @Test
  void aWorkflowThatAsksForNoneTakesNoneAlong() {
    publish(topology, "of p1");
    topology.publish(
        2, new GraphWorkflow().node("T", "trigger").node("Call", "call").edge("T", "Call"));

    topology.send("e-1", TopologyFixture.start(2, null, null));

    assertThat(started()).isNull();
    assertThat(topology.tasks().getFirst().getVariables()).isNull();
  }

  @Test
  void variablesThatCannotBeReadRefuseTheExecution() {
    publish(topology, "of p1");
    topology.publishBytes("/variables/p1", new byte[] {1, 2, 3});

    topology.send("e-1", TopologyFixture.start(1, null, TopologyFixture.CALLER));

    assertThat(topology.outcome().getStatus()).isEqualTo("error");
    assertThat(topology.deadLetters()).isEmpty();
  }

  /** The variables in the only start since the last look. */
  private @Nullable Map<String, String> started() {
    List<ExecutionStartedEvent> started =
        topology.batches().stream()
            .flatMap(batch -> batch.getEvents().stream())
            .filter(ExecutionStartedEvent.class::isInstance)
            .map(ExecutionStartedEvent.class::cast)
            .toList();
    assertThat(started).hasSize(1);
    return started.getFirst().getVariables();
  }
}
