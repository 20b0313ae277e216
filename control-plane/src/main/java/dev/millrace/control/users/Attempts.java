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
   * @param ofAddress so much may fail for one address within 15 minutes, whatever it is, and so
   *     often it may ask for the same
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
      throw tooMany();
    }
    return attempt;
  }

  /** Forgets what failed before for this account, and that this attempt might have. */
  void succeeded(Attempt attempt) {
    store.with(redis -> redis.del(attempt.account()));
    store.uncount(attempt.address());
  }

  /**
   * Counts something that an address asks for without any proof.
   *
   * @throws MillraceException {@code TOO_MANY_REQUESTS} when it does so too often
   */
  void ask(String kind, String address) {
    if (!allows(kind, address, ofAddress, WINDOW)) {
      throw tooMany();
    }
  }

  /** Counts something, and answers whether it is among so many; for where nobody is to know. */
  boolean allows(String kind, String of, long most, Duration within) {
    return store.count(key(kind, of), within.toMillis()) <= most;
  }

  // Hashed: what somebody entered as his address may be his password.
  private static String key(String kind, String of) {
    return "millrace:attempts:" + kind + ":" + Sessions.hash(of);
  }

  private static MillraceException tooMany() {
    return new MillraceException(
        ErrorCode.TOO_MANY_REQUESTS,
        "There were too many attempts; wait for " + WINDOW.toMinutes() + " minutes");
  }
}
