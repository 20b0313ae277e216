package dev.millrace.control.vault;

import dev.millrace.error.MillraceException;

/**
 * Keys that encrypt other keys. The newest wraps, all that are known unwrap. Thread-safe; may block
 * where the keys are elsewhere.
 */
public interface KeyEncryption {
  /**
   * A key in its encrypted form.
   *
   * @param keyId which key encrypted it; stays the same for as long as that key exists
   */
  record Wrapped(String keyId, byte[] bytes) {}

  /**
   * Encrypts a data key with the newest key.
   *
   * @param context what the data key is for; unwrapping needs the same
   * @throws MillraceException {@code ENCRYPTION_KEY_UNUSABLE} when the key cannot be reached
   */
  Wrapped wrap(Secret dataKey, byte[] context);

  /**
   * Decrypts a data key; the caller closes it.
   *
   * @throws MillraceException {@code CREDENTIAL_UNREADABLE} when its key is not known, or it was
   *     changed or belongs to another context; {@code ENCRYPTION_KEY_UNUSABLE} when the key cannot
   *     be reached
   */
  Secret unwrap(Wrapped wrapped, byte[] context);

  /** The key that wraps now. What is wrapped with another one is due for rotation. */
  String newestKeyId();

  /** Whether a key of this id is among those known here. */
  boolean knows(String keyId);
}
