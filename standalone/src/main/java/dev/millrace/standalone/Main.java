package dev.millrace.standalone;

import dev.millrace.cli.RemoteCommands;
import dev.millrace.cli.Surroundings;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code ./millrace}. Exit codes: 0 done, 1 the work failed, 2 the command line is
 * wrong, 3 nobody is signed in, 4 something is not found.
 */
@Command(
    name = "millrace",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Runs n8n workflows as a Kafka Streams dataflow, exactly once.",
    subcommands = {
      UpCommand.class,
      EngineCommand.class,
      WorkerCommand.class,
      IngressCommand.class,
      RunCommand.class,
      ExecutionsCommand.class,
      LimitsCommand.class,
      RetryCommand.class,
      ReplayCommand.class,
      CancelCommand.class,
      BacktestCommand.class,
      RecordStartCommand.class,
      ConformanceCommand.class,
      HelpCommand.class
    },
    footer = {
      "",
      "In a checkout there is also:",
      "  test         Build everything and run all tests.",
      "  bench        Benchmarks.",
      "  chaos        Long tests of crashes.",
    })
public final class Main implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  private Main() {}

  public static void main(String[] arguments) {
    Logging.configure();
    int exitCode = CommandLine.ExitCode.SOFTWARE;
    try {
      exitCode = commandLine().execute(arguments);
    } catch (Throwable defect) {
      // The command line handles exceptions, but not errors.
      report(defect, new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    } finally {
      // Not just a return: a thread of a library must not keep the command alive.
      System.exit(exitCode);
    }
  }

  /** The command line with all its commands; used by tests too. */
  static CommandLine commandLine() {
    return commandLine(Surroundings.ofProcess());
  }

  /** The same, where the commands that work on a server have other surroundings. */
  static CommandLine commandLine(Surroundings here) {
    CommandLine root = new CommandLine(new Main());
    RemoteCommands.addTo(root, here);
    return root.setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((failure, command, parsed) ->
            RemoteCommands.tell(failure, command.getErr())
                .orElseGet(() -> {
                  report(failure, command.getErr());
                  return CommandLine.ExitCode.SOFTWARE;
                }));
  }

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "Name a command.");
  }

  /** Prints an error of the catalogue as one line and what to do; another one with its trace. */
  static void report(Throwable failure, PrintWriter err) {
    if (failure instanceof MillraceException known) {
      err.println(line(known));
      return;
    }
    err.println(ErrorCode.INTERNAL.code() + " " + failure);
    failure.printStackTrace(err);
  }

  /** {@code code message. What to do.} */
  static String line(MillraceException failure) {
    String text = failure.text();
    return failure.code().code()
        + " "
        + text
        + (text.endsWith(".") ? " " : ". ")
        + failure.code().advice();
  }

  /** The version that the jar's manifest carries. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"millrace " + (version == null ? "(from sources)" : version)};
    }
  }
}
