package dev.millrace.node;

/**
 * A node type. The permitted kinds say where its code runs, so that a node that calls the outside
 * cannot end up in a stream thread by accident.
 *
 * <p>An implementation is one final class in one file below {@code dev.millrace.nodes}; {@link
 * NodeCatalogue} finds it there. It has one public constructor, without parameters or with {@link
 * NodeServices}. It is shared by all threads and keeps no state between calls.
 */
public sealed interface NodeProcessor
    permits TransformNode, FlowNode, TriggerNode, EffectNode, KeyedNode {
  /** Identity, versions, ports and parameters. Always the same object. */
  NodeSpec spec();
}
