package dev.millrace.control.vault;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.security.GeneralSecurityException;

/** Encrypts what passes between two processes that share a key, whatever carries it. */
public final class SharedCipher {
  private final Secret key;

  /**
   * @param key of 32 bytes
   */
  public SharedCipher(Secret key) {
    this.key = key;
  }

  /**
   * @param context what the message answers; opening needs the same
   */
  public byte[] seal(Secret message, String... context) {
    return message.use(bytes -> AesGcm.encrypt(key, bytes, AssociatedData.of(context)));
  }

  /**
   * @throws MillraceException {@code LEASE_REFUSED} when it is of another key or context, or
   *     changed
   */
  public Secret open(byte[] sealed, String... context) {
    try {
      return Secret.taking(AesGcm.decrypt(key, sealed, AssociatedData.of(context)));
    } catch (GeneralSecurityException changed) {
      throw new MillraceException(
          ErrorCode.LEASE_REFUSED, "The message is not one of this installation");
    }
  }
}
