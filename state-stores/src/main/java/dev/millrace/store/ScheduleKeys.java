package dev.millrace.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Keys of the schedules store: one entry for each rule of a node.
 *
 * <p>Layout: workflow id and node id, each behind its length in bytes as 4 bytes big-endian, then
 * the rule as text.
 */
public final class ScheduleKeys {
  private ScheduleKeys() {}

  public static byte[] key(String workflowId, String nodeId, String rule) {
    byte[] prefix = prefix(workflowId);
    byte[] node = nodeId.getBytes(StandardCharsets.UTF_8);
    byte[] text = rule.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(prefix.length + Integer.BYTES + node.length + text.length)
        .put(prefix)
        .putInt(node.length)
        .put(node)
        .put(text)
        .array();
  }

  /** What all keys of one workflow begin with. */
  public static byte[] prefix(String workflowId) {
    byte[] workflow = workflowId.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Integer.BYTES + workflow.length)
        .putInt(workflow.length)
        .put(workflow)
        .array();
  }

  /** The workflow of a key. */
  public static String workflowId(byte[] key) {
    int length = ByteBuffer.wrap(key).getInt();
    return new String(key, Integer.BYTES, length, StandardCharsets.UTF_8);
  }
}
