package dev.millrace.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine;

/** All commands that work on a server by its REST API. */
public final class RemoteCommands {
  /** The names of them; {@code ./millrace} starts these without the rest. */
  public static final List<String> NAMES =
      List.of(
          "login",
          "logout",
          "whoami",
          "workflow",
          "execution",
          "credential",
          "user",
          "project",
          "variable",
          "tag",
          "import-n8n");

  private RemoteCommands() {}

  /** Adds them to a command line, and one that prints its completions. */
  public static void addTo(CommandLine root, Surroundings here) {
    List<Object> commands =
        List.of(
            new LoginCommand(here),
            new LogoutCommand(here),
            new WhoamiCommand(here),
            new WorkflowCommands(),
            new ExecutionCommands(),
            new CredentialCommands(),
            new UserCommands(),
            new ProjectCommands(),
            new VariableCommands(),
            new TagCommands(),
            new ImportN8nCommand(here),
            new CompletionCommand());
    commands.forEach(command -> root.addSubcommand(new CommandLine(command, new Mixins(here))));
  }

  /**
   * Tells a failure in a line.
   *
   * @return its exit code; empty, and nothing told, for one that is not of these commands
   */
  public static OptionalInt tell(Throwable failure, PrintWriter err) {
    OptionalInt exit = ExitCodes.of(failure);
    if (exit.isPresent()) {
      err.println(ExitCodes.line(failure));
      err.flush();
    }
    return exit;
  }

  /** Makes what commands have in common for the methods that are commands. */
  private record Mixins(Surroundings here) implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      return type == Connection.class
          ? type.cast(new Connection(here))
          : CommandLine.defaultFactory().create(type);
    }
  }
}
