package dev.millrace.node;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import org.jspecify.annotations.Nullable;

/**
 * The state of one {@link StateScope}: entries by key. It lies in RocksDB, so a look-up costs
 * microseconds and each change is written to a topic as well: keep many small entries rather than a
 * large one. What a run changes it sees itself at once; it is kept when the run does not throw.
 *
 * <p>Nothing expires by itself: a node bounds what it keeps. Belongs to the calling thread and is
 * not valid after {@code run} has returned.
 */
public interface KeyedState {
  /** Most bytes that an entry may have. */
  int MAX_VALUE_BYTES = 1 << 20;

  /** Most characters that a key may have. */
  int MAX_KEY_LENGTH = 200;

  /** The bytes of an entry, or null when there is none. The caller must not change them. */
  byte @Nullable [] get(String key);

  /**
   * Sets an entry.
   *
   * @throws MillraceException {@code STATE_TOO_LARGE} when key or value are too large
   */
  void put(String key, byte[] value);

  /** Deletes an entry if there is one. */
  void delete(String key);

  /** What {@link #put} holds to. */
  static void check(String key, byte[] value) {
    if (key.length() > MAX_KEY_LENGTH || value.length > MAX_VALUE_BYTES) {
      throw new MillraceException(
          ErrorCode.STATE_TOO_LARGE,
          "an entry with a key of "
              + key.length()
              + " characters and "
              + value.length
              + " bytes is more than the state takes: "
              + MAX_KEY_LENGTH
              + " characters and "
              + MAX_VALUE_BYTES
              + " bytes");
    }
  }
}
