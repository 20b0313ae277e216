package dev.millrace.node;

/**
 * A node that reaches outside the process: a service, a database, a file. Runs on an effect worker,
 * on a virtual thread of its own, so it may block.
 */
public non-sealed interface EffectNode extends NodeProcessor {
  /**
   * Runs the node once on all its items.
   *
   * <p>Delivery: at least once. The same run is made again when a worker dies, its lease ends or
   * its answer is lost, so whatever accepts an idempotency key is given {@link
   * EffectContext#idempotencyKey}. The first answer that reaches the execution counts, later ones
   * are ignored. What it throws becomes the node's failure, as for {@link TransformNode#run}.
   *
   * @param call all its parameters were resolved before the worker got it, so {@link
   *     NodeCall#parameter} costs a look-up; {@link NodeCall#evaluate} sees this run's items, not
   *     other nodes
   * @throws InterruptedException when the execution was canceled or the time limit is over; stop at
   *     once then
   */
  NodeOutput run(NodeCall call, EffectContext context) throws Exception;
}
