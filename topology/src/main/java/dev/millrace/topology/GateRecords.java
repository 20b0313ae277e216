package dev.millrace.topology;

import dev.millrace.avro.AskGate;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.GateRef;
import dev.millrace.avro.LeaveGate;
import dev.millrace.engine.Effect;
import dev.millrace.serde.ItemRecords;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** What gates are told of calls to the outside. */
final class GateRecords {
  private GateRecords() {}

  static CommandRecord ask(LiveExecution live, Effect.CallOutside call, byte[] task, Instant at) {
    List<GateRef> gates =
        call.gates().stream()
            .map(gate -> new GateRef(gate.name(), ItemRecords.jsonBytes(gate.policy().toJson())))
            .toList();
    String executionId = live.state().executionId();
    return new CommandRecord(
        gates.getFirst().getName(),
        live.tenant(),
        at,
        new AskGate(
            gates,
            request(executionId, call.call()),
            live.workflowId(),
            executionId,
            call.planned().name(),
            call.call(),
            ByteBuffer.wrap(task),
            null));
  }

  static CommandRecord leave(LiveExecution live, Effect.LeaveGates leave, Instant at) {
    return new CommandRecord(
        leave.gates().getFirst(),
        live.tenant(),
        at,
        new LeaveGate(
            leave.gates(),
            request(live.state().executionId(), leave.call()),
            leave.outcome().name().toLowerCase(Locale.ROOT)));
  }

  private static String request(String executionId, int call) {
    return executionId + "#" + call;
  }
}
