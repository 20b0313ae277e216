package dev.millrace.control.oidc;

import dev.millrace.control.vault.Secret;
import dev.millrace.error.MillraceException;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * How this installation is known to an identity provider.
 *
 * @param issuer as the provider names itself, to the letter
 * @param secret empty for a client that has none
 * @param scopes {@code openid} and others
 * @param redirectUri where the provider sends browsers back
 */
public record OidcClient(
    String issuer, String id, Optional<Secret> secret, List<String> scopes, URI redirectUri) {
  public OidcClient {
    scopes = List.copyOf(scopes);
  }

  /** Whether something can be the URL of an issuer: encrypted, unless it is on this machine. */
  public static boolean isIssuer(String url) {
    try {
      return ProviderHttp.checked(url, "issuer").getRawQuery() == null;
    } catch (MillraceException none) {
      return false;
    }
  }
}
