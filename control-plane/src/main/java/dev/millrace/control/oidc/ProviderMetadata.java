package dev.millrace.control.oidc;

import dev.millrace.error.MillraceException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a provider says of itself (OpenID Connect Discovery).
 *
 * @param secretInBody whether it takes a client's secret in the body only
 */
record ProviderMetadata(
    URI authorizationEndpoint,
    URI tokenEndpoint,
    URI keys,
    Optional<URI> userInfoEndpoint,
    boolean secretInBody) {
  private static final String WELL_KNOWN = "/.well-known/openid-configuration";

  /**
   * Asks a provider.
   *
   * @throws MillraceException {@code SIGN_IN_PROVIDER_FAILED} when it cannot be reached, or is not
   *     the one that is meant
   */
  static ProviderMetadata of(String issuer, ProviderHttp http) {
    URI at =
        ProviderHttp.checked(
            (issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer) + WELL_KNOWN,
            "issuer");
    ProviderHttp.Reply reply =
        http.send(HttpRequest.newBuilder(at).header("accept", "application/json").build());
    Map<String, @Nullable Object> json = reply.json();
    if (!reply.ok() || json.isEmpty()) {
      throw ProviderHttp.failed(
          at + " answers with " + reply.status() + " and no description of a provider");
    }
    // Whoever can answer here for another issuer could sign for it.
    if (!issuer.equals(json.get("issuer"))) {
      throw ProviderHttp.failed("What is at " + at + " names another issuer than " + issuer);
    }
    return new ProviderMetadata(
        endpoint(json, "authorization_endpoint"),
        endpoint(json, "token_endpoint"),
        endpoint(json, "jwks_uri"),
        json.get("userinfo_endpoint") == null
            ? Optional.empty()
            : Optional.of(endpoint(json, "userinfo_endpoint")),
        json.get("token_endpoint_auth_methods_supported") instanceof List<?> methods
            && !methods.contains("client_secret_basic")
            && methods.contains("client_secret_post"));
  }

  private static URI endpoint(Map<String, @Nullable Object> json, String name) {
    return ProviderHttp.checked(json.get(name) instanceof String url ? url : "", name);
  }
}
