package dev.millrace.control.users;

import dev.millrace.control.db.Ids;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Tokens by which those who were invited get in, each good once and for 7 days. Thread-safe. */
final class Invitations {
  private static final Duration LIFE = Duration.ofDays(7);
  private static final int SECRET = 40;

  private final InstantSource clock;

  Invitations(InstantSource clock) {
    this.clock = clock;
  }

  /** Makes the token of an account, in place of one that there is. */
  String create(Handle handle, String userId) {
    String token = Ids.random(SECRET);
    handle
        .createUpdate(
            "insert into invitation (user_id, token_hash, expires_at) values (:user, :hash,"
                + " :expires) on conflict (user_id) do update set token_hash ="
                + " excluded.token_hash, expires_at = excluded.expires_at")
        .bind("user", userId)
        .bind("hash", Sessions.digest(token))
        .bind("expires", Timestamp.from(clock.instant().plus(LIFE)))
        .execute();
    return token;
  }

  /** Whose account a token is for, while it is good. */
  Optional<String> find(Handle handle, String token) {
    return handle
        .createQuery(
            "select user_id from invitation where token_hash = :hash and expires_at > :now")
        .bind("hash", Sessions.digest(token))
        .bind("now", Timestamp.from(clock.instant()))
        .mapTo(String.class)
        .findOne();
  }

  /** Uses a token up: answers whose account it is for, at most once. */
  Optional<String> take(Handle handle, String token) {
    return handle
        .createQuery(
            "delete from invitation where token_hash = :hash and expires_at > :now returning"
                + " user_id")
        .bind("hash", Sessions.digest(token))
        .bind("now", Timestamp.from(clock.instant()))
        .mapTo(String.class)
        .findOne();
  }

  /** Nobody gets in by the invitation of an account any more. */
  void forget(Handle handle, String userId) {
    handle.execute("delete from invitation where user_id = ?", userId);
  }
}
