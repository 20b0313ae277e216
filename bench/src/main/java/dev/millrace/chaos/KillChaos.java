package dev.millrace.chaos;

import dev.millrace.avro.EventBatch;
import dev.millrace.bench.UpProcess;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.registry.EmbeddedRegistry;
import dev.millrace.registry.KafkaSchemaLog;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.topic.Topic;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Kills the whole process with SIGKILL under webhook load, restarts it on its data, again and
 * again, and then proves from the events topic that every acknowledged call has exactly one
 * finished execution, that every answer is one that the events show, and that nothing is stuck.
 */
public final class KillChaos {
  private static final List<String> WORKFLOWS =
      List.of("answered.json", "accepted.json", "retried.json");
  private static final Duration DRAIN_LIMIT = Duration.ofSeconds(90);

  private final Launcher launcher;
  private final Path directory;
  private final int port;
  private final PrintWriter out;

  /** Starts {@code up} on a data and a workflow folder and waits until it serves. */
  @FunctionalInterface
  public interface Launcher {
    UpProcess start(Path data, Path workflows, int port) throws IOException;
  }

  /** What a run found; empty violations mean that every promise was kept. */
  public record Verdict(int acknowledged, int executions, List<String> violations) {}

  public KillChaos(Launcher launcher, Path directory, int port, PrintWriter out) {
    this.launcher = launcher;
    this.directory = directory;
    this.port = port;
    this.out = out;
  }

  /**
   * @param kills how often the process is killed
   * @param callers how many callers call all the time
   * @param seed of the moments at which it is killed
   */
  public Verdict run(int kills, int callers, long seed) throws IOException, InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    Path data = directory.resolve("data");
    Path workflows = Files.createDirectories(directory.resolve("workflows"));
    for (String workflow : WORKFLOWS) {
      try (InputStream in = KillChaos.class.getResourceAsStream("/chaos/" + workflow)) {
        if (in == null) {
          throw new IOException("no resource /chaos/" + workflow);
        }
        Files.write(workflows.resolve(workflow), in.readAllBytes());
      }
    }
    UpProcess up = launcher.start(data, workflows, port);
    List<Oracle.Acknowledged> calls;
    try {
      WebhookLoad load = new WebhookLoad(up.url(), callers);
      try {
        for (int kill = 1; kill <= kills; kill++) {
          pause(500 + random.nextInt(3_000));
          int before = load.acknowledged().size();
          up.process().destroyForcibly().waitFor();
          up = launcher.start(data, workflows, port);
          out.printf(
              "kill %d of %d: %d calls acknowledged, ready again after %.1f s%n",
              kill, kills, before, up.secondsToReady());
          out.flush();
        }
        pause(2_000);
      } finally {
        load.stop();
      }
      calls = load.acknowledged();
      out.printf(
          "%d calls acknowledged, %d not (refused, cut off or timed out)%n",
          calls.size(), load.refused());
      // Executions that wait for their next attempt need some seconds more.
      pause(8_000);
    } finally {
      up.close();
    }
    return verify(data, calls);
  }

  private Verdict verify(Path data, List<Oracle.Acknowledged> calls) {
    Oracle oracle = new Oracle();
    try (EmbeddedKafka kafka = new EmbeddedKafka(data.resolve("kafka"), 0)) {
      kafka.start();
      try (SchemaRegistry registry =
              new EmbeddedRegistry(
                  new KafkaSchemaLog(Map.of("bootstrap.servers", kafka.bootstrap())));
          KafkaConsumer<byte[], byte[]> events =
              new KafkaConsumer<>(
                  Map.of(
                      ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                      kafka.bootstrap(),
                      ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                      "read_committed"),
                  new ByteArrayDeserializer(),
                  new ByteArrayDeserializer())) {
        var batches = new MillraceSerdes(registry).serde(EventBatch.class).deserializer();
        List<TopicPartition> partitions =
            events.partitionsFor(Topic.EVENTS.topicName()).stream()
                .map(info -> new TopicPartition(info.topic(), info.partition()))
                .toList();
        events.assign(partitions);
        events.seekToBeginning(partitions);
        Map<TopicPartition, Long> ends = events.endOffsets(partitions);
        long deadline = System.nanoTime() + DRAIN_LIMIT.toNanos();
        while (partitions.stream()
            .anyMatch(partition -> events.position(partition) < ends.getOrDefault(partition, 0L))) {
          if (System.nanoTime() > deadline) {
            throw new MillraceException(
                ErrorCode.BROKER_UNAVAILABLE,
                "the events topic cannot be read to its end: an open transaction blocks it");
          }
          for (ConsumerRecord<byte[], byte[]> record : events.poll(Duration.ofMillis(200))) {
            oracle.see(batches.deserialize(record.topic(), record.value()));
          }
        }
      }
    }
    return new Verdict(calls.size(), oracle.executions(), oracle.violations(calls));
  }

  private static void pause(int millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
