package dev.millrace.control.users;

import dev.millrace.control.db.Ids;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who is signed in, in Redis: a session lives as long as it is refreshed. Each refresh token is
 * good once; one that comes again was stolen, from him or by him, and ends the session.
 * Thread-safe.
 */
final class Sessions {
  static final Duration LIFE = Duration.ofDays(14);
  private static final int SECRET = 40;

  /**
   * Hash of the token that was sent → hash of the next, or the session ends. In one step: of two
   * that come at once one is the second. The list of somebody's sessions lives as long as they do,
   * for all of them are to be ended by it.
   */
  private static final String ROTATE =
      """
      local now = redis.call('hget', KEYS[1], 'refresh')
      if not now then return {'gone'} end
      local user = redis.call('hget', KEYS[1], 'user')
      if now ~= ARGV[1] then
        redis.call('del', KEYS[1])
        redis.call('srem', 'millrace:sessions:' .. user, ARGV[4])
        return {'reused', user}
      end
      redis.call('hset', KEYS[1], 'refresh', ARGV[2])
      redis.call('pexpire', KEYS[1], ARGV[3])
      local all = 'millrace:sessions:' .. user
      redis.call('sadd', all, ARGV[4])
      redis.call('pexpire', all, ARGV[3])
      return {'ok', user, redis.call('hget', KEYS[1], 'means') or 'PASSWORD'}
      """;

  private final RedisStore store;

  /** By what somebody has proven who he is. */
  enum Means {
    PASSWORD,
    /** A password, and a code. */
    SECOND_FACTOR,
    /** An identity provider vouches for him. */
    PROVIDER
  }

  /**
   * A session as its owner gets it.
   *
   * @param refresh good once, for another one
   */
  record Opened(String id, String userId, Means means, String refresh) {
    /** Without the secret. */
    @Override
    public String toString() {
      return "Opened[" + id + "]";
    }
  }

  Sessions(RedisStore store) {
    this.store = store;
  }

  Opened open(String userId, Means means) {
    String id = Ids.next();
    String secret = Ids.random(SECRET);
    store.with(redis -> {
      redis.hset(key(id), Map.of("user", userId, "means", means.name(), "refresh", hash(secret)));
      redis.pexpire(key(id), LIFE.toMillis());
      redis.sadd(all(userId), id);
      return redis.pexpire(all(userId), LIFE.toMillis());
    });
    return new Opened(id, userId, means, id + "." + secret);
  }

  /**
   * Takes a refresh token for a new one.
   *
   * @throws MillraceException {@code NOT_SIGNED_IN} when it is none, or was used before; the
   *     session is over then
   */
  Opened refresh(String token) {
    int dot = token.indexOf('.');
    if (dot < 0) {
      throw over();
    }
    String id = token.substring(0, dot);
    String next = Ids.random(SECRET);
    Object result =
        store.with(redis ->
            redis.eval(
                ROTATE,
                List.of(key(id)),
                List.of(
                    hash(token.substring(dot + 1)),
                    hash(next),
                    String.valueOf(LIFE.toMillis()),
                    id)));
    if (result instanceof List<?> told && told.size() == 3 && "ok".equals(told.getFirst())) {
      return new Opened(
          id,
          String.valueOf(told.get(1)),
          Means.valueOf(String.valueOf(told.get(2))),
          id + "." + next);
    }
    throw over();
  }

  /** Whose session it is; empty when it is over. */
  Optional<String> user(String sessionId) {
    return Optional.ofNullable(store.with(redis -> redis.hget(key(sessionId), "user")));
  }

  void close(String sessionId, String userId) {
    store.with(redis -> {
      redis.srem(all(userId), sessionId);
      return redis.del(key(sessionId));
    });
  }

  /** Ends all sessions of somebody, as a new password does. */
  void closeAll(String userId) {
    store.with(redis -> {
      redis.smembers(all(userId)).forEach(id -> redis.del(key(id)));
      return redis.del(all(userId));
    });
  }

  private static MillraceException over() {
    return new MillraceException(ErrorCode.NOT_SIGNED_IN, "The session is over");
  }

  private static String key(String sessionId) {
    return "millrace:session:" + sessionId;
  }

  private static String all(String userId) {
    return "millrace:sessions:" + userId;
  }

  /** What is stored in place of a secret that nobody can guess. */
  static String hash(String secret) {
    return HexFormat.of().formatHex(digest(secret));
  }

  static byte[] digest(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException everyJreHasIt) {
      throw new IllegalStateException(everyJreHasIt);
    }
  }
}
