package dev.millrace.node;

import org.jspecify.annotations.Nullable;

/**
 * A node with state beyond one execution: what it has seen, counted, collected. All runs on one
 * state are made one after the other by its owner, the partition of the engine that it belongs to,
 * so a run sees what every run before it has done, however many executions there are at a time.
 *
 * <p>A run is a function of its call and of the state: it has no other memory and no other effect.
 * It happens in a stream thread and must not block.
 */
public non-sealed interface KeyedNode extends NodeProcessor {
  /**
   * Which state a run needs; null when it needs none and can be made where the execution is. Asked
   * before the run, where the execution is; what it throws is the node's failure.
   */
  @Nullable StateScope scope(NodeCall call);

  /** Makes a run that needs no state, as {@link TransformNode#run}. */
  NodeOutput run(NodeCall call);

  /**
   * Makes a run with its state.
   *
   * <p>Delivery: a run changes the state once. It may be called again after a crash or a rebalance,
   * with the state as it was before the first time. When it throws, no change is kept; another
   * attempt of the run then finds the state as it was, or as other executions have left it. An
   * execution that is canceled in the meantime does not undo what its run did.
   *
   * @param call all its parameters were resolved where the execution is, so {@link
   *     NodeCall#parameter} costs a look-up; it sees other nodes' runs if the scope asks for them
   * @return outputs, context and custom data; nothing else reaches the execution
   */
  NodeOutput run(NodeCall call, KeyedState state);
}
