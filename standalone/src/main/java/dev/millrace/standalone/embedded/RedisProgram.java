package dev.millrace.standalone.embedded;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Redis with its data in a data folder: its program in {@code redis-bin-VERSION}, its data and its
 * configuration, with a password that is new at each start of this process, in {@code redis}, for
 * their owner alone; what it has to say in {@code redis.log}.
 */
final class RedisProgram implements ServerProgram<RedisSettings> {
  private static final String VERSION = "6.2.6-v5";
  private static final String BINARY = "/redis-server-" + VERSION + "-linux-amd64";
  private static final String PREFIX = "redis-bin-";

  /** The name by which a process of it is known. */
  private static final String PROGRAM = "redis-server";

  private static final Duration ORPHAN_LIMIT = Duration.ofSeconds(10);
  private static final int ANSWER_MILLIS = 2_000;

  private final Path root;
  private final Path data;
  private final Path configuration;
  private final String password = SecretFile.randomPassword();
  private @Nullable Isolation isolation;
  private int port;

  /** Whether clients may know the port. */
  private boolean answered;

  /**
   * @param root the data folder, which nobody else has
   * @param isolation how it is started; null for what works
   */
  RedisProgram(Path root, @Nullable Isolation isolation) {
    this.root = root.toAbsolutePath().normalize();
    this.data = this.root.resolve("redis");
    this.configuration = data.resolve("redis.conf");
    this.isolation = isolation;
  }

  @Override
  public String name() {
    return "Redis";
  }

  @Override
  public Path log() {
    return root.resolve("redis.log");
  }

  @Override
  public List<String> stopSignals() {
    return List.of("TERM");
  }

  @Override
  public MillraceException failed(String why, @Nullable Throwable cause) {
    return new MillraceException(
        ErrorCode.REDIS_UNAVAILABLE, why + "; --redis-url names another one", cause);
  }

  @Override
  public ProcessBuilder prepare() throws IOException, InterruptedException {
    new ServerProcesses(data, PROGRAM).stop("TERM", ORPHAN_LIMIT);
    Isolation how = isolation == null ? Isolation.find() : isolation;
    isolation = how;
    Path folder = root.resolve(PREFIX + VERSION);
    if (!Files.isDirectory(folder)) {
      ProgramFolder.make(folder, RedisProgram::unpackInto);
      ProgramFolder.deleteOthers(root, PREFIX, folder);
    }
    Files.createDirectories(data);
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    if (!answered) {
      port = FreePort.find();
    }
    SecretFile.write(configuration, configuration());
    how.give(configuration, data);
    return how.command(
        List.of(folder.resolve(PROGRAM).toString(), configuration.toString()), "TERM", log());
  }

  private static void unpackInto(Path folder) throws IOException {
    try (InputStream binary = RedisProgram.class.getResourceAsStream(BINARY);
        FileChannel file =
            FileChannel.open(
                folder.resolve(PROGRAM), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (binary == null) {
        throw new MillraceException(
            ErrorCode.REDIS_UNAVAILABLE, "Redis's program is missing on the class path: " + BINARY);
      }
      binary.transferTo(Channels.newOutputStream(file));
    }
    var allRun = PosixFilePermissions.fromString("rwxr-xr-x");
    Files.setPosixFilePermissions(folder.resolve(PROGRAM), allRun);
    Files.setPosixFilePermissions(folder, allRun);
  }

  /** Every setting but the plain wiring says why it is not Redis's default. */
  private String configuration() {
    return """
    # Written at each start.
    bind 127.0.0.1
    port %d
    dir "%s"
    requirepass %s

    # Every write goes into a file that is brought to the disk each second. A kill of the process
    # loses nothing; a power cut loses the last second: sessions and revocations that are as new,
    # and counters of rates.
    appendonly yes
    appendfsync everysec
    # The file says everything already; a snapshot would copy the process each time.
    save ""
    # The file is written anew when it has doubled, from 64 MB on by default; there is little in it.
    auto-aof-rewrite-min-size 8mb

    # More than the sessions of an installation take. A write beyond it fails: forgetting something
    # instead could be a revocation, and a token would be good again.
    maxmemory 64mb
    maxmemory-policy noeviction

    # Start and end, and what goes wrong.
    loglevel notice
    """
        .formatted(port, quoted(data.toString()), password);
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  @Override
  public Optional<RedisSettings> ask() {
    try (Connection connection =
        new Connection(
            new HostAndPort("127.0.0.1", port),
            DefaultJedisClientConfig.builder()
                .password(password)
                .timeoutMillis(ANSWER_MILLIS)
                .build())) {
      answered = connection.ping();
      return answered ? Optional.of(RedisSettings.local(port, password)) : Optional.empty();
    } catch (JedisException notYet) {
      // Not there, or still reading its file.
      return Optional.empty();
    }
  }
}
