package dev.millrace.bench;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Webhooks over HTTP against {@code ./millrace up}, everything saved to the events topic. */
@Command(name = "webhook", description = "Webhook workflows over HTTP, by wrk and at a fixed rate.")
final class WebhookBench implements Callable<Integer> {
  /**
   * A workflow of the benchmark.
   *
   * @param n8nPerSecond what n8n 2.41 answers a second, whatever the connections; 0: not measured
   * @param more files of workflows that it calls
   */
  private record Subject(
      String name, String file, String path, String body, double n8nPerSecond, String... more) {}

  private static final List<Subject> SUBJECTS =
      List.of(
          new Subject("W1", "W1-set-last-node.json", "w1", "small.json", 45),
          new Subject("W1i", "W1i-set-immediate.json", "w1i", "small.json", 0),
          new Subject("W2", "W2-set-if-set.json", "w2", "small.json", 45),
          new Subject("W3", "W3-code.json", "w3", "rows100.json", 38),
          new Subject("W4", "W4-split-filter-set-aggregate.json", "w4", "rows100.json", 16),
          new Subject("W5", "W5-http.json", "w5", "small.json", 40),
          new Subject(
              "W6", "W6-sub-workflow.json", "w6", "small.json", 22, "W6-sub-workflow-child.json"),
          new Subject("W7", "W7-loop-webhook.json", "w7", "rows1000.json", 2.15));

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

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
      names = "--seconds",
      defaultValue = "6",
      description = "Length of a run (default ${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "Interleaved rounds, of which the median counts (default ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--rate",
      defaultValue = "50",
      description = "Requests a second of the fixed-rate run (default ${DEFAULT-VALUE}).")
  private int rate;

  @Option(
      names = "--port",
      defaultValue = "5689",
      description = "Port for the server under test (default ${DEFAULT-VALUE}).")
  private int port;

  private record Key(Subject subject, int connections) {}

  private record Sample(Wrk.Result load, double cpuMillis, double kafkaBytes) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (!Wrk.installed()) {
      throw new MillraceException(
          ErrorCode.INTERNAL, "wrk is missing; install it (Debian: apt-get install wrk)");
    }
    PrintWriter out = spec.commandLine().getOut();
    Path directory = Files.createTempDirectory("millrace-bench");
    Path workflows = Files.createDirectories(directory.resolve("workflows"));
    List<Subject> subjects = SUBJECTS.stream().filter(s -> names.contains(s.name())).toList();
    for (Subject subject : subjects) {
      for (String file :
          Stream.concat(Stream.of(subject.file()), Stream.of(subject.more())).toList()) {
        Files.write(workflows.resolve(file), BenchParts.resource("/bench/workflows/" + file));
      }
    }
    long errors = 0;
    try (EchoServer outside = EchoServer.start(EchoServer.PORT);
        UpProcess up =
            UpProcess.start(
                Path.of(System.getProperty("millrace.home", ".")),
                directory.resolve("data"),
                workflows,
                port)) {
      out.printf(
          Locale.ROOT,
          "up ready after %.1f s, %d MB resident%n",
          up.secondsToReady(),
          up.residentMegabytes());
      out.printf("workflows that call a service call port %d%n", outside.port());
      for (Subject subject : subjects) {
        Wrk.post(url(up, subject), body(subject), 20, Math.max(3, seconds), directory);
      }
      Map<Key, List<Sample>> samples = new LinkedHashMap<>();
      for (int round = 0; round < rounds; round++) {
        for (int count : connections) {
          for (Subject subject : subjects) {
            samples
                .computeIfAbsent(new Key(subject, count), key -> new ArrayList<>())
                .add(sample(up, subject, count, directory));
          }
        }
        // Over many rounds this shows whether the process grows under load.
        out.printf("round %d: %d MB resident%n", round + 1, up.residentMegabytes());
        out.flush();
      }
      out.printf(
          "%-4s %5s %10s %9s %9s %8s %8s %8s %7s%n",
          "flow", "conns", "answers/s", "p50 ms", "p99 ms", "cpu ms", "bytes", "vs n8n", "errors");
      for (Map.Entry<Key, List<Sample>> entry : samples.entrySet()) {
        errors += print(out, entry.getKey(), entry.getValue());
      }
      for (Subject subject : subjects) {
        ConstantRate.Result result =
            ConstantRate.post(url(up, subject), body(subject), rate, seconds);
        errors += result.errors();
        out.printf(
            Locale.ROOT,
            "%-4s fixed rate %d/s: p50 %.1f ms, p99 %.1f ms, max %.1f ms, errors %d%n",
            subject.name(),
            rate,
            result.p50(),
            result.p99(),
            result.max(),
            result.errors());
      }
      out.printf("%d MB resident after the benchmark%n", up.residentMegabytes());
    }
    out.printf("errors %d%n", errors);
    out.flush();
    return errors == 0 ? 0 : 1;
  }

  private Sample sample(UpProcess up, Subject subject, int count, Path directory)
      throws IOException, InterruptedException {
    double cpu = up.cpuSeconds();
    long bytes = up.kafkaBytes();
    Wrk.Result load = Wrk.post(url(up, subject), body(subject), count, seconds, directory);
    double requests = Math.max(1, load.requests());
    return new Sample(
        load, (up.cpuSeconds() - cpu) * 1_000 / requests, (up.kafkaBytes() - bytes) / requests);
  }

  private static long print(PrintWriter out, Key key, List<Sample> samples) {
    double perSecond = median(samples.stream().map(s -> s.load().perSecond()).toList());
    long errors = samples.stream().mapToLong(s -> s.load().errors()).sum();
    double n8n = key.subject().n8nPerSecond();
    out.printf(
        Locale.ROOT,
        "%-4s %5d %10.0f %9.1f %9.1f %8.2f %8.0f %8s %7d%n",
        key.subject().name(),
        key.connections(),
        perSecond,
        median(samples.stream().map(s -> s.load().p50()).toList()),
        median(samples.stream().map(s -> s.load().p99()).toList()),
        median(samples.stream().map(Sample::cpuMillis).toList()),
        median(samples.stream().map(Sample::kafkaBytes).toList()),
        n8n == 0 ? "-" : String.format(Locale.ROOT, "x%.1f", perSecond / n8n),
        errors);
    out.flush();
    return errors;
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private static String url(UpProcess up, Subject subject) {
    return up.url() + "/webhook/" + subject.path();
  }

  private static byte[] body(Subject subject) throws IOException {
    return BenchParts.resource("/bench/bodies/" + subject.body());
  }
}
