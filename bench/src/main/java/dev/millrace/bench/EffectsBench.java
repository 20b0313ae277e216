package dev.millrace.bench;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A call to the outside (W5) beside what such a call costs in Kafka alone, in the same run. */
@Command(
    name = "effects",
    description = "W5 against a local echo, beside bare round trips through a share group.")
final class EffectsBench implements Callable<Integer> {
  private static final List<Integer> CONNECTIONS = List.of(1, 10, 50);

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Mixin private final RunOptions options = new RunOptions();

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Map<Integer, List<ShareRoundTrips.Result>> bare = new HashMap<>();
    try (WebhookRuns runs = new WebhookRuns(out, List.of("W5"), options.port, options.seconds);
        ShareRoundTrips trips = new ShareRoundTrips(Files.createTempDirectory("millrace-bare"))) {
      trips.run(10, options.seconds);
      for (int round = 1; round <= options.rounds; round++) {
        for (int count : CONNECTIONS) {
          bare.merge(
              count,
              List.of(trips.run(count, options.seconds)),
              (some, more) -> Stream.concat(some.stream(), more.stream()).toList());
        }
        runs.round(round, CONNECTIONS);
      }
      runs.print();
      for (int count : CONNECTIONS) {
        List<ShareRoundTrips.Result> all = bare.getOrDefault(count, List.of());
        double perSecond =
            WebhookRuns.median(all.stream().map(ShareRoundTrips.Result::perSecond).toList());
        double p50 =
            WebhookRuns.median(all.stream().map(ShareRoundTrips.Result::p50Millis).toList());
        out.printf(
            Locale.ROOT,
            "%d at a time: bare round trips %.0f/s, p50 %.1f ms; W5 has %.2f of the rate%n",
            count,
            perSecond,
            p50,
            runs.perSecond("W5", count) / perSecond);
      }
      return runs.end();
    }
  }
}
