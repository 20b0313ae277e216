package dev.millrace.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Keys of the timers store, in the order in which the timers are due.
 *
 * <p>Layout: due time in epoch milliseconds as 8 bytes big-endian, tenant, 0x00, execution id.
 */
public final class TimerKeys {
  private TimerKeys() {}

  /** A timer, read back from its key. */
  public record Timer(long dueMillis, String tenant, String executionId) {}

  public static byte[] key(Timer timer) {
    byte[] tenant = timer.tenant().getBytes(StandardCharsets.UTF_8);
    byte[] execution = timer.executionId().getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(Long.BYTES + tenant.length + 1 + execution.length)
        .putLong(timer.dueMillis())
        .put(tenant)
        .put((byte) 0)
        .put(execution)
        .array();
  }

  public static Timer read(byte[] key) {
    int zero = Long.BYTES;
    while (key[zero] != 0) {
      zero++;
    }
    return new Timer(
        ByteBuffer.wrap(key).getLong(),
        new String(key, Long.BYTES, zero - Long.BYTES, StandardCharsets.UTF_8),
        new String(key, zero + 1, key.length - zero - 1, StandardCharsets.UTF_8));
  }

  /** The first key that is not yet due at a time: an exclusive upper bound of what is. */
  public static byte[] after(long nowMillis) {
    return ByteBuffer.allocate(Long.BYTES).putLong(nowMillis + 1).array();
  }

  /** The lowest key there is. */
  public static byte[] lowest() {
    return new byte[Long.BYTES];
  }
}
