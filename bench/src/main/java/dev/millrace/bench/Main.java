package dev.millrace.bench;

import dev.millrace.chaos.ChaosCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The commands of {@code ./millrace} that measure and break: {@code bench} and {@code chaos}. */
@Command(
    name = "millrace",
    subcommands = {Main.Bench.class, ChaosCommand.class, HelpCommand.class},
    description = "Measures and breaks Millrace.")
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    java.util.logging.Logger.getLogger("").setLevel(java.util.logging.Level.SEVERE);
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  /** The benchmarks. */
  @Command(
      name = "bench",
      description = "Benchmarks; each prints its figures and exits 1 on errors.",
      subcommands = {
        EngineBench.class,
        WebhookBench.class,
        EffectsBench.class,
        WaitsBench.class,
        SubBench.class,
        LoopBench.class,
        ScaleBench.class,
        HelpCommand.class
      })
  static final class Bench {}
}
