package dev.millrace.bench;

import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ExecutionEndedEvent;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.expression.ExpressionEngine;
import dev.millrace.node.NodeCatalogue;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.topic.Topic;
import dev.millrace.topic.TopicSetup;
import dev.millrace.topology.EngineParts;
import dev.millrace.topology.EngineRuntime;
import dev.millrace.topology.EngineSettings;
import dev.millrace.value.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Many executions that wait for the same second: what one that waits costs, how soon the engine is
 * back after a restart, how late they go on, and what other work feels of it. One partition.
 */
@Command(name = "waits", description = "Executions that all wait for the same second.")
final class WaitsBench implements Callable<Integer> {
  private static final String WAITING = "benchWait00000001";
  private static final String OTHER = "benchW2000000001";
  private static final TopicPartition EVENTS = new TopicPartition(Topic.EVENTS.topicName(), 0);
  private static final Duration LIMIT = Duration.ofMinutes(5);
  private static final long OTHER_EVERY_MILLIS = 10;

  @Spec
  @SuppressWarnings("NullAway.Init")
  private CommandSpec spec;

  @Option(
      names = "--executions",
      defaultValue = "100000",
      description = "How many wait (default ${DEFAULT-VALUE}).")
  private int executions;

  @Option(
      names = "--lead",
      defaultValue = "90",
      description = "Seconds until they are due (default ${DEFAULT-VALUE}).")
  private int lead;

  /** What is read from the events. */
  private final List<Double> lateMillis = new ArrayList<>();

  private final List<Double> otherBefore = new ArrayList<>();
  private final List<Double> otherDuring = new ArrayList<>();
  private final Map<String, Long> sentNanos = new HashMap<>();
  private int batches;

  @Override
  public Integer call() throws Exception {
    PrintWriter out = spec.commandLine().getOut();
    Path directory = Files.createTempDirectory("millrace-bench");
    try (EmbeddedKafka kafka = new EmbeddedKafka(directory.resolve("kafka"), 0)) {
      kafka.start();
      String bootstrap = kafka.bootstrap();
      try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
        new TopicSetup(admin).create(1, (short) 1);
      }
      try (SchemaRegistry registry = BenchParts.registry(bootstrap);
          ExpressionEngine expressions = BenchParts.expressions()) {
        MillraceSerdes serdes = new MillraceSerdes(registry);
        run(out, directory, bootstrap, serdes, expressions);
      }
    }
    return 0;
  }

  private void run(
      PrintWriter out,
      Path directory,
      String bootstrap,
      MillraceSerdes serdes,
      ExpressionEngine expressions)
      throws Exception {
    NodeCatalogue catalogue = BenchParts.catalogue(expressions);
    Path state = directory.resolve("state");
    EngineParts parts =
        new EngineParts(EngineSettings.of(bootstrap, state), catalogue, expressions, serdes);
    Instant due = Instant.now().plusSeconds(lead);
    try (CommandFeed feed = new CommandFeed(bootstrap, serdes);
        KafkaConsumer<byte[], byte[]> events = events(bootstrap)) {
      feed.define(WAITING, BenchParts.resource("/bench/workflows/wait-until.json"));
      feed.define(OTHER, BenchParts.resource("/bench/workflows/W2-set-if-set.json"));
      byte[] other =
          CommandFeed.webhookItem(Json.parse(BenchParts.resource("/bench/bodies/small.json")));
      try (EngineRuntime _ = started(parts)) {
        for (int i = 0; i < 1_000; i++) {
          feed.start("warm-" + i, OTHER, other);
        }
        readUntil(events, serdes, due, 1_000);
        batches = 0;
        long heap = heapBytes();
        long begin = System.nanoTime();
        byte[] item =
            CommandFeed.webhookItem(Map.of("until", due.toString(), "name", "widget", "qty", 3.0));
        for (int i = 0; i < executions; i++) {
          feed.start("wait-" + i, WAITING, item);
        }
        feed.flush();
        readUntil(events, serdes, due, executions);
        double seconds = (System.nanoTime() - begin) / 1e9;
        out.printf(
            Locale.ROOT,
            "%d executions began to wait in %.1f s, %.0f/s%n",
            executions,
            seconds,
            executions / seconds);
        out.printf(
            Locale.ROOT,
            "each takes %.0f bytes of heap and %.0f of disk in RocksDB%n",
            (double) (heapBytes() - heap) / executions,
            (double) bytes(state) / executions);
        out.flush();
      }
      out.printf(Locale.ROOT, "back after a restart in %.1f s%n", secondsToStart(parts));
      delete(state);
      out.printf(
          Locale.ROOT,
          "back after a restart that had to restore everything in %.1f s%n",
          secondsToStart(parts));
      out.flush();
      if (Instant.now().plusSeconds(10).isAfter(due)) {
        throw new MillraceException(
            ErrorCode.EXECUTION_TIMEOUT, "they were due before all was ready: raise --lead");
      }
      try (EngineRuntime _ = started(parts)) {
        fire(out, feed, events, serdes, due, other);
      }
    }
  }

  private void fire(
      PrintWriter out,
      CommandFeed feed,
      KafkaConsumer<byte[], byte[]> events,
      MillraceSerdes serdes,
      Instant due,
      byte[] other) {
    batches = 0;
    Instant from = due.minusSeconds(8);
    LockSupport.parkNanos(Math.max(0, Duration.between(Instant.now(), from).toNanos()));
    long limit = System.nanoTime() + LIMIT.toNanos();
    long next = System.nanoTime();
    int number = 0;
    while (lateMillis.size() < executions) {
      if (System.nanoTime() > limit) {
        throw new MillraceException(
            ErrorCode.EXECUTION_TIMEOUT,
            lateMillis.size() + " of " + executions + " went on in " + LIMIT);
      }
      while (System.nanoTime() >= next) {
        String id = "other-" + number++;
        sentNanos.put(id, System.nanoTime());
        feed.start(id, OTHER, other);
        next += TimeUnit.MILLISECONDS.toNanos(OTHER_EVERY_MILLIS);
      }
      read(events, serdes, due);
    }
    out.printf(
        Locale.ROOT,
        "all went on: p50 %.0f ms after they were due, p99 %.0f, the last %.0f; %.0f/s%n",
        percentile(lateMillis, 0.5),
        percentile(lateMillis, 0.99),
        percentile(lateMillis, 1),
        executions / (percentile(lateMillis, 1) / 1e3));
    out.printf(
        Locale.ROOT,
        "other executions, 100/s, command to committed events: p50 %.1f ms and p99 %.1f before,"
            + " %.1f and %.1f meanwhile%n",
        percentile(otherBefore, 0.5),
        percentile(otherBefore, 0.99),
        percentile(otherDuring, 0.5),
        percentile(otherDuring, 0.99));
    out.flush();
  }

  private static EngineRuntime started(EngineParts parts) throws InterruptedException {
    EngineRuntime engine = EngineRuntime.start(parts);
    if (!engine.awaitRunning(LIMIT)) {
      engine.close();
      throw new MillraceException(ErrorCode.INTERNAL, "the engine did not start");
    }
    return engine;
  }

  private static double secondsToStart(EngineParts parts) throws InterruptedException {
    long begin = System.nanoTime();
    try (EngineRuntime _ = started(parts)) {
      return (System.nanoTime() - begin) / 1e9;
    }
  }

  private static KafkaConsumer<byte[], byte[]> events(String bootstrap) {
    KafkaConsumer<byte[], byte[]> events =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrap,
                "isolation.level",
                "read_committed",
                "max.poll.records",
                10_000),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    events.assign(List.of(EVENTS));
    events.seekToBeginning(List.of(EVENTS));
    return events;
  }

  private void readUntil(
      KafkaConsumer<byte[], byte[]> events, MillraceSerdes serdes, Instant due, int count) {
    long limit = System.nanoTime() + LIMIT.toNanos();
    while (batches < count) {
      if (System.nanoTime() > limit) {
        throw new MillraceException(
            ErrorCode.EXECUTION_TIMEOUT, batches + " of " + count + " batches came in " + LIMIT);
      }
      read(events, serdes, due);
    }
  }

  private void read(KafkaConsumer<byte[], byte[]> events, MillraceSerdes serdes, Instant due) {
    for (ConsumerRecord<byte[], byte[]> record : events.poll(Duration.ofMillis(2))) {
      batches++;
      EventBatch batch = serdes.serde(EventBatch.class).fromBytes(record.value());
      if (!(batch.getEvents().getLast() instanceof ExecutionEndedEvent)) {
        continue;
      }
      Long sent = sentNanos.remove(batch.getExecutionId());
      if (batch.getWorkflowId().equals(WAITING)) {
        lateMillis.add((double) Duration.between(due, batch.getAt()).toMillis());
      } else if (sent != null) {
        double millis = (System.nanoTime() - sent) / 1e6;
        (Instant.now().isBefore(due) ? otherBefore : otherDuring).add(millis);
      }
    }
  }

  private static double percentile(List<Double> values, double part) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.isEmpty()
        ? Double.NaN
        : sorted.get((int) Math.min(sorted.size() - 1L, Math.round(part * sorted.size())));
  }

  private static long heapBytes() {
    // Twice: what the first one finalizes goes with the second.
    System.gc();
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static long bytes(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
