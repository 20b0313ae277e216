package dev.millrace.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Keys of the executions store: everything of one execution is contiguous under {@code (tenant,
 * execution)}, its event batches in the order of their sequence.
 *
 * <p>Layout: tenant, 0x00, execution id, 0x00, sequence as 8 bytes big-endian. Neither tenant nor
 * execution id holds a zero byte.
 */
public final class ExecutionKeys {
  private ExecutionKeys() {}

  /** Key of one event batch. */
  public static byte[] batch(String tenant, String executionId, long sequence) {
    byte[] prefix = prefix(tenant, executionId);
    return ByteBuffer.allocate(prefix.length + Long.BYTES).put(prefix).putLong(sequence).array();
  }

  /** What all keys of one execution begin with. */
  public static byte[] prefix(String tenant, String executionId) {
    byte[] t = tenant.getBytes(StandardCharsets.UTF_8);
    byte[] e = executionId.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(t.length + e.length + 2)
        .put(t)
        .put((byte) 0)
        .put(e)
        .put((byte) 0)
        .array();
  }
}
