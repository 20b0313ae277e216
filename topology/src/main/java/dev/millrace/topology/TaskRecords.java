package dev.millrace.topology;

import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.TaskResult;
import dev.millrace.engine.Command;
import dev.millrace.engine.Effect;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.PlannedNode;
import dev.millrace.node.CodeEffects;
import dev.millrace.node.ContextChange;
import dev.millrace.node.NodeOutput;
import dev.millrace.serde.ItemRecords;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a worker is asked for as a record, and what it answers as the core's command. */
final class TaskRecords {
  private TaskRecords() {}

  static TaskRecord toRecord(LiveExecution live, Effect.CallOutside call) {
    ExecutionState state = live.state();
    PlannedNode planned = call.planned();
    byte[] workflow =
        planned
            .parameters()
            .derived(
                "task-workflow",
                byte[].class,
                () -> state.workflow().with(planned.node()).toBytes());
    Duration limit = planned.limits().timeLimit();
    var context = state.context(planned.name());
    return new TaskRecord(
        state.executionId(),
        live.tenant(),
        call.call(),
        call.run(),
        call.attempt(),
        state.mode().json(),
        call.at(),
        ByteBuffer.wrap(workflow),
        ByteBuffer.wrap(call.parameters()),
        ItemRecords.ofPorts(call.inputs()),
        ItemRecords.ofSources(call.sources()),
        context.isEmpty() ? null : ItemRecords.jsonBytes(context),
        limit == null ? null : limit.toMillis(),
        state.variables().isEmpty() ? null : state.variables());
  }

  static Command.EffectDone done(TaskResult result) {
    Command.Outcome outcome;
    if (result.getError() != null) {
      outcome =
          new Command.Outcome.Failed(
              ItemRecords.fromJsonBytes(result.getError()), result.getDurationMicros());
    } else {
      outcome =
          new Command.Outcome.Answered(
              new NodeOutput(
                  result.getOutputs() == null ? null : ItemRecords.toPorts(result.getOutputs()),
                  result.getContext() == null
                      ? null
                      : new ContextChange.Whole(ItemRecords.fromJsonBytes(result.getContext())),
                  null,
                  effects(result),
                  null),
              result.getDurationMicros());
    }
    return new Command.EffectDone(result.getCall(), outcome);
  }

  private static @Nullable CodeEffects effects(TaskResult result) {
    if (result.getCustomData() == null && result.getStaticData() == null) {
      return null;
    }
    return CodeEffects.returned(
        result.getCustomData() == null ? Map.of() : result.getCustomData(),
        EventRecords.object(result.getStaticData()));
  }
}
