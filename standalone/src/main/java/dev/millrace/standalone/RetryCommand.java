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

/** Retries an execution from its failed node. Exit code 1 when it failed. */
@Command(
    name = "retry",
    mixinStandardHelpOptions = true,
    description =
        "Runs an execution again from the node that failed, as a new execution that takes over what"
            + " was done before.")
final class RetryCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(paramLabel = "ID", description = "The execution.")
  @SuppressWarnings("NullAway.Init")
  private String executionId;

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
        server.with(history -> history.retry(executionId, current, Duration.ofSeconds(seconds)));
    return new RestartReport(spec.commandLine()).print(restarted, json);
  }
}
