package dev.millrace.topology;

import dev.millrace.avro.KeyedRun;
import dev.millrace.avro.TaskRecord;
import dev.millrace.avro.TaskResult;
import dev.millrace.engine.Effect;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.RunErrors;
import dev.millrace.item.Item;
import dev.millrace.node.CodeEffects;
import dev.millrace.node.ContextChange;
import dev.millrace.node.NodeOutput;
import dev.millrace.serde.ItemRecords;
import dev.millrace.worker.TaskCall;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A run for the owner of its state as a record, and what the owner answers. Pure functions. */
final class KeyedRecords {
  private KeyedRecords() {}

  static KeyedRun toRecord(LiveExecution live, Effect.CallOwner call) {
    TaskRecord task = TaskRecords.toRecord(live, call.run());
    task.setWorkflow(ByteBuffer.wrap(call.workflow()));
    ExecutionState state = live.state();
    return new KeyedRun(
        state.executionId(),
        live.tenant(),
        workflowId(live),
        call.state(),
        call.run().planned().name(),
        task,
        call.runs().stream().map(RunRecords::of).toList(),
        state.customData().isEmpty() ? null : state.customData(),
        EventRecords.json(call.staticData()));
  }

  /**
   * Whose state it is. A workflow without an id, which is only run from its own JSON, has its name
   * for one, so that it does not share its state with all others of that kind.
   */
  private static String workflowId(LiveExecution live) {
    boolean anonymous =
        live.start().inlineDefinition() != null && live.state().workflow().id().isEmpty();
    return anonymous ? live.workflowId() + "/" + live.state().workflow().name() : live.workflowId();
  }

  static TaskResult answered(KeyedRun run, NodeOutput output, long micros) {
    List<@Nullable List<Item>> outputs = output.outputs();
    CodeEffects effects = output.effects();
    ContextChange context = output.context();
    return new TaskResult(
        run.getTask().getCall(),
        micros,
        outputs == null ? null : ItemRecords.ofPorts(outputs),
        context == null
            ? null
            : EventRecords.json(context.applyTo(TaskCall.context(run.getTask()))),
        null,
        effects == null || effects.customData().isEmpty() ? null : effects.customData(),
        effects == null ? null : EventRecords.json(effects.staticData()));
  }

  static TaskResult failed(KeyedRun run, Throwable thrown, long micros) {
    Map<String, @Nullable Object> error = RunErrors.of(thrown, run.getNode());
    return new TaskResult(
        run.getTask().getCall(), micros, null, null, ItemRecords.jsonBytes(error), null, null);
  }
}
