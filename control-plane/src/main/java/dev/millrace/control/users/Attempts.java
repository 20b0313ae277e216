package dev.millrace.control.users;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.time.Duration;

/**
 * Stops those who guess, and those who ask for what is costly: counts by account and by address.
 * All control planes of an installation count together. Thread-safe.
 */
final class Attempts {
  private static final Duration WINDOW = Duration.ofMinutes(15);
  private static final long OF_ACCOUNT = 10;

  private final RedisStore store;
  private final long ofAddress;

  /** An attempt that counts as failed until it is known better. */
  record Attempt(String account, String address) {}

  /**
   * @param ofAddress failures of all kinds that one address may have within 15 minutes
   */
  Attempts(RedisStore store, long ofAddress) {
    this.store = store;
    this.ofAddress = ofAddress;
  }

  /**
   * Begins an attempt to prove something.
   *
   * @param account whose proof it is
   * @throws MillraceException {@code TOO_MANY_REQUESTS} when there were too many that failed
   */
  Attempt begin(String kind, String account, String address) {
    Attempt attempt = new Attempt(key(kind, account), key("failures", address));
    if (store.count(attempt.address(), WINDOW.toMillis()) > ofAddress
        || store.count(attempt.account(), WINDOW.toMillis()) > OF_ACCOUNT) {
      throw tooMany(WINDOW);
    }
    return attempt;
  }

  /** Forgets what failed before for this account, and that this attempt might have. */
  void succeeded(Attempt attempt) {
    store.with(redis -> redis.del(attempt.account()));
    store.uncount(attempt.address());
  }

  /**
   * Counts something that needs no proof.
   *
   * @throws MillraceException {@code TOO_MANY_REQUESTS} when there were more than so many
   */
  void limit(String kind, String of, long most, Duration within) {
    if (!allows(kind, of, most, within)) {
      throw tooMany(within);
    }
  }

  /** The same, for where nobody is to learn of it. */
  boolean allows(String kind, String of, long most, Duration within) {
    return store.count(key(kind, of), within.toMillis()) <= most;
  }

  // Hashed: what somebody entered as his address may be his password.
  private static String key(String kind, String of) {
    return "millrace:attempts:" + kind + ":" + Sessions.hash(of);
  }

  private static MillraceException tooMany(Duration window) {
    return new MillraceException(
        ErrorCode.TOO_MANY_REQUESTS,
        "There were too many attempts; wait for " + window.toMinutes() + " minutes");
  }
}
