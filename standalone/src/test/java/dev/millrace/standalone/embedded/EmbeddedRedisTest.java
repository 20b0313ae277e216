package dev.millrace.standalone.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class EmbeddedRedisTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final LogCapture logged = new LogCapture();
  private Path folder;
  private EmbeddedRedis redis;

  @BeforeAll
  void firstStart(@TempDir Path temporary) throws Exception {
    assumeTrue(EmbeddedPostgres.isSupported(), "Redis comes along for Linux on amd64 alone");
    // A path that Redis's configuration has to quote.
    folder = Files.createDirectory(temporary.resolve("a \"folder\""));
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    redis = EmbeddedRedis.start(folder);
    redis.settings();
  }

  @AfterAll
  void stop() {
    if (redis != null) {
      redis.close();
    }
    logged.close();
  }

  @Test
  void itIsReachedWithItsPasswordAlone() throws Exception {
    URI uri = redis.settings().uri();
    assertThat(uri.getHost()).isEqualTo("127.0.0.1");
    String password = uri.getUserInfo().substring(1);
    assertThat(password).hasSize(43);
    try (RedisClient stranger = RedisClient.create("redis://127.0.0.1:" + uri.getPort())) {
      assertThatThrownBy(() -> stranger.get("key")).isInstanceOf(JedisException.class);
    }

    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("redis/redis.conf"))))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("redis"))))
        .isEqualTo("rwx------");
    assertThat(redis.settings().toString()).doesNotContain(password);
    assertThat(ProcessList.visible(process().pid())).noneMatch(line -> line.contains(password));
    assertThat(logged.lines()).noneMatch(line -> line.contains(password));
    assertThat(Files.readString(folder.resolve("redis.log"))).doesNotContain(password);
  }

  @Test
  void itForgetsNothingByItself() {
    try (RedisClient client = RedisClient.create(redis.settings().uri())) {
      assertThat(client.info("persistence")).contains("aof_enabled:1");
      assertThat(client.info("memory"))
          .contains("maxmemory:67108864", "maxmemory_policy:noeviction");
    }
  }

  @Test
  void whatWasWrittenIsThereAfterAKillAtTheSameAddress() throws Exception {
    RedisSettings settings = redis.settings();
    set("killed", "kept");
    ProcessHandle first = process();

    first.destroyForcibly();

    await().atMost(PATIENCE).until(() -> !first.isAlive());
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(get("killed")).isEqualTo("kept"));
    assertThat(redis.settings()).isEqualTo(settings);
  }

  @Test
  void whatWasWrittenIsThereAfterAStopAndAStart() throws Exception {
    set("stopped", "kept");

    redis.close();

    assertThat(new ServerProcesses(folder.resolve("redis"), "redis-server").find()).isEmpty();
    redis = EmbeddedRedis.start(folder);
    assertThat(get("stopped")).isEqualTo("kept");
  }

  @Test
  void aServerThatNobodyWatchesIsStoppedAtTheNextStart() throws Exception {
    set("orphaned", "kept");
    redis.close();
    Process orphan = new RedisProgram(folder, null).prepare().start();
    ServerProcesses processes = new ServerProcesses(folder.resolve("redis"), "redis-server");
    await().atMost(PATIENCE).until(() -> !processes.find().isEmpty());

    redis = EmbeddedRedis.start(folder);

    assertThat(get("orphaned")).isEqualTo("kept");
    assertThat(orphan.isAlive()).isFalse();
  }

  @Test
  void asAnotherUserWhereNamespacesAreForbidden() throws Exception {
    assumeTrue(
        Isolation.isRoot() && Isolation.asNobody().works(), "only root can become another user");
    set("other user", "kept");
    redis.close();

    redis = EmbeddedRedis.start(new RedisProgram(folder, Isolation.asNobody()));

    assertThat(get("other user")).isEqualTo("kept");
    assertThat(Files.getAttribute(Path.of("/proc/" + process().pid()), "unix:uid"))
        .isEqualTo(65534);
    redis.close();
    redis = EmbeddedRedis.start(folder);
    assertThat(get("other user")).isEqualTo("kept");
  }

  @Test
  void aFileThatIsNoFileOfRedisIsAClearError(@TempDir Path other) throws Exception {
    Files.createDirectories(other.resolve("redis"));
    Files.writeString(other.resolve("redis/appendonly.aof"), "nonsense");

    try (EmbeddedRedis refused = EmbeddedRedis.start(other)) {
      assertThatThrownBy(refused::settings)
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.REDIS_UNAVAILABLE))
          .hasMessageContaining("exit code 1")
          .hasMessageContaining("Bad file format")
          .hasMessageContaining("--redis-url");
    }
  }

  @Test
  void anotherMachineIsToldToNameARedis() {
    assertThatThrownBy(() -> EmbeddedRedis.requireSupported(new ServerPlatform("Linux", "aarch64")))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.REDIS_UNAVAILABLE))
        .hasMessageContaining("Linux on aarch64")
        .hasMessageContaining("--redis-url");
  }

  @Test
  void aNamedRedisIsTakenAsItIs() {
    assertThat(RedisSettings.of("redis://r.example.com", Optional.empty()).uri())
        .hasToString("redis://r.example.com:6379");
    assertThat(RedisSettings.of("rediss://app@r.example.com:7000/2", Optional.of("a b@/%")).uri())
        .hasToString("rediss://app:a%20b%40%2F%25@r.example.com:7000/2")
        .extracting(URI::getUserInfo)
        .isEqualTo("app:a b@/%");
    assertThat(RedisSettings.of("redis://app:old@r:7000", Optional.of("new")).uri())
        .hasToString("redis://app:new@r:7000");
    assertThatThrownBy(() -> RedisSettings.of("http://:canary@r", Optional.empty()))
        .isInstanceOf(MillraceException.class)
        .hasMessageNotContaining("canary");
  }

  private ProcessHandle process() throws Exception {
    return new ServerProcesses(folder.resolve("redis"), "redis-server").find().getFirst();
  }

  private void set(String key, String value) {
    try (RedisClient client = RedisClient.create(redis.settings().uri())) {
      client.set(key, value);
    }
  }

  private String get(String key) {
    try (RedisClient client = RedisClient.create(redis.settings().uri())) {
      return client.get(key);
    }
  }
}
