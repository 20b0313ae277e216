package dev.millrace.engine;

import dev.millrace.limit.GatePolicy;
import dev.millrace.workflow.WorkflowDocument;
import java.util.List;

/** Which gates a node's calls to the outside go through. Asked in stream threads. */
@FunctionalInterface
public interface CallGates {
  /** A gate by its name, which is the same for all that share it. */
  record Named(String name, GatePolicy policy) {}

  /** In the order in which a call goes through them; mostly none. */
  List<Named> of(WorkflowDocument workflow, PlannedNode node);

  /** The limits that stand in the nodes' settings, for each node of a workflow. */
  CallGates OF_NODES =
      (workflow, node) -> {
        GatePolicy own = node.limits().gate();
        return own == null
            ? List.of()
            : List.of(
                new Named(
                    "node:"
                        + workflow.id().orElseGet(() -> "draft " + workflow.name())
                        + ":"
                        + node.name(),
                    own));
      };
}
