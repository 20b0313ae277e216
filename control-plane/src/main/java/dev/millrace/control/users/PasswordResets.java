package dev.millrace.control.users;

import dev.millrace.control.db.Ids;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Tokens by which a new password is set, each good once and for an hour. Thread-safe. */
final class PasswordResets {
  private static final Duration LIFE = Duration.ofHours(1);
  private static final int SECRET = 40;

  private final InstantSource clock;

  PasswordResets(InstantSource clock) {
    this.clock = clock;
  }

  /** A token that nobody has yet. */
  static String newToken() {
    return Ids.random(SECRET);
  }

  /**
   * Keeps a token for the account of an address. Does the same whether there is one or not.
   *
   * @return the account, where there is one that has a password and is open
   */
  Optional<User> create(Handle handle, String email, String token, Users users) {
    handle
        .createUpdate("delete from password_reset where expires_at <= :now")
        .bind("now", Timestamp.from(clock.instant()))
        .execute();
    Optional<String> user =
        handle
            .createQuery(
                "insert into password_reset (token_hash, user_id, expires_at) select :hash, id,"
                    + " :expires from app_user where lower(email) = lower(:email) and password_hash"
                    + " is not null and not disabled returning user_id")
            .bind("hash", Sessions.digest(token))
            .bind("expires", Timestamp.from(clock.instant().plus(LIFE)))
            .bind("email", email)
            .mapTo(String.class)
            .findOne();
    return users.find(handle, user.orElse(""));
  }

  /** Whose password a token sets, while it is good. */
  Optional<String> find(Handle handle, String token) {
    return handle
        .createQuery(
            "select user_id from password_reset where token_hash = :hash and expires_at > :now")
        .bind("hash", Sessions.digest(token))
        .bind("now", Timestamp.from(clock.instant()))
        .mapTo(String.class)
        .findOne();
  }

  /** Uses a token up, and with it all others of the account: answers whose it was, at most once. */
  Optional<String> take(Handle handle, String token) {
    Optional<String> user =
        handle
            .createQuery(
                "delete from password_reset where token_hash = :hash and expires_at > :now"
                    + " returning user_id")
            .bind("hash", Sessions.digest(token))
            .bind("now", Timestamp.from(clock.instant()))
            .mapTo(String.class)
            .findOne();
    user.ifPresent(id -> forget(handle, id));
    return user;
  }

  /** Makes all tokens of an account invalid. */
  void forget(Handle handle, String userId) {
    handle.execute("delete from password_reset where user_id = ?", userId);
  }
}
