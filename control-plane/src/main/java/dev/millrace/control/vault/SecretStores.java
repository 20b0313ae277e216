package dev.millrace.control.vault;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The stores of secrets outside that the environment names. {@code env} is always there, and has
 * nothing but what is meant for it by the prefix of its name; {@code files} is the folder of {@code
 * MILLRACE_SECRETS_FOLDER}, and {@code vault} the key-value engine at {@code
 * MILLRACE_SECRETS_VAULT_MOUNT} of the Vault of {@link KeySource#vault}.
 */
public final class SecretStores {
  private SecretStores() {}

  /**
   * @throws dev.millrace.error.MillraceException {@code ENCRYPTION_KEY_UNUSABLE} when a Vault is
   *     named without its address or token
   */
  public static Secrets of(Map<String, String> environment) {
    List<Secrets.Store> stores = new ArrayList<>();
    stores.add(forAll("env", new EnvironmentSecrets(environment)));
    String folder = environment.get("MILLRACE_SECRETS_FOLDER");
    if (folder != null) {
      stores.add(forAll("files", new FolderSecrets(Path.of(folder))));
    }
    String mount = environment.get("MILLRACE_SECRETS_VAULT_MOUNT");
    if (mount != null) {
      stores.add(forAll("vault", new VaultKvSecrets(KeySource.vault(environment), mount)));
    }
    return new Secrets(stores);
  }

  private static Secrets.Store forAll(String name, SecretSource source) {
    return new Secrets.Store(name, source, Optional.empty());
  }
}
