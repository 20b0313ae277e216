package dev.millrace.control.vault;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What the processes of one installation share to know each other by. Every use has a key of its
 * own, derived from it.
 */
public final class InstallationKey {
  private final Secret master;

  public InstallationKey(Secret master) {
    if (master.length() < AesGcm.KEY_BYTES) {
      throw LocalKeys.unusable("The key of the installation has less than 32 bytes");
    }
    this.master = master;
  }

  /**
   * From a file as {@link KeyFile} has it, made at first use.
   *
   * @throws dev.millrace.error.MillraceException {@code ENCRYPTION_KEY_UNUSABLE}
   */
  public static InstallationKey open(Path file) {
    return new InstallationKey(KeyFile.newest(file));
  }

  /** A key of 32 bytes for one use. */
  public Secret derive(String use) {
    return master.use(bytes -> {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(bytes, "HmacSHA256"));
        return Secret.taking(mac.doFinal(use.getBytes(StandardCharsets.UTF_8)));
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException(impossible);
      }
    });
  }
}
