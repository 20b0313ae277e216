package dev.millrace.standalone.history;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ExecutionStartedEvent;
import dev.millrace.avro.RestartExecution;
import dev.millrace.avro.StartExecution;
import dev.millrace.engine.History;
import dev.millrace.node.ExecutionMode;
import dev.millrace.topology.HistoryRecords;
import java.time.Instant;

/** The commands that begin an execution where another one stood. Pure functions. */
final class Restarts {
  private Restarts() {}

  /**
   * @param executionId of the execution to begin
   * @param current whether it runs in the version that is published now
   */
  static CommandRecord command(
      String executionId, RecordedEvents of, History history, boolean current, Instant at) {
    ExecutionStartedEvent started = of.started();
    StartExecution start =
        StartExecution.newBuilder()
            .setWorkflowId(of.workflowId())
            .setVersion(current ? 0 : of.version())
            .setInlineDefinition(current ? null : started.getInlineDefinition())
            .setMode(ExecutionMode.RETRY.json())
            .setStartNode(started.getStartNode())
            .setStartOutput(started.getStartOutput())
            .setItems(started.getItems())
            .setDestination(started.getDestination())
            .setDestinationInclusive(started.getDestinationInclusive())
            .build();
    return CommandRecord.newBuilder()
        .setExecutionId(executionId)
        .setTenant(of.tenant())
        .setSentAt(at)
        .setBody(new RestartExecution(start, HistoryRecords.toRecord(history)))
        .build();
  }
}
