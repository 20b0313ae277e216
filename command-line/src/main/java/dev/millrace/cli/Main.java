package dev.millrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The commands that work on a server, alone: what {@code ./millrace} starts for them, with a class
 * path that is small. Exit codes: see {@link ExitCodes}.
 */
@Command(
    name = "millrace",
    mixinStandardHelpOptions = true,
    description = "Works on a Millrace server, here or elsewhere.")
public final class Main implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  private Main() {}

  public static void main(String[] arguments) {
    // Not just a return: a thread of the HTTP client must not keep the command alive.
    System.exit(commandLine(Surroundings.ofProcess()).execute(arguments));
  }

  /** The command line; used by tests too. */
  static CommandLine commandLine(Surroundings here) {
    CommandLine root = new CommandLine(new Main());
    RemoteCommands.addTo(root, here);
    return root.setExecutionExceptionHandler((failure, command, parsed) ->
        RemoteCommands.tell(failure, command.getErr())
            .orElseGet(() -> {
              command.getErr().println(ExitCodes.line(failure));
              failure.printStackTrace(command.getErr());
              return ExitCodes.FAILED;
            }));
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Name a command.");
  }
}
