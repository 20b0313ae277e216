package dev.millrace.node;

/** A node that starts executions. When the execution begins, its items pass through it. */
public non-sealed interface TriggerNode extends NodeProcessor {
  /** As {@link TransformNode#run}; the input is what the trigger was fired with. */
  default NodeOutput run(NodeCall call) {
    return NodeOutput.of(call.input());
  }
}
