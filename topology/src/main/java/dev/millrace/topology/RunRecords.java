package dev.millrace.topology;

import dev.millrace.avro.RunRecord;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.ItemRecords;

/** Recorded runs that travel with a record that needs them, and back. Pure functions. */
final class RunRecords {
  private RunRecords() {}

  static RunRecord of(NodeRun run) {
    return new RunRecord(
        run.node(),
        run.run(),
        run.executionIndex(),
        run.started(),
        run.durationMicros(),
        ItemRecords.ofSources(run.sources()),
        ItemRecords.ofPorts(run.outputs()),
        EventRecords.json(run.error()));
  }

  static NodeRun toRun(RunRecord record) {
    return new NodeRun(
        record.getNode(),
        record.getRun(),
        record.getExecutionIndex(),
        record.getStartedAt(),
        record.getDurationMicros(),
        ItemRecords.toSources(record.getSources()),
        ItemRecords.toPorts(record.getOutputs()),
        EventRecords.object(record.getError()));
  }
}
