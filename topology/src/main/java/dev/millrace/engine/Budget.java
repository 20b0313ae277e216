package dev.millrace.engine;

/**
 * Bounds on the work of an execution.
 *
 * @param stepsPerGo node runs after which a decision yields, so that one execution cannot hold a
 *     partition
 * @param nanosPerGo time after which it yields, checked between nodes
 * @param stepsInAll node runs after which the execution fails as an endless loop, where its
 *     workflow has no budget of its own
 * @param bytesPerGo bytes of items after which it yields, so that what one decision writes fits the
 *     memory
 * @param bytesPerRun most bytes that one run may answer, of items, files and context; more fails
 *     the node
 */
public record Budget(
    int stepsPerGo, long nanosPerGo, int stepsInAll, long bytesPerGo, long bytesPerRun) {
  /** A thousand steps, 100 ms or 8 MiB a go; a hundred thousand steps in all; 32 MiB a run. */
  public static final Budget DEFAULT =
      new Budget(1_000, 100_000_000L, 100_000, 8L << 20, 32L << 20);
}
