package dev.millrace.control.users;

import dev.millrace.control.db.Database;
import dev.millrace.control.http.Authority;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.RateLimit;
import dev.millrace.control.vault.InstallationKey;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import redis.clients.jedis.UnifiedJedis;

/** Everything about accounts, put together. Thread-safe. */
public final class Accounts {
  private final Identity identity;
  private final Roles roles;
  private final Users users;
  private final SignInEndpoints signIn;
  private final UserEndpoints userEndpoints;
  private final RateLimit rates;

  /**
   * @param redis holds sessions; stays the caller's
   * @param installation whose key access tokens are signed with
   * @param requestsPerMinute of each user
   */
  public Accounts(
      Database database,
      UnifiedJedis redis,
      InstallationKey installation,
      long requestsPerMinute,
      InstantSource clock) {
    rates = new RedisRateLimit(redis, requestsPerMinute);
    users = new Users(database);
    roles = new Roles(database);
    Sessions sessions = new Sessions(redis);
    AccessTokens tokens = new AccessTokens(installation, clock);
    ApiKeys keys = new ApiKeys(database);
    Passwords passwords = new Passwords();
    identity = new Identity(database, users, roles, sessions, tokens, keys, clock);
    signIn = new SignInEndpoints(database, users, passwords, sessions, tokens);
    userEndpoints = new UserEndpoints(database, users, roles, passwords, sessions, keys, clock);
  }

  public Authority authority() {
    return identity;
  }

  public RateLimit rates() {
    return rates;
  }

  public Roles roles() {
    return roles;
  }

  public Users users() {
    return users;
  }

  public List<Endpoint> endpoints() {
    return Stream.concat(signIn.endpoints().stream(), userEndpoints.endpoints().stream()).toList();
  }
}
