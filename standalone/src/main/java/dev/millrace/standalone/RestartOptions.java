package dev.millrace.standalone;

import dev.millrace.standalone.history.ExecutionHistory;
import java.time.Duration;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which execution is begun again, and what is told of it. */
final class RestartOptions {
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

  String executionId() {
    return executionId;
  }

  boolean current() {
    return current;
  }

  /** How long to wait for its end. */
  Duration patience() {
    return Duration.ofSeconds(seconds);
  }

  /** Begins it and prints what comes of it; the exit code. */
  int restart(CommandLine line, Function<ExecutionHistory, ExecutionHistory.Restarted> work) {
    return new RestartReport(line).print(server.with(work), json);
  }
}
