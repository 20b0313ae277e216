package dev.millrace.standalone;

import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** An engine alone, beside others of its group. */
@Command(
    name = "engine",
    mixinStandardHelpOptions = true,
    description = "Runs an engine alone: it takes its share of the executions, until Ctrl-C.")
final class EngineCommand implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final ClusterOptions cluster = new ClusterOptions();
  @Mixin private final OutsideOptions outside = new OutsideOptions();
  @Mixin private final StorageOptions storage = new StorageOptions();
  @Mixin private final RetentionOptions retention = new RetentionOptions();

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Stream threads (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = "--standbys",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Engines beside the owner of a partition that keep a copy of its state (default:"
              + " ${DEFAULT-VALUE}).")
  private int standbys;

  @Option(
      names = "--session",
      paramLabel = "SECONDS",
      defaultValue = "6",
      description =
          "How long the others wait for this engine before they take over (default:"
              + " ${DEFAULT-VALUE}, the least that Kafka takes unless it is configured otherwise).")
  private int session;

  @Override
  public Integer call() throws InterruptedException {
    Duration keepFiles = retention.keepFiles();
    ClusterPart part =
        new ClusterPart(cluster, outside.credentials(), outside.allowed(), storage.storage());
    Service.run(
        part,
        spec.commandLine().getOut(),
        () -> {
          part.startEngine(threads, standbys, Duration.ofSeconds(session), keepFiles);
          return " as an engine";
        });
    return 0;
  }
}
