package dev.millrace.topology;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.ChildDone;
import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.ParentCall;
import dev.millrace.avro.StartExecution;
import dev.millrace.engine.Effect;
import dev.millrace.engine.ExecutionState;
import dev.millrace.engine.ExecutionStatus;
import dev.millrace.engine.JoinedOutputs;
import dev.millrace.engine.Plan;
import dev.millrace.engine.PlannedNode;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.item.Item;
import dev.millrace.item.PairedItem;
import dev.millrace.item.Pairing;
import dev.millrace.node.ExecutionMode;
import dev.millrace.node.ItemOrigin;
import dev.millrace.node.NodeRun;
import dev.millrace.serde.ItemRecords;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The commands between executions: a call of another workflow and its return, and the start of an
 * error workflow. All are signals, so they leave in the transaction of the execution that sends
 * them, and each has an execution id that is the same when it is sent again. Pure functions.
 */
final class RelatedExecutions {
  /** Calls within calls, after which one that never ends is more likely than a workflow. */
  private static final int MAX_DEPTH = 100;

  private static final String SUB_WORKFLOW_TRIGGER = "n8n-nodes-base.executeWorkflowTrigger";
  private static final String ERROR_TRIGGER = "n8n-nodes-base.errorTrigger";

  private RelatedExecutions() {}

  static CommandRecord start(LiveExecution caller, Effect.StartChild child, Instant at) {
    ParentCall above = caller.start().parent();
    return new CommandRecord(
        child.childId(),
        caller.tenant(),
        at,
        new StartExecution(
            child.workflowId(),
            0,
            child.definition() == null ? null : ByteBuffer.wrap(child.definition()),
            ExecutionMode.INTEGRATED.json(),
            null,
            0,
            ItemRecords.of(child.items().stream().map(item -> item.withPairing(null)).toList()),
            null,
            true,
            null,
            null,
            new ParentCall(
                caller.state().executionId(),
                caller.workflowId(),
                child.call(),
                child.index(),
                above == null ? 1 : above.getDepth() + 1)));
  }

  static CommandRecord cancel(LiveExecution caller, String childId, Instant at) {
    return new CommandRecord(
        childId,
        caller.tenant(),
        at,
        new CancelExecution("the execution that called it has ended"));
  }

  /**
   * @throws MillraceException when the caller may not call this workflow
   */
  static void check(ParentCall parent, Plan plan) {
    if (parent.getDepth() > MAX_DEPTH) {
      throw new MillraceException(
          ErrorCode.BUDGET_EXCEEDED, "workflows call each other " + MAX_DEPTH + " levels deep");
    }
    Map<String, @Nullable Object> settings = plan.document().settings();
    boolean allowed =
        switch (String.valueOf(settings.get("callerPolicy"))) {
          case "none" -> false;
          case "workflowsFromAList" ->
              settings.get("callerIds") instanceof String ids
                  && Arrays.stream(ids.split(","))
                      .anyMatch(id -> id.strip().equals(parent.getWorkflowId()));
          default -> true;
        };
    if (!allowed) {
      throw new MillraceException(
          ErrorCode.CALLER_REFUSED,
          "its settings do not let workflow \"" + parent.getWorkflowId() + "\" call it");
    }
  }

  /** Where an execution begins that another one asked for; null for the default. */
  static @Nullable String startNode(ExecutionMode mode, Plan plan) {
    String type =
        switch (mode) {
          case INTEGRATED -> SUB_WORKFLOW_TRIGGER;
          case ERROR -> ERROR_TRIGGER;
          default -> "";
        };
    return plan.document().nodes().stream()
        .filter(node -> node.type().equals(type) && !node.disabled())
        .map(node -> node.name())
        .findFirst()
        .orElse(null);
  }

  /** Tells a caller that waits for it that the execution is over; empty when none does. */
  static Optional<CommandRecord> done(LiveExecution child, Instant at) {
    ParentCall parent = child.start().parent();
    if (parent == null || parent.getCall() == 0) {
      return Optional.empty();
    }
    ExecutionState state = child.state();
    Map<String, @Nullable Object> error = state.error();
    if (state.status() != ExecutionStatus.SUCCESS && error == null) {
      error = new LinkedHashMap<>();
      error.put("message", "the sub-workflow was canceled");
      error.put("code", ErrorCode.EXECUTION_CANCELED.code());
    }
    ChildDone done =
        new ChildDone(
            parent.getCall(),
            parent.getIndex(),
            error == null ? ItemRecords.ofPorts(outputs(state)) : List.of(),
            EventRecords.json(error));
    return Optional.of(new CommandRecord(parent.getExecutionId(), child.tenant(), at, done));
  }

  /** The same for an execution whose outputs do not fit a record. */
  static CommandRecord tooLarge(CommandRecord done, long bytes) {
    ChildDone body = (ChildDone) done.getBody();
    Map<String, @Nullable Object> error = new LinkedHashMap<>();
    error.put("message", "the sub-workflow answered " + bytes + " bytes, more than a record holds");
    error.put("code", ErrorCode.BATCH_TOO_LARGE.code());
    error.put("advice", ErrorCode.BATCH_TOO_LARGE.advice());
    return new CommandRecord(
        done.getExecutionId(),
        done.getTenant(),
        done.getSentAt(),
        new ChildDone(body.getCall(), body.getIndex(), List.of(), ItemRecords.jsonBytes(error)));
  }

  /** What the last node answered in all its runs, each item paired with one of the call's. */
  private static List<@Nullable List<Item>> outputs(ExecutionState state) {
    JoinedOutputs all = new JoinedOutputs();
    String last = state.lastNode();
    for (NodeRun run : last == null ? List.<NodeRun>of() : state.runs(last)) {
      all.add(
          run.outputs(),
          (item, index) -> {
            int origin = origin(state, run, item, index);
            return item.withPairing(origin < 0 ? null : Pairing.to(origin));
          });
    }
    return all.ports();
  }

  /** Which of the items that the execution began with an item comes from, -1 for none. */
  private static int origin(ExecutionState state, NodeRun answeredBy, Item answered, int index) {
    ItemOrigin at = new ItemOrigin(answeredBy, index, answered);
    for (int step = 0; at != null && step < ItemOrigin.LONGEST_CHAIN; step++) {
      if (at.run().node().equals(state.startNode())) {
        return at.item().pairing() instanceof Pairing.One(PairedItem paired)
            ? paired.item()
            : at.index();
      }
      at = ItemOrigin.of(state, at.item(), at.run().sources());
    }
    return -1;
  }

  /** The start of the workflow that is told of a failure; empty when none is. */
  static Optional<CommandRecord> errorWorkflow(LiveExecution failed, Instant at) {
    ExecutionState state = failed.state();
    Map<String, @Nullable Object> error = state.error();
    if (error == null
        || (state.status() != ExecutionStatus.ERROR
            && !ErrorCode.EXECUTION_TIMEOUT.code().equals(error.get("code")))
        || state.mode().isManual()
        || state.mode() == ExecutionMode.ERROR) {
      return Optional.empty();
    }
    String other =
        state.workflow().settings().get("errorWorkflow") instanceof String id
                && !id.isEmpty()
                && !id.equals("DEFAULT")
            ? id
            : null;
    boolean own = other == null || other.equals(failed.workflowId());
    if (own && startNode(ExecutionMode.ERROR, state.plan()) == null) {
      return Optional.empty();
    }
    return Optional.of(
        new CommandRecord(
            state.executionId() + ".error",
            failed.tenant(),
            at,
            new StartExecution(
                own ? failed.workflowId() : other,
                own ? failed.version() : 0,
                own ? failed.start().inlineDefinition() : null,
                ExecutionMode.ERROR.json(),
                null,
                0,
                ItemRecords.of(List.of(Item.of(payload(failed, error)))),
                null,
                true,
                null,
                null,
                null)));
  }

  private static Map<String, @Nullable Object> payload(
      LiveExecution failed, Map<String, @Nullable Object> error) {
    ExecutionState state = failed.state();
    Map<String, @Nullable Object> told = new LinkedHashMap<>(error);
    String nodeName = error.get("node") instanceof String name ? name : "";
    Optional<PlannedNode> node = state.plan().find(nodeName);
    if (node.isPresent()) {
      told.put("node", node.get().node().raw());
    }
    told.putIfAbsent("name", "NodeOperationError");
    Map<String, @Nullable Object> execution = new LinkedHashMap<>();
    execution.put("id", state.executionId());
    execution.put("url", "/workflow/" + failed.workflowId() + "/executions/" + state.executionId());
    if (state.retryOf() != null) {
      execution.put("retryOf", state.retryOf());
    }
    execution.put("error", told);
    execution.put("lastNodeExecuted", state.lastNode());
    execution.put("mode", state.mode().json());
    Map<String, @Nullable Object> workflow = new LinkedHashMap<>();
    workflow.put("id", failed.workflowId());
    workflow.put("name", state.workflow().name());
    Map<String, @Nullable Object> payload = new LinkedHashMap<>();
    payload.put("execution", execution);
    payload.put("workflow", workflow);
    return payload;
  }
}
