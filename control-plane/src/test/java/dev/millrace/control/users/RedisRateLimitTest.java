package dev.millrace.control.users;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.control.RedisExtension;
import dev.millrace.control.access.Principal;
import dev.millrace.control.access.Role;
import dev.millrace.control.db.Ids;
import java.net.URI;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.RedisClient;

@ExtendWith(RedisExtension.class)
final class RedisRateLimitTest {
  @Test
  void oneTooManyIsToldAndOthersAreNotHeldUp(URI redis) {
    Principal session = caller(Optional.of("session"));
    Principal key =
        new Principal(
            session.userId(), session.email(), Role.MEMBER, Optional.empty(), Optional.empty());
    try (RedisClient client = RedisClient.create(redis)) {
      RedisRateLimit limit = new RedisRateLimit(client, 3);

      assertThat(limit.count(session).remaining()).isEqualTo(2);
      limit.count(session);
      assertThat(limit.count(session).remaining()).isZero();
      assertThat(limit.count(session).remaining()).isNegative();
      assertThat(limit.count(session).resetSeconds()).isBetween(1L, 60L);
      assertThat(limit.count(key).remaining()).isEqualTo(2);
      assertThat(limit.count(caller(Optional.of("other"))).remaining()).isEqualTo(2);
    }
  }

  @Test
  void withRedisAwayNobodyIsRefused() {
    try (RedisClient client = RedisClient.create(URI.create("redis://127.0.0.1:1"))) {
      RedisRateLimit limit = new RedisRateLimit(client, 3);

      assertThat(limit.count(caller(Optional.empty())).remaining()).isEqualTo(3);
    }
  }

  private static Principal caller(Optional<String> session) {
    return new Principal(Ids.next(), "a@example.com", Role.MEMBER, Optional.empty(), session);
  }
}
