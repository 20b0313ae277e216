package dev.millrace.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Keys of the gates store.
 *
 * <p>Layout: a letter for the kind of entry, the gate's name behind its length in bytes as 4 bytes
 * big-endian, then what tells entries of that kind apart.
 */
public final class GateKeys {
  private static final byte STATE = 'g';
  private static final byte FLOW = 'f';
  private static final byte QUEUE = 'q';
  private static final byte REQUEST = 'r';

  private GateKeys() {}

  /** What the gate remembers. */
  public static byte[] state(String gate) {
    return key(STATE, gate, new byte[0]);
  }

  /** What all gates' states begin with. */
  public static byte[] allStates() {
    return new byte[] {STATE};
  }

  /** The turn of the last one of a flow. */
  public static byte[] flow(String gate, String flow) {
    return key(FLOW, gate, flow.getBytes(StandardCharsets.UTF_8));
  }

  /** What all flows of a gate begin with. */
  public static byte[] flows(String gate) {
    return key(FLOW, gate, new byte[0]);
  }

  /** One who waits: in the order of turns, those of one turn in the order in which they came. */
  public static byte[] waiting(String gate, long turn, long sequence) {
    return key(
        QUEUE, gate, ByteBuffer.allocate(2 * Long.BYTES).putLong(turn).putLong(sequence).array());
  }

  /** What all who wait at a gate begin with. */
  public static byte[] queue(String gate) {
    return key(QUEUE, gate, new byte[0]);
  }

  /** The turn in a key of {@link #waiting}. */
  public static long turn(byte[] waiting) {
    return ByteBuffer.wrap(waiting).getLong(waiting.length - 2 * Long.BYTES);
  }

  /** Where a request stands. */
  public static byte[] request(String gate, String request) {
    return key(REQUEST, gate, request.getBytes(StandardCharsets.UTF_8));
  }

  /** The gate of a key. */
  public static String gate(byte[] key) {
    int length = ByteBuffer.wrap(key).getInt(1);
    return new String(key, 1 + Integer.BYTES, length, StandardCharsets.UTF_8);
  }

  private static byte[] key(byte kind, String gate, byte[] rest) {
    byte[] name = gate.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(1 + Integer.BYTES + name.length + rest.length)
        .put(kind)
        .putInt(name.length)
        .put(name)
        .put(rest)
        .array();
  }
}
