package dev.millrace.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

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

  /** The execution that a key belongs to. */
  public static String executionId(byte[] key) {
    int from = zero(key, 0) + 1;
    return new String(key, from, zero(key, from) - from, StandardCharsets.UTF_8);
  }

  /** Comes after all keys of a key's execution and before those of every other one after it. */
  public static byte[] after(byte[] key) {
    byte[] after = Arrays.copyOf(key, zero(key, zero(key, 0) + 1) + 1);
    after[after.length - 1] = 1;
    return after;
  }

  private static int zero(byte[] key, int from) {
    for (int i = from; i < key.length; i++) {
      if (key[i] == 0) {
        return i;
      }
    }
    throw new IllegalArgumentException("no key of an execution");
  }
}
