package dev.millrace.standalone.embedded;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.file.Path;

/**
 * A real Redis as a child process, on the loopback address, with its data in a data folder, for as
 * long as this is open. A power cut loses what was written in the last second, a kill nothing. One
 * that ends by itself is started again at the same address. Thread-safe.
 *
 * <p>TODO
 */
public final class EmbeddedRedis implements AutoCloseable {
  private final ServerSupervisor<RedisSettings> supervisor;

  private EmbeddedRedis(ServerSupervisor<RedisSettings> supervisor) {
    this.supervisor = supervisor;
  }

  static void requireSupported(ServerPlatform platform) {
    if (!platform.hasServers()) {
      throw new MillraceException(
          ErrorCode.REDIS_UNAVAILABLE,
          "the Redis that comes along runs on Linux on amd64, not on "
              + platform
              + ": name one with --redis-url");
    }
  }

  /**
   * Begins to start it at a free port and returns at once.
   *
   * @param folder the data folder, which the caller has locked
   * @throws MillraceException {@code REDIS_UNAVAILABLE} on a machine that it does not run on
   */
  public static EmbeddedRedis start(Path folder) {
    requireSupported(ServerPlatform.current());
    return start(new RedisProgram(folder, null));
  }

  static EmbeddedRedis start(RedisProgram program) {
    return new EmbeddedRedis(ServerSupervisor.start(program));
  }

  /**
   * Waits until it has answered.
   *
   * @throws MillraceException {@code REDIS_UNAVAILABLE} when it does not start, with the reason
   */
  public RedisSettings settings() {
    return supervisor.await();
  }

  /** Stops it in good order, in 25 s at most, after which the folder may be used again. */
  @Override
  public void close() {
    supervisor.close();
  }
}
