package dev.millrace.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.store.BoundedRocksDbMemory;
import dev.millrace.topic.Topic;
import dev.millrace.topic.TopicSetup;
import dev.millrace.topology.EngineParts;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.topology.EngineSettings;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The engine alone: the five nodes of W2, commands in, events out, beside a bare topology that only
 * passes the same records on with the same settings, in the same run on the same broker. One
 * partition, one thread.
 */
@Command(
    name = "engine",
    description = "W2 through the topology, against a bare pass-through topology.")
final class EngineBench implements Callable<Integer> {
  private static final String BARE_TOPIC = "bench.bare";
  private static final String WORKFLOW = "benchW2000000001";
  private static final TopicPartition COMMANDS = new TopicPartition(Topic.COMMANDS.topicName(), 0);
  private static final TopicPartition EVENTS = new TopicPartition(Topic.EVENTS.topicName(), 0);
  private static final TopicPartition BARE = new TopicPartition(BARE_TOPIC, 0);
  // After one round the compiler is still at work on the engine, which has more code than the
  // other.
  private static final int WARM_UPS = 3;
  private static final Duration ROUND_LIMIT = Duration.ofMinutes(5);

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--executions",
      defaultValue = "150000",
      description = "Executions a round (default ${DEFAULT-VALUE}).")
  private int executions;

  @Option(
      names = "--rounds",
      defaultValue = "5",
      description = "Interleaved rounds, of which the median counts (default ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--set",
      description = "A Kafka Streams property of both topologies, NAME=VALUE, to try a setting.")
  private Map<String, Object> overrides = new LinkedHashMap<>();

  /** What a round measured. */
  private record Sample(double perSecond, double cpuMicros, double bytes, TimeSpent time) {}

  /** What the stream thread did with its time, in milliseconds of the whole round. */
  private record TimeSpent(double process, double poll, double commit, double processor) {
    static TimeSpent of(KafkaStreams streams, String applicationId) {
      return new TimeSpent(
          millis(streams, "process"),
          millis(streams, "poll"),
          millis(streams, "commit"),
          processorMillis(applicationId));
    }

    /** Processor time of the stream thread since it began, which other work does not disturb. */
    private static double processorMillis(String applicationId) {
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
          .filter(thread -> thread != null && thread.getThreadName().contains("-StreamThread-"))
          .filter(thread -> thread.getThreadName().startsWith(applicationId))
          .mapToDouble(thread -> threads.getThreadCpuTime(thread.getThreadId()) / 1e6)
          .sum();
    }

    private static double millis(KafkaStreams streams, String what) {
      return metric(streams, what + "-total") * metric(streams, what + "-latency-avg");
    }

    private static double metric(KafkaStreams streams, String name) {
      return streams.metrics().entrySet().stream()
          .filter(m -> m.getKey().group().equals("stream-thread-metrics"))
          .filter(m -> m.getKey().name().equals(name))
          .mapToDouble(m -> ((Number) m.getValue().metricValue()).doubleValue())
          .filter(Double::isFinite)
          .sum();
    }
  }

  /** Starts a topology, which is closed after the round. */
  @FunctionalInterface
  private interface Runner {
    Running start(String applicationId, Path state);
  }

  private record Running(KafkaStreams streams, AutoCloseable close) {}

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Path directory = Files.createTempDirectory("millrace-bench");
    try (EmbeddedKafka kafka = new EmbeddedKafka(directory.resolve("kafka"), 0)) {
      kafka.start();
      String bootstrap = kafka.bootstrap();
      try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
        new TopicSetup(admin).create(1, (short) 1);
        admin.createTopics(List.of(new NewTopic(BARE_TOPIC, 1, (short) 1))).all().get();
      }
      try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap));
          SchemaRegistry registry = BenchParts.registry(bootstrap);
          ExpressionEngine expressions = BenchParts.expressions()) {
        MillraceSerdes serdes = new MillraceSerdes(registry);
        NodeCatalogue catalogue = BenchParts.catalogue(expressions);
        load(bootstrap, serdes);
        Runner engine =
            (applicationId, state) -> {
              EngineRuntime runtime =
                  EngineRuntime.start(
                      new EngineParts(
                          settings(bootstrap, applicationId, state),
                          catalogue,
                          expressions,
                          serdes));
              return new Running(runtime.streams(), runtime);
            };
        Runner bare =
            (applicationId, state) -> {
              BoundedRocksDbMemory.Shared memory = new BoundedRocksDbMemory.Shared(8L << 20);
              KafkaStreams streams =
                  new KafkaStreams(
                      bareTopology(),
                      EngineRuntime.properties(settings(bootstrap, applicationId, state), memory));
              streams.start();
              return new Running(
                  streams,
                  () -> {
                    streams.close(Duration.ofSeconds(20));
                    memory.close();
                  });
            };
        List<Sample> engineSamples = new ArrayList<>();
        List<Sample> bareSamples = new ArrayList<>();
        for (int round = 1 - WARM_UPS; round <= rounds; round++) {
          Sample b = round(admin, bootstrap, directory, "bare-" + round, BARE, bare);
          Sample e = round(admin, bootstrap, directory, "engine-" + round, EVENTS, engine);
          if (round > 0) {
            bareSamples.add(b);
            engineSamples.add(e);
          }
          out.printf(
              Locale.ROOT,
              "%s bare %.0f/s, engine %.0f/s%n",
              round <= 0 ? "warm-up:" : "round " + round + ":",
              b.perSecond(),
              e.perSecond());
          out.flush();
        }
        print(out, "bare", bareSamples);
        print(out, "engine", engineSamples);
        out.printf(Locale.ROOT, "ratio %.2f%n", rate(engineSamples) / rate(bareSamples));
        out.flush();
      }
    }
    return 0;
  }

  private static double rate(List<Sample> samples) {
    return WebhookRuns.median(samples.stream().map(Sample::perSecond).toList());
  }

  private void print(PrintWriter out, String name, List<Sample> samples) {
    out.printf(
        Locale.ROOT,
        "%-6s %8.0f/s  %6.1f us CPU and %6.0f bytes written an execution (broker included)%n",
        name,
        rate(samples),
        WebhookRuns.median(samples.stream().map(Sample::cpuMicros).toList()),
        WebhookRuns.median(samples.stream().map(Sample::bytes).toList()));
    out.printf(
        Locale.ROOT,
        "       of the stream thread's time an execution: %.1f us process, %.1f poll, %.1f commit;"
            + " %.1f of processor%n",
        micros(samples, TimeSpent::process),
        micros(samples, TimeSpent::poll),
        micros(samples, TimeSpent::commit),
        micros(samples, TimeSpent::processor));
  }

  private double micros(List<Sample> samples, ToDoubleFunction<TimeSpent> part) {
    return WebhookRuns.median(
            samples.stream().map(sample -> part.applyAsDouble(sample.time())).toList())
        * 1e3
        / executions;
  }

  private EngineSettings settings(String bootstrap, String applicationId, Path state) {
    EngineSettings s = EngineSettings.of(bootstrap, state);
    return new EngineSettings(
        s.bootstrapServers(),
        applicationId,
        s.stateDirectory(),
        1,
        s.commitInterval(),
        s.sessionTimeout(),
        s.rocksDbBytes(),
        s.budget(),
        s.idempotencyRetention(),
        overrides);
  }

  private Sample round(
      Admin admin,
      String bootstrap,
      Path directory,
      String name,
      TopicPartition output,
      Runner runner)
      throws Exception {
    long begin = end(admin, output);
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long bytes = logBytes(directory);
    String applicationId = name + "-" + UUID.randomUUID();
    TimeSpent time;
    Running running = runner.start(applicationId, directory.resolve(applicationId));
    try {
      long deadline = System.nanoTime() + ROUND_LIMIT.toNanos();
      while (committed(admin, applicationId) < executions) {
        if (System.nanoTime() > deadline) {
          throw new MillraceException(
              ErrorCode.EXECUTION_TIMEOUT, name + " is not through after " + ROUND_LIMIT);
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      }
      cpu = system.getProcessCpuTime() - cpu;
      time = TimeSpent.of(running.streams(), applicationId);
    } finally {
      running.close().close();
    }
    bytes = logBytes(directory) - bytes;
    return new Sample(
        executions / seconds(bootstrap, output, begin),
        cpu / 1e3 / executions,
        (double) bytes / executions,
        time);
  }

  private static long committed(Admin admin, String group)
      throws ExecutionException, InterruptedException {
    var offset =
        admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(COMMANDS);
    return offset == null ? 0 : offset.offset();
  }

  private static long end(Admin admin, TopicPartition partition)
      throws ExecutionException, InterruptedException {
    return admin
        .listOffsets(Map.of(partition, OffsetSpec.latest()))
        .partitionResult(partition)
        .get()
        .offset();
  }

  /** Time between the first and the last record that a round wrote. */
  private static double seconds(String bootstrap, TopicPartition output, long begin) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(output));
      consumer.seek(output, begin);
      long first = consumer.poll(Duration.ofSeconds(10)).iterator().next().timestamp();
      long last = first;
      // The last offsets of the log are transaction markers.
      consumer.seekToEnd(List.of(output));
      consumer.seek(output, Math.max(begin, consumer.position(output) - 50));
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(10))) {
        last = Math.max(last, record.timestamp());
      }
      return (last - first) / 1e3;
    }
  }

  private static long logBytes(Path directory) throws IOException {
    return UpProcess.logBytes(directory.resolve("kafka"));
  }

  /** Puts the definition and all commands on their topics. */
  private void load(String bootstrap, MillraceSerdes serdes) throws Exception {
    byte[] item =
        CommandFeed.webhookItem(Json.parse(BenchParts.resource("/bench/bodies/small.json")));
    try (CommandFeed feed = new CommandFeed(bootstrap, serdes)) {
      feed.define(WORKFLOW, BenchParts.resource("/bench/workflows/W2-set-if-set.json"));
      for (int i = 0; i < executions; i++) {
        feed.start(UUID.randomUUID().toString(), WORKFLOW, item);
      }
      feed.flush();
    }
  }

  private static Topology bareTopology() {
    Topology topology = new Topology();
    topology.addSource(
        org.apache.kafka.streams.AutoOffsetReset.earliest(),
        "in",
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer(),
        Topic.COMMANDS.topicName());
    topology.addProcessor("pass", Pass::new, "in");
    topology.addSink(
        "out", BARE_TOPIC, new ByteArraySerializer(), new ByteArraySerializer(), "pass");
    return topology;
  }

  private static final class Pass extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    @Override
    public void process(Record<byte[], byte[]> record) {
      context().forward(record.withTimestamp(context().currentSystemTimeMs()));
    }
  }
}
