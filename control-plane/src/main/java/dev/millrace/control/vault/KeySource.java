package dev.millrace.control.vault;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the key encryption keys from the environment: {@code MILLRACE_ENCRYPTION_KEY}, {@code
 * MILLRACE_ENCRYPTION_KEY_FILE}, or {@code MILLRACE_VAULT_TRANSIT_KEY} with {@code VAULT_ADDR} and
 * {@code VAULT_TOKEN} or {@code VAULT_TOKEN_FILE}; else a file that is made at first use. Where
 * several are set, Vault wraps before the variable, that before the file, and all unwrap.
 */
public final class KeySource {
  private static final String KEY = "MILLRACE_ENCRYPTION_KEY";

  private KeySource() {}

  /**
   * @param file read and made where the environment names nothing; an existing one unwraps even if
   *     it does
   * @throws dev.millrace.error.MillraceException {@code ENCRYPTION_KEY_UNUSABLE}
   */
  public static KeyEncryption of(Map<String, String> environment, Path file) {
    List<KeyEncryption> found = new ArrayList<>();
    String transit = environment.get("MILLRACE_VAULT_TRANSIT_KEY");
    if (transit != null) {
      String mount = environment.getOrDefault("MILLRACE_VAULT_TRANSIT_MOUNT", "transit");
      found.add(new VaultTransitKeys(vault(environment), mount, transit));
    }
    String keys = environment.get(KEY);
    if (keys != null) {
      found.add(LocalKeys.parse(keys, KEY));
    }
    String named = environment.get(KEY + "_FILE");
    if (named != null) {
      Path mounted = Path.of(named);
      found.add(LocalKeys.parse(content(mounted, KEY + "_FILE"), mounted.toString()));
    }
    if (found.isEmpty() || Files.exists(file)) {
      found.add(KeyFile.open(file));
    }
    return found.size() == 1
        ? found.getFirst()
        : new KeyRing(found.getFirst(), found.subList(1, found.size()));
  }

  /** The Vault that the environment names as its own tools do. */
  public static VaultServer vault(Map<String, String> environment) {
    String address = environment.get("VAULT_ADDR");
    @Nullable String token = environment.get("VAULT_TOKEN");
    String tokenFile = environment.get("VAULT_TOKEN_FILE");
    if (token == null && tokenFile != null) {
      token = content(Path.of(tokenFile), "VAULT_TOKEN_FILE").strip();
    }
    if (address == null || token == null) {
      throw LocalKeys.unusable("Set VAULT_ADDR, and VAULT_TOKEN or VAULT_TOKEN_FILE");
    }
    try {
      return new VaultServer(
          URI.create(address), Secret.of(token), environment.getOrDefault("VAULT_NAMESPACE", ""));
    } catch (IllegalArgumentException invalid) {
      throw LocalKeys.unusable("VAULT_ADDR is no URL");
    }
  }

  private static String content(Path file, String variable) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw LocalKeys.unusable(
          "The file of " + variable + " cannot be read: " + unreadable.getClass().getSimpleName());
    }
  }
}
