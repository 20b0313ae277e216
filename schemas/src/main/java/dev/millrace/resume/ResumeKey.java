package dev.millrace.resume;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that resume URLs are signed with: whoever holds a URL may resume that one execution,
 * and nobody can make one. Every engine and ingress of an installation has the same. Thread-safe.
 */
public final class ResumeKey {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int BYTES = 32;

  private final SecretKeySpec key;

  private ResumeKey(byte[] secret) {
    this.key = new SecretKeySpec(secret, ALGORITHM);
  }

  /**
   * A key of given bytes.
   *
   * @param secret at least 32 bytes that nobody can guess
   * @throws MillraceException {@code UNREADABLE_FILE} when there are fewer
   */
  public static ResumeKey of(byte[] secret) {
    if (secret.length < BYTES) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, "a key for resume URLs needs " + BYTES + " bytes or more");
    }
    return new ResumeKey(secret.clone());
  }

  /** A new key, known to nobody else. */
  public static ResumeKey random() {
    return new ResumeKey(randomBytes());
  }

  /**
   * The key in a file (Base64), which is made with a new one when it is not there.
   *
   * @throws MillraceException {@code UNREADABLE_FILE} when it cannot be read or made
   */
  public static ResumeKey open(Path file) {
    try {
      if (!Files.exists(file)) {
        create(file);
      }
      return of(
          Base64.getDecoder().decode(Files.readString(file, StandardCharsets.US_ASCII).strip()));
    } catch (IOException | IllegalArgumentException unusable) {
      // The content stays out of the message.
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE,
          "the key for resume URLs in " + file + " cannot be used",
          unusable);
    }
  }

  /** Whole or not at all: half a key after a kill would be another key. */
  private static void create(Path file) throws IOException {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] forTheOwnerAlone =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    Path folder = file.toAbsolutePath().getParent();
    Path complete = Files.createTempFile(folder, "resume", ".key", forTheOwnerAlone);
    try {
      Files.writeString(complete, Base64.getEncoder().encodeToString(randomBytes()) + "\n");
      try {
        Files.move(complete, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (AtomicMoveNotSupportedException other) {
        Files.move(complete, file);
      }
    } finally {
      Files.deleteIfExists(complete);
    }
  }

  private static byte[] randomBytes() {
    byte[] secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    return secret;
  }

  /** The signature of an execution, in the URL-safe Base64 alphabet. */
  public String sign(String tenant, String executionId) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(hash(tenant, executionId));
  }

  /** Whether a signature is the execution's, in a time that does not tell where they differ. */
  public boolean verify(String tenant, String executionId, String signature) {
    return MessageDigest.isEqual(
        signature.getBytes(StandardCharsets.UTF_8),
        sign(tenant, executionId).getBytes(StandardCharsets.UTF_8));
  }

  private byte[] hash(String tenant, String executionId) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(tenant.getBytes(StandardCharsets.UTF_8));
      // No name holds it, so that ("ab", "c") differs from ("a", "bc").
      mac.update((byte) 0);
      return mac.doFinal(executionId.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException everyJreHasIt) {
      throw new IllegalStateException(everyJreHasIt);
    }
  }

  /** Says nothing of the secret. */
  @Override
  public String toString() {
    return "ResumeKey";
  }
}
