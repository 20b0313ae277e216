package dev.millrace.bench;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Webhooks over HTTP against {@code ./millrace up}, everything saved to the events topic. */
@Command(name = "webhook", description = "Webhook workflows over HTTP, by wrk and at a fixed rate.")
final class WebhookBench implements Callable<Integer> {
  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final RunOptions options = new RunOptions();

  @Option(
      names = "--connections",
      split = ",",
      defaultValue = "1,50,200",
      description = "Numbers of connections (default ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init")
  private List<Integer> connections;

  @Option(
      names = "--workflow",
      split = ",",
      defaultValue = "W1,W1i,W2,W3,W4",
      description =
          "Which workflows, also W5 (HTTP), W6 (sub-workflow), W7 (loop); default"
              + " ${DEFAULT-VALUE}.")
  @SuppressWarnings("NullAway.Init")
  private List<String> names;

  @Option(
      names = "--rate",
      defaultValue = "50",
      description = "Requests a second of the fixed-rate run (default ${DEFAULT-VALUE}).")
  private int rate;

  @Override
  public Integer call() throws IOException, InterruptedException {
    try (WebhookRuns runs =
        new WebhookRuns(spec.commandLine().getOut(), names, options.port, options.seconds)) {
      runs.rounds(options.rounds, connections);
      runs.fixedRate(rate);
      return runs.end();
    }
  }
}
