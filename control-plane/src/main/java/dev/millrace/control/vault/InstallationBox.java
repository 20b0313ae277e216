package dev.millrace.control.vault;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.security.GeneralSecurityException;

/** A box that is locked with one key, which this process holds. */
final class InstallationBox implements SecretBox {
  private final Secret key;

  /**
   * @param key of 32 bytes
   */
  InstallationBox(Secret key) {
    this.key = key;
  }

  @Override
  public byte[] seal(Secret plain, String... context) {
    return plain.use(bytes -> AesGcm.encrypt(key, bytes, AssociatedData.of(context)));
  }

  @Override
  public Secret open(byte[] sealed, String... context) {
    try {
      return Secret.taking(AesGcm.decrypt(key, sealed, AssociatedData.of(context)));
    } catch (GeneralSecurityException changed) {
      throw new MillraceException(
          ErrorCode.STORED_SECRET_UNREADABLE,
          "A stored secret was changed, or was written with another key of the installation");
    }
  }
}
