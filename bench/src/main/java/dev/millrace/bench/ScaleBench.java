package dev.millrace.bench;

import dev.millrace.chaos.EngineGroup;
import dev.millrace.chaos.RigProcess;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.topic.TopicSetup;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.Admin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * One engine process with all partitions, and two with half of them each, on the same broker: W2,
 * commands in, events out. Broker, engines and the feed share the machine, so on few cores the
 * processor time an execution says more than the rate.
 */
@Command(
    name = "scale",
    description = "W2 in one engine process, and in two on different partitions.")
final class ScaleBench implements Callable<Integer> {
  private static final String WORKFLOW = "benchW2000000001";
  private static final int PARTITIONS = 4;
  // The compiler is at work on the engine for as long.
  private static final int WARM_UPS = 3;
  private static final Duration ROUND_LIMIT = Duration.ofMinutes(5);

  /** Longer than the interval at which partitions move to a new engine once it has their state. */
  private static final Duration BALANCE_LIMIT = Duration.ofMinutes(4);

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--executions",
      defaultValue = "60000",
      description = "Executions a round (default ${DEFAULT-VALUE}).")
  private int executions;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Rounds, of which the median counts (default ${DEFAULT-VALUE}).")
  private int rounds;

  /** What a round measured: of all engines together. */
  private record Sample(double perSecond, double cpuMicros) {}

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Path directory = Files.createTempDirectory("millrace-bench");
    List<RigProcess> engines = new ArrayList<>();
    try (EmbeddedKafka kafka = new EmbeddedKafka(directory.resolve("kafka"), 0)) {
      kafka.start();
      String bootstrap = kafka.bootstrap();
      try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
        new TopicSetup(admin).create(PARTITIONS, (short) 1);
      }
      try (SchemaRegistry registry = BenchParts.registry(bootstrap);
          CommandFeed feed = new CommandFeed(bootstrap, new MillraceSerdes(registry));
          EngineGroup group = new EngineGroup(bootstrap)) {
        feed.define(WORKFLOW, BenchParts.resource("/bench/workflows/W2-set-if-set.json"));
        List<Sample> medians = new ArrayList<>();
        for (int count = 1; count <= 2; count++) {
          RigProcess engine = engine(directory, bootstrap, count);
          engines.add(engine);
          engine.start().awaitReady();
          int share = PARTITIONS / count;
          await(
              BALANCE_LIMIT,
              "each engine has " + share + " partitions",
              () -> group.members().least() == share);
          medians.add(measure(out, group, feed, engines));
        }
        Sample one = medians.getFirst();
        Sample two = medians.getLast();
        out.printf(
            Locale.ROOT,
            "two engines do %.2f times as many a second as one, with %.2f times the processor time"
                + " an execution%n",
            two.perSecond() / one.perSecond(),
            two.cpuMicros() / one.cpuMicros());
        out.flush();
      } finally {
        engines.forEach(RigProcess::close);
      }
    }
    return 0;
  }

  private static RigProcess engine(Path directory, String bootstrap, int number) {
    Path home = Path.of(System.getProperty("millrace.home", "."));
    String name = "engine-" + number;
    return new RigProcess(
        name,
        none ->
            List.of(
                home.resolve("millrace").toString(),
                "engine",
                "--bootstrap",
                bootstrap,
                "--standbys",
                "0",
                "--data",
                directory.resolve(name).toString()),
        directory,
        "Millrace is ready");
  }

  private Sample measure(
      PrintWriter out, EngineGroup group, CommandFeed feed, List<RigProcess> engines)
      throws IOException, ExecutionException, InterruptedException {
    List<Sample> samples = new ArrayList<>();
    for (int round = 1 - WARM_UPS; round <= rounds; round++) {
      Sample sample = round(group, feed, engines);
      if (round > 0) {
        samples.add(sample);
      }
      out.printf(
          Locale.ROOT,
          "%d engine(s), %s %.0f/s, %.0f us of the engines' processor time an execution%n",
          engines.size(),
          round <= 0 ? "warm-up:" : "round " + round + ":",
          sample.perSecond(),
          sample.cpuMicros());
      out.flush();
    }
    return new Sample(
        WebhookRuns.median(samples.stream().map(Sample::perSecond).toList()),
        WebhookRuns.median(samples.stream().map(Sample::cpuMicros).toList()));
  }

  private Sample round(EngineGroup group, CommandFeed feed, List<RigProcess> engines)
      throws IOException {
    byte[] item =
        CommandFeed.webhookItem(Json.parse(BenchParts.resource("/bench/bodies/small.json")));
    Duration cpu = cpu(engines);
    long begin = System.nanoTime();
    for (int i = 0; i < executions; i++) {
      feed.start(UUID.randomUUID().toString(), WORKFLOW, item);
    }
    feed.flush();
    await(ROUND_LIMIT, "all executions are through", () -> group.lag() == 0);
    double seconds = (System.nanoTime() - begin) / 1e9;
    return new Sample(executions / seconds, cpu(engines).minus(cpu).toNanos() / 1e3 / executions);
  }

  private static Duration cpu(List<RigProcess> engines) {
    return engines.stream().map(RigProcess::cpu).reduce(Duration.ZERO, Duration::plus);
  }

  private static void await(Duration limit, String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new MillraceException(
            ErrorCode.EXECUTION_TIMEOUT, "not so after " + limit + ": " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
  }
}
