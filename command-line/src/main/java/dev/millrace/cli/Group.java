package dev.millrace.cli;

import dev.millrace.cli.api.HttpApi;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that is only a name for others, which are its methods. */
abstract class Group implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Override
  public Integer call() {
    throw new ParameterException(
        spec.commandLine(),
        "Name a command of "
            + spec.qualifiedName()
            + ": "
            + String.join(", ", spec.subcommands().keySet())
            + ".");
  }

  final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Tells what was done. */
  final void say(String line) {
    out().println(Table.shown(line));
    out().flush();
  }

  /** Does the same to several things of a server, each for itself. */
  final int each(Connection connection, List<String> ids, BiConsumer<HttpApi, String> work) {
    return connection.call(api -> ExitCodes.each(ids, err(), id -> work.accept(api, id)));
  }

  /**
   * Deletes several things.
   *
   * @param path of one of them, with {@code {}} for its id
   */
  final int deleteEach(Connection connection, List<String> ids, String path) {
    return each(
        connection,
        ids,
        (api, id) -> {
          api.delete(HttpApi.path(path, id));
          say(id + " is deleted.");
        });
  }

  /** Refuses a command line. */
  final ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
