package dev.millrace.control.users;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.List;
import java.util.function.Function;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.SetParams;

/** What is known of sign-ins for a while. Thread-safe. */
final class RedisStore {
  private static final String COUNT =
      """
      local count = redis.call('incr', KEYS[1])
      if count == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
      return count
      """;

  /** What has ended meanwhile does not begin again below zero, and without an end. */
  private static final String UNCOUNT =
      """
      if redis.call('exists', KEYS[1]) == 1 then return redis.call('decr', KEYS[1]) end
      return 0
      """;

  private final UnifiedJedis redis;

  /**
   * @param redis stays the caller's
   */
  RedisStore(UnifiedJedis redis) {
    this.redis = redis;
  }

  /**
   * Does something with Redis.
   *
   * @throws MillraceException {@code REDIS_UNAVAILABLE}
   */
  <T> T with(Function<UnifiedJedis, T> work) {
    try {
      return work.apply(redis);
    } catch (JedisException away) {
      throw new MillraceException(
          ErrorCode.REDIS_UNAVAILABLE, "Nobody can be recognised right now", away);
    }
  }

  /** Adds one, and answers how many there were within the time, this one included. */
  long count(String key, long millis) {
    return with(redis -> {
      Object told = redis.eval(COUNT, List.of(key), List.of(String.valueOf(millis)));
      return told instanceof Long count ? count : 0L;
    });
  }

  /** Takes one back. */
  void uncount(String key) {
    with(redis -> redis.eval(UNCOUNT, List.of(key), List.of()));
  }

  /** Whether something comes for the first time within so many milliseconds. */
  boolean first(String key, long millis) {
    return "OK".equals(with(redis -> redis.set(key, "1", SetParams.setParams().nx().px(millis))));
  }
}
