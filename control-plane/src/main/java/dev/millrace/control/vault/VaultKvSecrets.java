package dev.millrace.control.vault;

import dev.millrace.error.ErrorCode;
import dev.millrace.value.Coercion;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Secrets of a HashiCorp Vault's key-value engine, version 2: {@code $secrets.STORE.shop.api.key}
 * is the field {@code key} of the secret {@code shop/api}.
 */
public final class VaultKvSecrets implements SecretSource {
  private final VaultServer vault;
  private final String mount;

  /**
   * @param mount where the engine is, such as {@code secret}
   */
  public VaultKvSecrets(VaultServer vault, String mount) {
    this.vault = vault;
    this.mount = mount;
  }

  @Override
  public Optional<Secret> read(String name) {
    int dot = name.lastIndexOf('.');
    if (dot < 1) {
      return Optional.empty();
    }
    String path =
        Arrays.stream(name.substring(0, dot).split("\\.", -1))
            .map(part -> URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20"))
            .collect(Collectors.joining("/"));
    String what = "The secret " + name + " cannot be read";
    try {
      VaultServer.Answer answer = vault.get(mount + "/data/" + path);
      if (answer.missing()) {
        return Optional.empty();
      }
      if (!answer.ok()) {
        throw vault.failure(ErrorCode.SECRET_UNRESOLVED, what, answer);
      }
      Object value =
          answer.data().get("data") instanceof Map<?, ?> fields
              ? fields.get(name.substring(dot + 1))
              : null;
      return Optional.ofNullable(value).map(known -> Secret.of(Coercion.toText(known)));
    } catch (IOException | InterruptedException none) {
      throw vault.failure(ErrorCode.SECRET_UNRESOLVED, what, none);
    }
  }
}
