package dev.millrace.standalone;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

  @Mixin private final RestartOptions restart = new RestartOptions();

  @Override
  public Integer call() {
    return restart.restart(
        spec.commandLine(),
        history -> history.retry(restart.executionId(), restart.current(), restart.patience()));
  }
}
