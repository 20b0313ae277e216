package dev.millrace.node;

/**
 * A node that steers the execution: routing, loops, merge, the answer to a waiting caller. Runs in
 * the stream thread: it must not block. It may keep a context in the execution, see {@link
 * NodeCall#context()} and {@link NodeOutput#withContext}.
 */
public non-sealed interface FlowNode extends NodeProcessor {
  /** As {@link TransformNode#run}. */
  NodeOutput run(NodeCall call);
}
