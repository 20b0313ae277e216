package dev.millrace.control.users;

import dev.millrace.control.db.Database;
import dev.millrace.control.http.Authority;
import dev.millrace.control.http.Endpoint;
import dev.millrace.control.http.RateLimit;
import dev.millrace.control.vault.InstallationKey;
import dev.millrace.control.vault.SecretBox;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import redis.clients.jedis.UnifiedJedis;

/** Everything about accounts, put together. Thread-safe. */
public final class Accounts implements AutoCloseable {
  private final Identity identity;
  private final Roles roles;
  private final Rights rights;
  private final Users users;
  private final RateLimit rates;
  private final AccountMail mail;
  private final Providers providers;
  private final List<Endpoint> endpoints;

  /**
   * @param redis holds sessions; stays the caller's
   * @param installation whose key access tokens are signed with, and what is secret encrypted
   * @param publicUrl what browsers put before {@code /api}, without a slash at its end; asked for
   *     when it is needed
   * @param requestsPerMinute of each user
   */
  public Accounts(
      Database database,
      UnifiedJedis redis,
      InstallationKey installation,
      SignInSettings settings,
      Supplier<String> publicUrl,
      long requestsPerMinute,
      InstantSource clock) {
    rates = new RedisRateLimit(redis, requestsPerMinute);
    users = new Users(database);
    roles = new Roles(database, clock);
    rights = new Rights(database, roles);
    mail = new AccountMail(settings.mail(), publicUrl);
    RedisStore store = new RedisStore(redis);
    Sessions sessions = new Sessions(store);
    AccessTokens tokens = new AccessTokens(installation, clock);
    ApiKeys keys = new ApiKeys(database);
    Passwords passwords = new Passwords();
    Attempts attempts = new Attempts(store, settings.failuresPerAddress());
    SecretBox box = SecretBox.of(installation, "how people sign in");
    SessionAnswers answers = new SessionAnswers(sessions, tokens);
    SecondFactors factors = new SecondFactors(database, box, clock);
    SignInPolicy policy = new SignInPolicy(database);
    Challenges challenges = new Challenges(installation, store, clock);
    Invitations invitations = new Invitations(clock);
    PasswordResets resets = new PasswordResets(clock);
    ProviderStore provider = new ProviderStore(database, box);
    providers = new Providers(provider, publicUrl, clock);
    identity = new Identity(users, roles, rights, sessions, tokens, keys, clock);
    endpoints =
        Stream.of(
                new SignInEndpoints(
                        database,
                        users,
                        passwords,
                        sessions,
                        answers,
                        factors,
                        policy,
                        challenges,
                        resets,
                        attempts)
                    .endpoints(),
                new SecondFactorEndpoints(
                        database,
                        users,
                        rights,
                        passwords,
                        sessions,
                        answers,
                        factors,
                        policy,
                        challenges,
                        attempts)
                    .endpoints(),
                new SignInPolicyEndpoints(database, policy, factors, sessions).endpoints(),
                new PasswordResetEndpoints(
                        database, users, rights, passwords, sessions, resets, mail, attempts)
                    .endpoints(),
                new ProviderEndpoints(
                        database,
                        provider,
                        providers,
                        new ProvidedUsers(users, roles, provider, invitations),
                        answers,
                        mail,
                        attempts,
                        store,
                        box,
                        publicUrl,
                        clock)
                    .endpoints(),
                new ProviderSettingsEndpoints(database, provider, providers, roles).endpoints(),
                new UserEndpoints(
                        database,
                        users,
                        roles,
                        rights,
                        passwords,
                        sessions,
                        invitations,
                        mail,
                        attempts)
                    .endpoints(),
                new RoleEndpoints(database, roles).endpoints(),
                new ApiKeyEndpoints(database, keys).endpoints())
            .flatMap(List::stream)
            .toList();
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

  public Rights rights() {
    return rights;
  }

  public Users users() {
    return users;
  }

  public List<Endpoint> endpoints() {
    return endpoints;
  }

  /** Mail that waits is dropped. */
  @Override
  public void close() {
    mail.close();
    providers.close();
  }
}
