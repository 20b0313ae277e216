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
import java.util.function.Function;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

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
   * that come at once one is the second.
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
      return {'ok', user}
      """;

  private final UnifiedJedis redis;

  /**
   * A session as its owner gets it.
   *
   * @param refresh good once, for another one
   */
  record Opened(String id, String userId, String refresh) {}

  Sessions(UnifiedJedis redis) {
    this.redis = redis;
  }

  Opened open(String userId) {
    String id = Ids.next();
    String secret = Ids.random(SECRET);
    with(redis -> {
      redis.hset(key(id), Map.of("user", userId, "refresh", hash(secret)));
      redis.pexpire(key(id), LIFE.toMillis());
      redis.sadd(all(userId), id);
      return redis.pexpire(all(userId), LIFE.toMillis());
    });
    return new Opened(id, userId, id + "." + secret);
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
        with(redis ->
            redis.eval(
                ROTATE,
                List.of(key(id)),
                List.of(
                    hash(token.substring(dot + 1)),
                    hash(next),
                    String.valueOf(LIFE.toMillis()),
                    id)));
    if (result instanceof List<?> told && told.size() == 2 && "ok".equals(told.getFirst())) {
      return new Opened(id, String.valueOf(told.get(1)), id + "." + next);
    }
    throw over();
  }

  /** Whose session it is; empty when it is over. */
  Optional<String> user(String sessionId) {
    return Optional.ofNullable(with(redis -> redis.hget(key(sessionId), "user")));
  }

  void close(String sessionId, String userId) {
    with(redis -> {
      redis.srem(all(userId), sessionId);
      return redis.del(key(sessionId));
    });
  }

  /** Ends all sessions of somebody, as a new password does. */
  void closeAll(String userId) {
    with(redis -> {
      redis.smembers(all(userId)).forEach(id -> redis.del(key(id)));
      return redis.del(all(userId));
    });
  }

  /**
   * Counts an attempt.
   *
   * @return how many there were within the time, this one included
   */
  long attempt(String what, Duration within) {
    String key = "millrace:attempts:" + hash(what);
    return with(redis -> {
      long count = redis.incr(key);
      if (count == 1) {
        redis.pexpire(key, within.toMillis());
      }
      return count;
    });
  }

  void forgetAttempts(String what) {
    with(redis -> redis.del("millrace:attempts:" + hash(what)));
  }

  private <T> T with(Function<UnifiedJedis, T> work) {
    try {
      return work.apply(redis);
    } catch (JedisException away) {
      throw new MillraceException(
          ErrorCode.REDIS_UNAVAILABLE, "Nobody can be recognised right now", away);
    }
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
