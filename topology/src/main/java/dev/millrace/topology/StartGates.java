package dev.millrace.topology;

import dev.millrace.avro.AskGate;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.GateRef;
import dev.millrace.avro.LeaveGate;
import dev.millrace.avro.StartExecution;
import dev.millrace.engine.Plan;
import dev.millrace.limit.GatePolicy;
import dev.millrace.node.ExecutionMode;
import dev.millrace.serde.ItemRecords;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Starts of a workflow that may run only so often at once: each waits for its turn at the
 * workflow's gate. Runs by hand, sub-workflows and error workflows do not, as in n8n: a caller that
 * waits would hold the place that its own sub-workflow needs.
 */
final class StartGates {
  private static final Set<ExecutionMode> LIMITED =
      EnumSet.of(ExecutionMode.TRIGGER, ExecutionMode.WEBHOOK, ExecutionMode.CHAT);

  private StartGates() {}

  static boolean limits(Plan plan, StartExecution start) {
    return plan.concurrency() != null && LIMITED.contains(EventRecords.mode(start.getMode()));
  }

  static CommandRecord ask(CommandRecord command, StartExecution start, Plan plan, Instant at) {
    GatePolicy policy = Objects.requireNonNull(plan.concurrency());
    String gate = "workflow:" + start.getWorkflowId();
    return new CommandRecord(
        gate,
        command.getTenant(),
        at,
        new AskGate(
            List.of(new GateRef(gate, ItemRecords.jsonBytes(policy.toJson()))),
            command.getExecutionId(),
            "",
            command.getExecutionId(),
            "",
            0,
            null,
            start));
  }

  /**
   * What the gate is told when an execution that came through it is over, or waits: one that waits
   * for days must not keep others from running. Told twice, the gate does nothing.
   */
  static Optional<CommandRecord> leave(LiveExecution live, Instant at) {
    boolean leaves = live.state().status().terminal() || live.state().waiting() != null;
    return Optional.ofNullable(live.start().gate())
        .filter(gate -> leaves)
        .map(gate ->
            new CommandRecord(
                gate,
                live.tenant(),
                at,
                new LeaveGate(List.of(gate), live.state().executionId(), "none")));
  }
}
