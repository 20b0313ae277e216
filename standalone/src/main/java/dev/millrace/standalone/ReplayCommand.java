package dev.millrace.standalone;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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

  @Mixin private final RestartOptions restart = new RestartOptions();

  @Override
  public Integer call() {
    return restart.restart(
        spec.commandLine(),
        history ->
            history.replay(
                restart.executionId(), node, run, restart.current(), restart.patience()));
  }
}
