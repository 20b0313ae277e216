package dev.millrace.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Keys of the store of nodes' states: all entries of a state are contiguous, and all states of a
 * workflow.
 *
 * <p>Layout: tenant, workflow id and the state's name, each behind its length in bytes as 4 bytes
 * big-endian, then the entry's key.
 */
public final class StateKeys {
  private StateKeys() {}

  /** What all keys of a state begin with. */
  public static byte[] prefix(String tenant, String workflowId, String state) {
    byte[] t = tenant.getBytes(StandardCharsets.UTF_8);
    byte[] w = workflowId.getBytes(StandardCharsets.UTF_8);
    byte[] s = state.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(3 * Integer.BYTES + t.length + w.length + s.length)
        .putInt(t.length)
        .put(t)
        .putInt(w.length)
        .put(w)
        .putInt(s.length)
        .put(s)
        .array();
  }

  /** The key of an entry of the state with that prefix. */
  public static byte[] entry(byte[] prefix, String key) {
    byte[] k = key.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(prefix.length + k.length).put(prefix).put(k).array();
  }

  /**
   * What the runs on a state have as their key, so that they come to the partition that owns it.
   */
  public static byte[] owner(String tenant, String workflowId, String state) {
    return (tenant + '/' + workflowId + '/' + state).getBytes(StandardCharsets.UTF_8);
  }
}
