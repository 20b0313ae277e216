package dev.millrace.standalone.embedded;

import dev.millrace.control.db.Database;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.nio.file.Path;

/**
 * A real PostgreSQL as a child process, on the loopback address, with its data in a data folder,
 * for as long as this is open. It loses nothing that was committed. One that ends by itself is
 * started again at the same address; until then connections to it fail. Thread-safe.
 *
 * <p>On two cores it takes TODO.
 */
public final class EmbeddedPostgres implements AutoCloseable {
  private final ServerSupervisor<Database.Settings> supervisor;

  private EmbeddedPostgres(ServerSupervisor<Database.Settings> supervisor) {
    this.supervisor = supervisor;
  }

  /** Whether the programs that come along run on this machine. */
  public static boolean isSupported() {
    return ServerPlatform.current().hasServers();
  }

  static void requireSupported(ServerPlatform platform) {
    if (!platform.hasServers()) {
      throw new MillraceException(
          ErrorCode.DATABASE_UNAVAILABLE,
          "the PostgreSQL that comes along runs on Linux on amd64, not on "
              + platform
              + ": name one with --database-url");
    }
  }

  /**
   * Begins to start it and returns at once.
   *
   * @param folder the data folder, which the caller has locked
   * @param port 0 for a free one, which is remembered in the folder
   * @throws MillraceException {@code DATABASE_UNAVAILABLE} on a machine that it does not run on
   */
  public static EmbeddedPostgres start(Path folder, int port) {
    requireSupported(ServerPlatform.current());
    return start(new PostgresProgram(folder, port, null));
  }

  static EmbeddedPostgres start(PostgresProgram program) {
    return new EmbeddedPostgres(ServerSupervisor.start(program));
  }

  /**
   * Waits until it has answered.
   *
   * @return the database of the application and its user, who owns it
   * @throws MillraceException {@code DATABASE_UNAVAILABLE} when it does not start, with the reason
   */
  public Database.Settings settings() {
    return supervisor.await();
  }

  /** Stops it in good order, in 25 s at most, after which the folder may be used again. */
  @Override
  public void close() {
    supervisor.close();
  }
}
