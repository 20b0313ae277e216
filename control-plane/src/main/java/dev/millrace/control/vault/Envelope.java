package dev.millrace.control.vault;

import dev.millrace.control.vault.KeyEncryption.Wrapped;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.security.GeneralSecurityException;

/**
 * Encrypts each thing with a key of its own, and that key with a {@link KeyEncryption}. Both are
 * bound to what the thing is, so that it cannot pass for another one. Thread-safe.
 */
public final class Envelope {
  private static final String CONTENT = "millrace content 1";
  private static final String KEY = "millrace data key 1";

  private final KeyEncryption keys;

  /**
   * What a thing is: nothing that was sealed as one subject opens as another.
   *
   * @param kind such as a table
   * @param id of the row
   * @param type what else must not change
   */
  public record Subject(String kind, String id, String type) {
    private byte[] as(String purpose) {
      return AssociatedData.of(purpose, kind, id, type);
    }
  }

  /** What is stored. */
  public record Sealed(byte[] ciphertext, Wrapped key) {}

  public Envelope(KeyEncryption keys) {
    this.keys = keys;
  }

  /**
   * Encrypts with a new data key. The plaintext stays the caller's, to be closed.
   *
   * @throws MillraceException {@code ENCRYPTION_KEY_UNUSABLE}
   */
  public Sealed seal(Subject subject, Secret plain) {
    try (Secret dataKey = Secret.random(AesGcm.KEY_BYTES)) {
      byte[] ciphertext = plain.use(bytes -> AesGcm.encrypt(dataKey, bytes, subject.as(CONTENT)));
      return new Sealed(ciphertext, keys.wrap(dataKey, subject.as(KEY)));
    }
  }

  /**
   * Decrypts; the caller closes the answer.
   *
   * @throws MillraceException {@code CREDENTIAL_UNREADABLE} when anything of it was changed, or its
   *     key is not known; {@code ENCRYPTION_KEY_UNUSABLE} when the key cannot be reached
   */
  public Secret open(Subject subject, Sealed sealed) {
    try (Secret dataKey = keys.unwrap(sealed.key(), subject.as(KEY))) {
      return Secret.taking(AesGcm.decrypt(dataKey, sealed.ciphertext(), subject.as(CONTENT)));
    } catch (GeneralSecurityException changed) {
      throw unreadable(subject);
    }
  }

  /** The same data key, wrapped with the newest key. The ciphertext stays as it is. */
  public Wrapped rewrap(Subject subject, Wrapped wrapped) {
    try (Secret dataKey = keys.unwrap(wrapped, subject.as(KEY))) {
      return keys.wrap(dataKey, subject.as(KEY));
    }
  }

  /** The key that wraps now. */
  public String newestKeyId() {
    return keys.newestKeyId();
  }

  // The cipher's own message is left out: it says nothing that helps.
  private static MillraceException unreadable(Subject subject) {
    return new MillraceException(
        ErrorCode.CREDENTIAL_UNREADABLE,
        "The stored " + subject.kind() + " " + subject.id() + " was changed, or is another's");
  }
}
