package dev.millrace.control.access;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who makes a request.
 *
 * @param role in the installation
 * @param limitedTo what the API key that was used may do at most; empty for a session
 * @param sessionId of the session that was used, empty for an API key
 */
public record Principal(
    String userId,
    String email,
    Role role,
    Optional<Set<Scope>> limitedTo,
    Optional<String> sessionId) {
  public Principal {
    limitedTo = limitedTo.map(Set::copyOf);
  }

  /** What he may do in the installation, by what he used to come here. */
  public Set<Scope> scopes() {
    return limitedTo
        .<Set<Scope>>map(most ->
            role.scopes().stream().filter(most::contains).collect(Collectors.toUnmodifiableSet()))
        .orElseGet(role::scopes);
  }

  /** Whether the key that was used, if any, lets its owner do so. */
  public boolean keyAllows(Scope scope) {
    return limitedTo.isEmpty() || limitedTo.get().contains(scope);
  }
}
