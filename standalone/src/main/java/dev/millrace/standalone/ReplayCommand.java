package dev.millrace.standalone;

import dev.millrace.standalone.history.ExecutionHistory;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Replays an execution from a node. Exit code 1 when it failed. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description =
        "Runs an execution that is over again from a node, with the inputs that the node had, as a"
            + " new execution that takes over what was done before.")
final class ReplayCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(paramLabel = "ID", description = "The execution.")
  @SuppressWarnings("NullAway.Init")
  private String executionId;

  @Option(
      names = "--from",
      paramLabel = "NODE",
      required = true,
      description = "The node to begin with.")
  @SuppressWarnings("NullAway.Init")
  private String node;

  @Option(
      names = "--run",
      paramLabel = "N",
      defaultValue = "0",
      description = "Which run of the node, where it ran several times (default: the first, 0).")
  private int run;

  @Option(
      names = "--current",
      description = "In the version that is published now, instead of the one that it ran in.")
  private boolean current;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "How long to wait for its end (default: ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(names = "--json", description = "Print the outcome as JSON.")
  private boolean json;

  @Mixin private final ServerOptions server = new ServerOptions();

  @Override
  public Integer call() {
    ExecutionHistory.Restarted restarted =
        server.with(history ->
            history.replay(executionId, node, run, current, Duration.ofSeconds(seconds)));
    return new RestartReport(spec.commandLine()).print(restarted, json);
  }
}
