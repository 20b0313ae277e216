package dev.millrace.control.vault;

import dev.millrace.error.MillraceException;

/**
 * Encrypts small secrets that the control plane keeps for itself. Each is bound to what it is for:
 * one that was copied to another row does not open. Thread-safe.
 */
public interface SecretBox {
  /**
   * Encrypts. The plaintext stays the caller's, to be closed.
   *
   * @param context what the secret is for, such as a table and the id of a row; opening needs the
   *     same
   */
  byte[] seal(Secret plain, String... context);

  /**
   * Decrypts; the caller closes the answer.
   *
   * @throws MillraceException {@code STORED_SECRET_UNREADABLE} when it is of another key or
   *     context, or changed
   */
  Secret open(byte[] sealed, String... context);

  /**
   * A box whose key is derived from that of the installation: what lies in it is lost with that
   * key.
   *
   * @param use a box of one use does not open what was sealed for another
   */
  static SecretBox of(InstallationKey installation, String use) {
    return new InstallationBox(installation.derive(use));
  }
}
