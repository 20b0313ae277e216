package dev.millrace.bench;

import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.worker.PumpSettings;
import dev.millrace.worker.TaskHandler;
import dev.millrace.worker.TaskPump;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The bare way of a call through Kafka, on a broker of its own: a record to a share group, whose
 * member answers with a record. What a call to the outside costs without engine, HTTP and webhook.
 */
final class ShareRoundTrips implements AutoCloseable {
  private static final String TASKS = "bench.tasks";
  private static final String RESULTS = "bench.results";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long IN_FLIGHT_LIMIT_SECONDS = 30;

  private final EmbeddedKafka kafka;
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], byte[]> results;
  private final TaskPump pump;
  private volatile @Nullable Exception failed;

  /** What a run measured. */
  record Result(double perSecond, double p50Millis) {}

  ShareRoundTrips(Path directory) throws InterruptedException, ExecutionException {
    kafka = new EmbeddedKafka(directory, 0);
    kafka.start();
    String bootstrap = kafka.bootstrap();
    try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
      admin
          .createTopics(
              List.of(new NewTopic(TASKS, 1, (short) 1), new NewTopic(RESULTS, 1, (short) 1)))
          .all()
          .get();
    }
    // As the engine's own: nothing is lost, and what comes together is sent together.
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrap, "acks", "all", "linger.ms", 1),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    results =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "auto.offset.reset", "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    results.assign(List.of(new TopicPartition(RESULTS, 0)));
    PumpSettings defaults = PumpSettings.of(bootstrap);
    pump =
        new TaskPump(
            new PumpSettings(
                bootstrap,
                TASKS,
                "bench-share",
                defaults.maxTasks(),
                defaults.maxBytes(),
                defaults.lock(),
                defaults.maxDeliveries(),
                defaults.retryAfter()),
            new Echo(producer));
    pump.start();
    if (!pump.awaitReady(PATIENCE)) {
      throw new IllegalStateException("the share group did not get its partition");
    }
  }

  /** Answers each task with its own value. */
  private record Echo(KafkaProducer<byte[], byte[]> producer) implements TaskHandler {
    @Override
    public void handle(byte @Nullable [] key, byte @Nullable [] value, int deliveryCount)
        throws InterruptedException, ExecutionException {
      producer.send(new ProducerRecord<>(RESULTS, value)).get();
    }

    @Override
    public void giveUp(
        byte @Nullable [] key,
        byte @Nullable [] value,
        int deliveryCount,
        @Nullable Throwable last) {
      throw new IllegalStateException("a bare task failed", last);
    }
  }

  /** Keeps so many under way for so long. */
  Result run(int inFlight, int seconds) throws InterruptedException {
    Semaphore room = new Semaphore(inFlight);
    List<Long> nanos = Collections.synchronizedList(new ArrayList<>());
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    Thread reader =
        Thread.ofPlatform()
            .name("bench-results")
            .start(() -> {
              while (System.nanoTime() < end || room.availablePermits() < inFlight) {
                for (ConsumerRecord<byte[], byte[]> each : results.poll(Duration.ofMillis(100))) {
                  nanos.add(System.nanoTime() - ByteBuffer.wrap(each.value()).getLong());
                  room.release();
                }
              }
            });
    while (System.nanoTime() < end) {
      if (!room.tryAcquire(IN_FLIGHT_LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("a bare task got no answer");
      }
      byte[] value = ByteBuffer.allocate(64).putLong(System.nanoTime()).array();
      var unused =
          producer.send(
              new ProducerRecord<>(TASKS, value),
              (sent, failure) -> {
                if (failure != null) {
                  failed = failure;
                }
              });
      if (failed != null) {
        throw new IllegalStateException("a bare task was not sent", failed);
      }
    }
    reader.join();
    List<Double> sorted = nanos.stream().map(each -> each / 1e6).toList();
    return new Result(nanos.size() / (double) seconds, WebhookRuns.median(sorted));
  }

  @Override
  public void close() {
    pump.close();
    producer.close();
    results.close();
    kafka.close();
  }
}
