package dev.millrace.control.oidc;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whom a provider vouches for.
 *
 * @param subject who it is for the provider; means nothing without the issuer
 * @param emailVerified whether the provider says that the address is his
 * @param claims everything that is said of him
 */
public record OidcUser(
    String issuer,
    String subject,
    Optional<String> email,
    boolean emailVerified,
    String firstName,
    String lastName,
    Map<String, @Nullable Object> claims) {

  /** The values of a claim that names groups: a list of texts, or one. */
  public List<String> values(String claim) {
    return switch (claims.get(claim)) {
      case String one -> List.of(one);
      case List<?> several ->
          several.stream().filter(String.class::isInstance).map(String.class::cast).toList();
      case null, default -> List.of();
    };
  }
}
