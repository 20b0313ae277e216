package dev.millrace.node;

/** A pure function from items to items. Runs in the stream thread: it must not block. */
public non-sealed interface TransformNode extends NodeProcessor {
  /**
   * Runs the node once on all its items.
   *
   * <p>Delivery: may be called again with the same input after a crash or a rebalance, and its
   * earlier result is then discarded. What it throws becomes the node's failure: a {@link
   * NodeException} as the user's error, anything else as a defect of the node.
   */
  NodeOutput run(NodeCall call);
}
