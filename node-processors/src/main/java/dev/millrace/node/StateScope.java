package dev.millrace.node;

/**
 * Names a state of a workflow. Runs on the same state are made one after the other, those on others
 * side by side, so it should be as narrow as the node's promise allows.
 *
 * @param name within the workflow, the same for all runs that share the state
 * @param seesExecution whether the run looks at other nodes of its execution. What they answered
 *     then travels with it, which costs as many bytes
 */
public record StateScope(String name, boolean seesExecution) {
  /** State of one node, which keeps it when it is renamed. */
  public static StateScope ofNode(String kind, NodeCall call) {
    String id = call.node().id();
    return new StateScope(kind + "/node/" + (id.isEmpty() ? call.node().name() : id), false);
  }

  /** State that all nodes of a workflow share. */
  public static StateScope ofWorkflow(String kind) {
    return new StateScope(kind + "/workflow", false);
  }

  /** The same for a run that looks at other nodes. */
  public StateScope seeingExecution(boolean sees) {
    return new StateScope(name, sees);
  }
}
