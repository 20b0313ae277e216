package dev.millrace.control.users;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.http.Authority;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Recognises callers by an access token ({@code Authorization: Bearer}) or an API key (the same, or
 * {@code X-N8N-API-KEY}), and knows where they belong. Thread-safe.
 */
final class Identity implements Authority {
  private static final String BEARER = "Bearer ";

  private final Users users;
  private final Roles roles;
  private final Rights rights;
  private final Sessions sessions;
  private final AccessTokens tokens;
  private final ApiKeys keys;
  private final InstantSource clock;

  Identity(
      Users users,
      Roles roles,
      Rights rights,
      Sessions sessions,
      AccessTokens tokens,
      ApiKeys keys,
      InstantSource clock) {
    this.users = users;
    this.roles = roles;
    this.rights = rights;
    this.sessions = sessions;
    this.tokens = tokens;
    this.keys = keys;
    this.clock = clock;
  }

  @Override
  public Optional<Principal> identify(Function<String, Optional<String>> header) {
    Optional<String> key = header.apply("x-n8n-api-key");
    if (key.isPresent()) {
      return Optional.of(byKey(key.get()));
    }
    return header
        .apply("authorization")
        .filter(value -> value.regionMatches(true, 0, BEARER, 0, BEARER.length()))
        .map(value -> value.substring(BEARER.length()).strip())
        .map(proof -> proof.startsWith(ApiKeys.PREFIX) ? byKey(proof) : byToken(proof));
  }

  private Principal byKey(String secret) {
    ApiKeys.ApiKey key =
        keys.bySecret(secret)
            .filter(
                found -> found.expiresAt().map(end -> end.isAfter(clock.instant())).orElse(true))
            .orElseThrow(() ->
                new MillraceException(
                    ErrorCode.NOT_SIGNED_IN, "The API key is not valid, or not any more"));
    return principal(key.userId(), key.scopes(), Optional.empty());
  }

  private Principal byToken(String token) {
    AccessTokens.Named named = tokens.verify(token);
    // A session that was ended ends its tokens at once.
    if (!sessions.user(named.sessionId()).equals(Optional.of(named.userId()))) {
      throw new MillraceException(ErrorCode.NOT_SIGNED_IN, "The session is over");
    }
    return principal(named.userId(), Optional.empty(), Optional.of(named.sessionId()));
  }

  private Principal principal(
      String userId, Optional<Set<Scope>> limitedTo, Optional<String> sessionId) {
    User user =
        users
            .find(userId)
            .filter(found -> !found.disabled())
            .orElseThrow(
                () -> new MillraceException(ErrorCode.NOT_SIGNED_IN, "The account is closed"));
    Role role =
        roles
            .find(user.role())
            .orElseThrow(() ->
                new MillraceException(
                    ErrorCode.NOT_ALLOWED, "The role " + user.role() + " is gone"));
    return new Principal(user.id(), user.email(), role, limitedTo, sessionId);
  }

  @Override
  public Set<String> projects(Principal principal, Scope scope) {
    return rights.projects(principal.userId(), scope);
  }
}
