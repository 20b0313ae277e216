package dev.millrace.binary;

/**
 * How much a store keeps, and where.
 *
 * @param fileBytes the largest file
 * @param inlineBytes files up to this size stay inside their item as Base64: a file of its own
 *     costs two waits for the disk or a call, some milliseconds, and more than the few kilobytes
 *     cost in a record; user code that reads {@code binary.data.data}, as many workflows do, then
 *     also works
 * @param inlineBytesPerExecution how much of an execution's content may lie in its items, so that
 *     many small files do not make its records large
 */
public record StoreLimits(long fileBytes, int inlineBytes, int inlineBytesPerExecution) {
  /** 1 GiB a file; 32 KiB in an item and 256 KiB in all items of an execution. */
  public static final StoreLimits DEFAULT = new StoreLimits(1L << 30, 32 << 10, 256 << 10);
}
