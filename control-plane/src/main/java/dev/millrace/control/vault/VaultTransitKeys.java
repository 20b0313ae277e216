package dev.millrace.control.vault;

import dev.millrace.error.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Key encryption by the transit engine of a HashiCorp Vault: the key never leaves it, data keys go
 * there to be wrapped. Its versions are keys of their own here, so that {@code vault write -f
 * transit/keys/NAME/rotate} makes what is stored due for rotation. The key must be of type {@code
 * aes256-gcm96}, which binds the context.
 */
public final class VaultTransitKeys implements KeyEncryption {
  private static final Pattern CIPHERTEXT = Pattern.compile("vault:v(\\d+):.+");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]+");

  private final VaultServer vault;
  private final String mount;
  private final String key;

  /**
   * @param mount where the engine is, such as {@code transit}
   * @param key the key's name
   */
  public VaultTransitKeys(VaultServer vault, String mount, String key) {
    if (!NAME.matcher(key).matches()) {
      throw LocalKeys.unusable("'" + key + "' is no name of a key of Vault's transit engine");
    }
    this.vault = vault;
    this.mount = mount;
    this.key = key;
  }

  @Override
  public Wrapped wrap(Secret dataKey, byte[] context) {
    VaultServer.Answer answer =
        call(
            "encrypt",
            Map.of(
                "plaintext",
                dataKey.use(Base64.getEncoder()::encodeToString),
                "associated_data",
                Base64.getEncoder().encodeToString(context)));
    if (answer.ok() && answer.data().get("ciphertext") instanceof String ciphertext) {
      Matcher parts = CIPHERTEXT.matcher(ciphertext);
      if (parts.matches()) {
        return new Wrapped(id(parts.group(1)), ciphertext.getBytes(StandardCharsets.US_ASCII));
      }
    }
    throw vault.failure(ErrorCode.ENCRYPTION_KEY_UNUSABLE, "Nothing can be encrypted", answer);
  }

  @Override
  public Secret unwrap(Wrapped wrapped, byte[] context) {
    VaultServer.Answer answer =
        call(
            "decrypt",
            Map.of(
                "ciphertext",
                new String(wrapped.bytes(), StandardCharsets.US_ASCII),
                "associated_data",
                Base64.getEncoder().encodeToString(context)));
    if (answer.ok() && answer.data().get("plaintext") instanceof String plain) {
      try {
        return Secret.taking(Base64.getDecoder().decode(plain));
      } catch (IllegalArgumentException notBase64) {
        throw vault.failure(ErrorCode.ENCRYPTION_KEY_UNUSABLE, "No key can be read", answer);
      }
    }
    // 400 is its answer to a ciphertext or context that is not right; anything else is about Vault.
    throw vault.failure(
        answer.status() == 400
            ? ErrorCode.CREDENTIAL_UNREADABLE
            : ErrorCode.ENCRYPTION_KEY_UNUSABLE,
        "A stored key cannot be decrypted",
        answer);
  }

  @Override
  public String newestKeyId() {
    String what = "The versions of the key " + key + " cannot be read";
    try {
      VaultServer.Answer answer = vault.get(mount + "/keys/" + key);
      if (answer.ok() && answer.data().get("latest_version") instanceof Double version) {
        return id(String.valueOf(version.longValue()));
      }
      throw vault.failure(ErrorCode.ENCRYPTION_KEY_UNUSABLE, what, answer);
    } catch (IOException | InterruptedException none) {
      throw vault.failure(ErrorCode.ENCRYPTION_KEY_UNUSABLE, what, none);
    }
  }

  @Override
  public boolean knows(String keyId) {
    return keyId.startsWith(id(""));
  }

  private String id(String version) {
    return "vault:" + mount + "/" + key + ":v" + version;
  }

  private VaultServer.Answer call(String operation, Map<String, @Nullable Object> body) {
    try {
      return vault.post(mount + "/" + operation + "/" + key, body);
    } catch (IOException | InterruptedException none) {
      throw vault.failure(
          ErrorCode.ENCRYPTION_KEY_UNUSABLE, "The key " + key + " cannot be used", none);
    }
  }

  @Override
  public String toString() {
    return "key " + key + " of Vault at " + vault;
  }
}
