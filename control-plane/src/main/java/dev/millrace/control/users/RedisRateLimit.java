package dev.millrace.control.users;

import dev.millrace.control.access.Principal;
import dev.millrace.control.http.RateLimit;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * So many requests a minute for each user, those by his API keys counted apart from those by his
 * sessions, so that a program that runs wild does not lock him out. All control planes of an
 * installation count together. With Redis away nothing is counted. Thread-safe.
 */
final class RedisRateLimit implements RateLimit {
  private static final Logger LOG = LoggerFactory.getLogger(RedisRateLimit.class);
  private static final Duration WINDOW = Duration.ofMinutes(1);

  private static final String COUNT =
      """
      local count = redis.call('incr', KEYS[1])
      if count == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
      return {count, redis.call('pttl', KEYS[1])}
      """;

  private final UnifiedJedis redis;
  private final long limit;

  RedisRateLimit(UnifiedJedis redis, long limit) {
    this.redis = redis;
    this.limit = limit;
  }

  @Override
  public Standing count(Principal caller) {
    String key =
        "millrace:requests:" + caller.userId() + (caller.sessionId().isPresent() ? "" : ":keys");
    try {
      Object told = redis.eval(COUNT, List.of(key), List.of(String.valueOf(WINDOW.toMillis())));
      if (told instanceof List<?> both
          && both.size() == 2
          && both.get(0) instanceof Long count
          && both.get(1) instanceof Long millis) {
        return new Standing(limit, limit - count, Math.max(1, (millis + 999) / 1000));
      }
    } catch (JedisException away) {
      LOG.debug("requests are not counted", away);
    }
    return new Standing(limit, limit, WINDOW.toSeconds());
  }
}
