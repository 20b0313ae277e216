package dev.millrace.standalone;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** An effect worker alone, beside others of its group. */
@Command(
    name = "worker",
    mixinStandardHelpOptions = true,
    description = "Runs a worker alone: it makes calls to the outside, until Ctrl-C.")
final class WorkerCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final ClusterOptions cluster = new ClusterOptions();
  @Mixin private final OutsideOptions outside = new OutsideOptions();
  @Mixin private final StorageOptions storage = new StorageOptions();

  @Override
  public Integer call() throws InterruptedException {
    ClusterPart part =
        new ClusterPart(cluster, outside.credentials(), outside.allowed(), storage.storage());
    Service.run(
        part,
        spec.commandLine().getOut(),
        () -> {
          part.startWorker();
          return " as a worker";
        });
    return 0;
  }
}
