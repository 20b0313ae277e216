package dev.millrace.standalone.embedded;

import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is particular to a server that {@link ServerSupervisor} keeps running; called by the
 * supervisor's thread alone.
 *
 * @param <A> what clients need to reach it
 */
interface ServerProgram<A> {
  /** For people, such as {@code PostgreSQL}. */
  String name();

  /** Where it, and what prepares it, writes what it has to say. */
  Path log();

  /**
   * Makes ready whatever the server needs, and stops what is left of an earlier one. Called before
   * each start.
   *
   * @return the command to start it by
   * @throws MillraceException when it cannot be started as things are; a first start is not
   *     repeated then
   */
  ProcessBuilder prepare() throws IOException, InterruptedException;

  /**
   * Asks the server, which runs.
   *
   * @return how it is reached; empty while it does not answer yet
   * @throws MillraceException when it answers that it cannot serve
   */
  Optional<A> ask();

  /** Signals that stop it, the gentlest first; it is killed where none does. */
  List<String> stopSignals();

  /** The error that a failed start is reported as. */
  MillraceException failed(String why, @Nullable Throwable cause);
}
