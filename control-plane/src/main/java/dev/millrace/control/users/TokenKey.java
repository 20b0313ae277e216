package dev.millrace.control.users;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;

/** The secret that access tokens are signed with. Every control plane of an installation has it. */
public final class TokenKey {
  private static final int BYTES = 32;

  private final byte[] secret;

  private TokenKey(byte[] secret) {
    this.secret = secret;
  }

  /** A key of its own, for a process that nobody else checks tokens of. */
  public static TokenKey random() {
    byte[] secret = new byte[BYTES];
    new SecureRandom().nextBytes(secret);
    return new TokenKey(secret);
  }

  /**
   * The key of a file, which is made when it is not there.
   *
   * @throws MillraceException {@code UNREADABLE_FILE}
   */
  public static TokenKey open(Path file) {
    try {
      try {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, random().secret, StandardOpenOption.WRITE, StandardOpenOption.SYNC);
      } catch (FileAlreadyExistsException there) {
        // Read below.
      }
      byte[] secret = Files.readAllBytes(file);
      if (secret.length < BYTES) {
        throw new MillraceException(
            ErrorCode.UNREADABLE_FILE,
            file + " holds no key; remove it, and everybody signs in again");
      }
      return new TokenKey(secret);
    } catch (IOException unusable) {
      throw new MillraceException(
          ErrorCode.UNREADABLE_FILE, file + " cannot be used: " + unusable, unusable);
    }
  }

  byte[] secret() {
    return secret.clone();
  }
}
