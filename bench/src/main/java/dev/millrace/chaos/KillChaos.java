package dev.millrace.chaos;

import dev.millrace.avro.CommandRecord;
import dev.millrace.avro.DeadLetterRecord;
import dev.millrace.avro.EventBatch;
import dev.millrace.avro.ReplyRecord;
import dev.millrace.bench.BenchParts;
import dev.millrace.bench.EchoServer;
import dev.millrace.bench.UpProcess;
import dev.millrace.registry.SchemaRegistry;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.store.EngineStores;
import dev.millrace.topic.Topic;
import dev.millrace.topology.EngineSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Kills the whole process with SIGKILL under webhook load, restarts it on its data, again and
 * again, and then proves from the topics that every acknowledged call has exactly one finished
 * execution, that every answer is one that the events show, and that nothing is stuck.
 *
 * <p>One workflow answers with a random number: an answer that was given before its transaction was
 * committed would differ from the events of the second attempt. One waits between attempts, so that
 * executions are stored when the process is killed. One calls a sub-workflow and then a service,
 * which notes the idempotency key of each call.
 */
public final class KillChaos {
  private static final List<String> WORKFLOWS =
      List.of("answered.json", "accepted.json", "retried.json", "called.json", "called-sub.json");
  private static final int CALLS_BETWEEN_KILLS = 30;
  private static final Duration CALLS_LIMIT = Duration.ofSeconds(30);
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

  /**
   * What a run found; empty violations mean that every promise was kept.
   *
   * @param acknowledged calls that were answered with 200
   * @param executions that began, also those whose callers heard nothing
   * @param waitedThroughKill executions that had begun before a kill and went on after it
   */
  public record Verdict(
      int acknowledged, int executions, int waitedThroughKill, List<String> violations) {}

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
    EchoServer outside = EchoServer.start(0);
    for (String workflow : WORKFLOWS) {
      String json =
          new String(BenchParts.resource("/chaos/" + workflow), StandardCharsets.UTF_8)
              .replace("ECHO_PORT", String.valueOf(outside.port()));
      Files.writeString(workflows.resolve(workflow), json);
    }
    UpProcess up = launcher.start(data, workflows, port);
    List<Oracle.Acknowledged> calls;
    List<Instant> killed = new ArrayList<>();
    try {
      WebhookLoad load = new WebhookLoad(up.url(), callers);
      try {
        for (int kill = 1; kill <= kills; kill++) {
          awaitCalls(load, load.acknowledged().size() + CALLS_BETWEEN_KILLS);
          pause(500 + random.nextInt(3_000));
          int before = load.acknowledged().size();
          killed.add(Instant.now());
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
      // The last executions wait 3 s for their attempts.
      pause(6_000);
    } finally {
      up.close();
      outside.close();
    }
    return verify(data, calls, killed, outside.keys());
  }

  private Verdict verify(
      Path data, List<Oracle.Acknowledged> calls, List<Instant> kills, List<String> keysOutside) {
    Oracle oracle = new Oracle(kills);
    keysOutside.forEach(oracle::seeOutside);
    try (EmbeddedKafka kafka = new EmbeddedKafka(data.resolve("kafka"), 0)) {
      kafka.start();
      try (SchemaRegistry registry = BenchParts.registry(kafka.bootstrap());
          CommittedRecords records = new CommittedRecords(kafka.bootstrap(), DRAIN_LIMIT)) {
        MillraceSerdes serdes = new MillraceSerdes(registry);
        var commands = serdes.serde(CommandRecord.class);
        records.read(Topic.COMMANDS.topicName(), r -> oracle.see(commands.fromBytes(r.value())));
        var batches = serdes.serde(EventBatch.class);
        records.read(Topic.EVENTS.topicName(), r -> oracle.see(batches.fromBytes(r.value())));
        var replies = serdes.serde(ReplyRecord.class);
        records.read(Topic.REPLIES.topicName(), r -> oracle.see(replies.fromBytes(r.value())));
        var letters = serdes.serde(DeadLetterRecord.class);
        records.read(Topic.DEAD_LETTERS.topicName(), r -> oracle.see(letters.fromBytes(r.value())));
        records
            .stored(EngineStores.changelog(EngineSettings.APPLICATION_ID, EngineStores.EXECUTIONS))
            .forEach(batch -> oracle.seeStored(batches.fromBytes(batch).getExecutionId()));
      }
    }
    return new Verdict(
        calls.size(), oracle.executions(), oracle.waitedThroughKill(), oracle.violations(calls));
  }

  /** On a slow machine a time alone would kill a process that has not yet done anything. */
  private static void awaitCalls(WebhookLoad load, int acknowledged) {
    long deadline = System.nanoTime() + CALLS_LIMIT.toNanos();
    while (load.acknowledged().size() < acknowledged && System.nanoTime() < deadline) {
      pause(50);
    }
  }

  private static void pause(int millis) {
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
