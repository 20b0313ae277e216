package dev.millrace.standalone;

import dev.millrace.engine.ExecutionStatus;
import dev.millrace.standalone.history.ExecutionHistory;
import dev.millrace.value.Json;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Cancels an execution. Exit code 1 when it had ended otherwise before. */
@Command(
    name = "cancel",
    mixinStandardHelpOptions = true,
    description = "Cancels an execution at once, a call that it makes included.")
final class CancelCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Parameters(paramLabel = "ID", description = "The execution.")
  @SuppressWarnings("NullAway.Init")
  private String executionId;

  @Option(names = "--json", description = "Print the outcome as JSON.")
  private boolean json;

  @Mixin private final ServerOptions server = new ServerOptions();

  @Override
  public Integer call() {
    ExecutionStatus status = server.with((ExecutionHistory history) -> history.cancel(executionId));
    spec.commandLine()
        .getOut()
        .println(
            json
                ? Json.pretty(Map.of("executionId", executionId, "status", status.json()), 2)
                : "Execution " + executionId + " ended with " + status.json() + ".");
    return status == ExecutionStatus.CANCELED ? 0 : 1;
  }
}
