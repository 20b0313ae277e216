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
import java.util.stream.Stream;

/** Loads webhook workflows of one {@code ./millrace up} and keeps what was measured. */
final class WebhookRuns implements AutoCloseable {
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

  private record Key(Subject subject, int connections) {}

  private record Sample(Wrk.Result load, double cpuMillis, double kafkaBytes) {}

  private final PrintWriter out;
  private final Path directory;
  private final List<Subject> subjects;
  private final int seconds;
  private final EchoServer outside;
  private final UpProcess up;
  private final Map<Key, List<Sample>> samples = new LinkedHashMap<>();
  private long errors;

  /**
   * Starts the process and warms every workflow up.
   *
   * @param names of workflows, such as {@code W1}
   * @param seconds length of a run
   */
  WebhookRuns(PrintWriter out, List<String> names, int port, int seconds)
      throws IOException, InterruptedException {
    if (!Wrk.installed()) {
      throw new MillraceException(
          ErrorCode.INTERNAL, "wrk is missing; install it (Debian: apt-get install wrk)");
    }
    this.out = out;
    this.seconds = seconds;
    directory = Files.createTempDirectory("millrace-bench");
    Path workflows = Files.createDirectories(directory.resolve("workflows"));
    subjects = SUBJECTS.stream().filter(s -> names.contains(s.name())).toList();
    for (Subject subject : subjects) {
      for (String file :
          Stream.concat(Stream.of(subject.file()), Stream.of(subject.more())).toList()) {
        Files.write(workflows.resolve(file), BenchParts.resource("/bench/workflows/" + file));
      }
    }
    outside = EchoServer.start(EchoServer.PORT);
    up =
        UpProcess.start(
            Path.of(System.getProperty("millrace.home", ".")),
            directory.resolve("data"),
            workflows,
            port);
    out.printf(
        Locale.ROOT,
        "up ready after %.1f s, %d MB resident%n",
        up.secondsToReady(),
        up.residentMegabytes());
    out.printf("workflows that call a service call port %d%n", outside.port());
    for (Subject subject : subjects) {
      Wrk.post(url(subject), body(subject), 20, Math.max(3, seconds), directory);
    }
  }

  /** So many rounds, and the medians of all of them printed. */
  void rounds(int count, List<Integer> connections) throws IOException, InterruptedException {
    for (int round = 1; round <= count; round++) {
      round(round, connections);
    }
    print();
  }

  /** One run of every workflow with every number of connections. */
  void round(int number, List<Integer> connections) throws IOException, InterruptedException {
    for (int count : connections) {
      for (Subject subject : subjects) {
        samples
            .computeIfAbsent(new Key(subject, count), key -> new ArrayList<>())
            .add(sample(subject, count));
      }
    }
    // Over many rounds this shows whether the process grows under load.
    out.printf("round %d: %d MB resident%n", number, up.residentMegabytes());
    out.flush();
  }

  /** Prints the medians of all rounds. */
  void print() {
    out.printf(
        "%-4s %5s %10s %9s %9s %8s %8s %8s %7s%n",
        "flow", "conns", "answers/s", "p50 ms", "p99 ms", "cpu ms", "bytes", "vs n8n", "errors");
    for (Map.Entry<Key, List<Sample>> entry : samples.entrySet()) {
      errors += print(entry.getKey(), entry.getValue());
    }
    out.flush();
  }

  /** Calls every workflow at a fixed rate, as callers who do not wait for each other. */
  void fixedRate(int rate) throws IOException, InterruptedException {
    for (Subject subject : subjects) {
      ConstantRate.Result result = ConstantRate.post(url(subject), body(subject), rate, seconds);
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
  }

  /** Prints what the process and all runs end with; the exit code of the command. */
  int end() throws IOException {
    out.printf("%d MB resident after the benchmark%n", up.residentMegabytes());
    out.printf("errors %d%n", errors);
    out.flush();
    return errors == 0 ? 0 : 1;
  }

  /** Answers a second, the median of all rounds. */
  double perSecond(String name, int connections) {
    return median(of(name, connections).stream().map(s -> s.load().perSecond()).toList());
  }

  /** Milliseconds of a lone or one of many calls, the median. */
  double p50(String name, int connections) {
    return median(of(name, connections).stream().map(s -> s.load().p50()).toList());
  }

  /** Milliseconds of processor time for a call, the median of all rounds. */
  double cpuMillis(String name, int connections) {
    return median(of(name, connections).stream().map(Sample::cpuMillis).toList());
  }

  private List<Sample> of(String name, int connections) {
    return samples.entrySet().stream()
        .filter(each -> each.getKey().subject().name().equals(name))
        .filter(each -> each.getKey().connections() == connections)
        .map(Map.Entry::getValue)
        .findFirst()
        .orElseThrow();
  }

  private Sample sample(Subject subject, int count) throws IOException, InterruptedException {
    double cpu = up.cpuSeconds();
    long bytes = up.kafkaBytes();
    Wrk.Result load = Wrk.post(url(subject), body(subject), count, seconds, directory);
    double requests = Math.max(1, load.requests());
    return new Sample(
        load, (up.cpuSeconds() - cpu) * 1_000 / requests, (up.kafkaBytes() - bytes) / requests);
  }

  private long print(Key key, List<Sample> all) {
    double perSecond = median(all.stream().map(s -> s.load().perSecond()).toList());
    long failed = all.stream().mapToLong(s -> s.load().errors()).sum();
    double n8n = key.subject().n8nPerSecond();
    out.printf(
        Locale.ROOT,
        "%-4s %5d %10.0f %9.1f %9.1f %8.2f %8.0f %8s %7d%n",
        key.subject().name(),
        key.connections(),
        perSecond,
        median(all.stream().map(s -> s.load().p50()).toList()),
        median(all.stream().map(s -> s.load().p99()).toList()),
        median(all.stream().map(Sample::cpuMillis).toList()),
        median(all.stream().map(Sample::kafkaBytes).toList()),
        n8n == 0 ? "-" : String.format(Locale.ROOT, "x%.1f", perSecond / n8n),
        failed);
    return failed;
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  private String url(Subject subject) {
    return up.url() + "/webhook/" + subject.path();
  }

  private static byte[] body(Subject subject) throws IOException {
    return BenchParts.resource("/bench/bodies/" + subject.body());
  }

  @Override
  public void close() {
    up.close();
    outside.close();
  }
}
