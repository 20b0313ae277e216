package dev.millrace.bench;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A loop of a hundred batches of ten items (W7). */
@Command(name = "loop", description = "W7, a loop of a hundred batches.")
final class LoopBench implements Callable<Integer> {
  private static final List<String> WORKFLOWS = List.of("W7");
  private static final List<Integer> CONNECTIONS = List.of(1, 50);

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final RunOptions options = new RunOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    try (WebhookRuns runs = new WebhookRuns(out, WORKFLOWS, options.port, options.seconds)) {
      runs.rounds(options.rounds, CONNECTIONS);
      out.printf(
          Locale.ROOT,
          "a lone W7 takes %.1f ms, n8n 465: x%.1f%n",
          runs.p50("W7", 1),
          465 / runs.p50("W7", 1));
      return runs.end();
    }
  }
}
