package dev.millrace.control.users;

import dev.millrace.control.oidc.OidcUser;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Who vouches for users, and what becomes of them here.
 *
 * @param revision changes with every change
 * @param label what stands on the button
 * @param sealedSecret the client's secret, encrypted; null for none
 * @param scopes asked for beside {@code openid}
 * @param linkByEmail whether who has an account with the same, verified, address gets into it
 * @param trustEmail whether addresses count as verified, also when the provider does not say so
 * @param provision whether who has no account gets one
 * @param defaultRole of those, and of who is in no group that has a role
 * @param roleClaim the claim that names groups; empty when roles are given here
 * @param roleMapping the first whose group somebody is in counts
 */
record ProviderSettings(
    String revision,
    boolean enabled,
    String label,
    String issuer,
    String clientId,
    byte @Nullable [] sealedSecret,
    List<String> scopes,
    boolean linkByEmail,
    boolean trustEmail,
    boolean provision,
    String defaultRole,
    Optional<String> roleClaim,
    List<RoleOf> roleMapping) {

  /** The role of who is in a group. */
  record RoleOf(String value, String role) {
    Map<String, @Nullable Object> json() {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("value", value);
      json.put("role", role);
      return json;
    }
  }

  ProviderSettings {
    scopes = List.copyOf(scopes);
    roleMapping = List.copyOf(roleMapping);
  }

  /** Every role that somebody may get by it. */
  Set<String> roles() {
    return Stream.concat(Stream.of(defaultRole), roleMapping.stream().map(RoleOf::role))
        .collect(Collectors.toSet());
  }

  /** The role that the provider's groups say; empty when they say nothing of roles. */
  Optional<String> roleOf(OidcUser user) {
    return roleClaim.map(claim -> {
      List<String> groups = user.values(claim);
      return roleMapping.stream()
          .filter(mapping -> groups.contains(mapping.value()))
          .map(RoleOf::role)
          .findFirst()
          .orElse(defaultRole);
    });
  }

  /** Without the secret. */
  Map<String, @Nullable Object> json(String redirectUri) {
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("enabled", enabled);
    json.put("label", label);
    json.put("issuer", issuer);
    json.put("clientId", clientId);
    json.put("hasClientSecret", sealedSecret != null);
    json.put("scopes", scopes);
    json.put("linkByEmail", linkByEmail);
    json.put("trustEmail", trustEmail);
    json.put("provision", provision);
    json.put("defaultRole", defaultRole);
    json.put("roleClaim", roleClaim.orElse(null));
    json.put("roleMapping", roleMapping.stream().map(RoleOf::json).toList());
    json.put("redirectUri", redirectUri);
    return json;
  }

  /** Without the secret, encrypted though it is. */
  @Override
  public String toString() {
    return "ProviderSettings[" + issuer + "]";
  }
}
