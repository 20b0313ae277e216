package dev.millrace.control.users;

import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Role;
import dev.millrace.control.access.Scope;
import dev.millrace.control.db.Database;
import dev.millrace.control.http.Authority;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Recognises callers by an access token ({@code Authorization: Bearer}) or an API key (the same, or
 * {@code X-N8N-API-KEY}), and knows where they belong. Thread-safe.
 */
final class Identity implements Authority {
  private static final String BEARER = "Bearer ";

  private final Database database;
  private final Users users;
  private final Roles roles;
  private final Sessions sessions;
  private final AccessTokens tokens;
  private final ApiKeys keys;
  private final InstantSource clock;

  Identity(
      Database database,
      Users users,
      Roles roles,
      Sessions sessions,
      AccessTokens tokens,
      ApiKeys keys,
      InstantSource clock) {
    this.database = database;
    this.users = users;
    this.roles = roles;
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
    Map<String, String> memberships = new HashMap<>();
    database
        .jdbi()
        .useHandle(handle ->
            handle
                .createQuery("select project_id, role from project_member where user_id = :user")
                .bind("user", principal.userId())
                .map((row, context) ->
                    memberships.put(row.getString("project_id"), row.getString("role")))
                .list());
    Map<String, Boolean> allows = new HashMap<>();
    Set<String> projects = new HashSet<>();
    memberships.forEach((project, slug) -> {
      if (allows.computeIfAbsent(
          slug,
          unknown -> roles.find(slug).map(role -> role.scopes().contains(scope)).orElse(false))) {
        projects.add(project);
      }
    });
    return projects;
  }
}
