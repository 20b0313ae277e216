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

/** A sub-workflow (W6) beside a workflow that calls none (W1), in the same run. */
@Command(name = "sub", description = "W6, a call of another workflow, beside W1.")
final class SubBench implements Callable<Integer> {
  private static final List<String> WORKFLOWS = List.of("W1", "W6");
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
      for (int count : CONNECTIONS) {
        out.printf(
            Locale.ROOT,
            "W6 takes %.1f times the processor time of W1 at %d connections, and %.1f times as long%n",
            runs.cpuMillis("W6", count) / runs.cpuMillis("W1", count),
            count,
            runs.p50("W6", count) / runs.p50("W1", count));
      }
      return runs.end();
    }
  }
}
