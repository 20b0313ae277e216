package dev.millrace.chaos;

import dev.millrace.avro.CancelExecution;
import dev.millrace.avro.CommandRecord;
import dev.millrace.topic.Topic;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The schema registry and the store of files are away for a time, one after the other. The registry
 * refuses connections in one half of its time and does not answer in the other, while records come
 * with schemas that nobody knows yet. What needs files tries again until the store is back; all
 * else goes on.
 */
final class StoresDown implements Scenario {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final Duration SHORTEST = Duration.ofSeconds(6);
  private static final Duration LONGEST = Duration.ofMinutes(2);
  private static final Duration CALL_EVERY = Duration.ofMillis(500);
  private static final String WORKFLOW = "storedFile";

  /** So often the id of the call is in its file: more than what stays in an item. */
  private static final int LENGTH = 4_000;

  private static final int OK = 200;

  @Override
  public String name() {
    return "stores-down";
  }

  // A part that starts asks the registry for its schemas.
  @Override
  public Set<Part> touches() {
    return Set.of(Part.ENGINES, Part.WORKERS, Part.INGRESS, Part.STORES);
  }

  @Override
  public String fault() {
    return "the schema registry is away or does not answer, then the store of files is away";
  }

  @Override
  public boolean needsRegistry() {
    return true;
  }

  /** A file larger than what stays in an item is written, read again, and compared. */
  @Override
  public Map<String, String> workflows() {
    Map<String, Object> tries =
        Map.of(
            "millrace",
            Map.of("retry", Map.of("tries", 100.0, "wait", 1.0, "factor", 1.5, "maxWait", 3.0)));
    return Map.of(
        WORKFLOW,
        Chain.webhook(WORKFLOW, "onReceived")
            .set("Text", "text", "string", "={{ $json.body.id.repeat(" + LENGTH + ") }}")
            .then(
                "Write",
                "convertToFile",
                1.1,
                Map.of(
                    "operation", "toText", "sourceProperty", "text", "binaryPropertyName", "data"),
                tries)
            .then(
                "Read",
                "extractFromFile",
                1,
                Map.of("operation", "text", "binaryPropertyName", "data", "destinationKey", "text"),
                tries)
            .then(
                "Same",
                "code",
                2,
                Map.of(
                    "jsCode",
                    "const id = $('Webhook').first().json.body.id;"
                        + " if ($input.first().json.text !== id.repeat("
                        + LENGTH
                        + ")) throw new Error('another file');"
                        + " return [{json: {id}}];"))
            .json());
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    Faults faults = new Faults(rig);
    Duration half = time.dividedBy(2);
    Duration away =
        half.compareTo(SHORTEST) < 0 ? SHORTEST : half.compareTo(LONGEST) > 0 ? LONGEST : half;
    AtomicInteger files = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Thread caller = Thread.ofVirtual().start(() -> callAgainAndAgain(rig, threads, files));
      try {
        faults.repeat(
            time,
            number -> {
              Duration registry = registryAway(rig, faults, away, random);
              Duration store = filesAway(rig, faults, away);
              return registry.compareTo(store) > 0 ? registry : store;
            });
      } finally {
        caller.interrupt();
      }
    }
    faults.require(files.get() > 0, "no file was asked for");
    faults.measured(files + " files");
    return faults.result();
  }

  private static Duration registryAway(
      Rig rig, Faults faults, Duration away, RandomGenerator random) throws Exception {
    long begin = System.nanoTime();
    rig.registry().goAway();
    unknownSchema(rig, random);
    rig.pause(away.dividedBy(2));
    rig.registry().fallAsleep();
    rig.registry().comeBack();
    unknownSchema(rig, random);
    rig.pause(away.dividedBy(2));
    long end = System.nanoTime();
    rig.registry().wakeUp();
    return faults.within(
        LIMIT,
        rig.progress().longestGap(begin, end),
        "the registry was away for " + Faults.seconds(away));
  }

  /** Every owner of a partition of commands meets one, and has to ask for its schema. */
  private static void unknownSchema(Rig rig, RandomGenerator random) throws Exception {
    byte[] key = ("unknown-" + random.nextLong()).getBytes(StandardCharsets.UTF_8);
    byte[] value =
        rig.serdes()
            .serde(CommandRecord.class)
            .toBytes(
                new CommandRecord(
                    new String(key, StandardCharsets.UTF_8),
                    "default",
                    Instant.now(),
                    new CancelExecution("nobody")));
    value[1] = (byte) (1 + random.nextInt(100));
    value[2] = (byte) random.nextInt(256);
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, rig.bootstrap()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      String topic = Topic.COMMANDS.topicName();
      int partitions = producer.partitionsFor(topic).size();
      for (int partition = 0; partition < partitions; partition++) {
        rig.poisoned(producer.send(new ProducerRecord<>(topic, partition, key, value)).get());
      }
    }
  }

  /** A file stands where the folder was: nobody can write there, nor make the folder again. */
  private static Duration filesAway(Rig rig, Faults faults, Duration away) throws IOException {
    Path there = rig.files();
    Path elsewhere = there.resolveSibling("files-away");
    long begin = System.nanoTime();
    Files.move(there, elsewhere);
    Files.createFile(there);
    rig.pause(away);
    long end = System.nanoTime();
    Files.delete(there);
    Files.move(elsewhere, there);
    return faults.within(
        LIMIT,
        rig.progress().longestGap(begin, end),
        "the store of files was away for " + Faults.seconds(away));
  }

  private static void callAgainAndAgain(Rig rig, ExecutorService threads, AtomicInteger accepted) {
    String prefix = "f" + System.nanoTime() + "-";
    for (int n = 0; !Thread.currentThread().isInterrupted(); n++) {
      String callId = prefix + n;
      threads.execute(() -> {
        try {
          HttpResponse<String> response =
              rig.load().post(WORKFLOW, "{\"id\":\"" + callId + "\"}", List.of());
          if (response.statusCode() == OK) {
            rig.load().accept(false, callId, response);
            accepted.incrementAndGet();
          }
        } catch (IOException notAccepted) {
          // Then it need not run.
        } catch (InterruptedException stopped) {
          Thread.currentThread().interrupt();
        }
      });
      LockSupport.parkNanos(CALL_EVERY.toNanos());
    }
  }
}
