package dev.millrace.standalone.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.standalone.embedded.EmbeddedKafka;
import dev.millrace.worker.PumpSettings;
import dev.millrace.worker.TaskPump;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The effect workers' pump on a real broker. */
class TaskPumpTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  @TempDir static Path directory;
  private static EmbeddedKafka kafka;

  @BeforeAll
  static void startKafka() {
    kafka = new EmbeddedKafka(directory.resolve("kafka"), 0);
    kafka.start();
  }

  @AfterAll
  static void stopKafka() {
    kafka.close();
  }

  @Test
  void everyTaskIsHandledAndNoneComesAgain() throws Exception {
    createTopic("many", 4);
    List<String> keys = keys("task", 2000);
    RecordingHandler handler = new RecordingHandler();
    try (TaskPump pump = new TaskPump(settings("many"), handler)) {
      pump.start();
      assertThat(pump.awaitReady(PATIENCE)).isTrue();
      produce("many", keys, 100);
      await().atMost(PATIENCE).until(() -> handler.finished.size() == 2000);
      await().atMost(PATIENCE).until(() -> pump.metrics().done() == 2000);
      assertThat(pump.metrics().inFlight()).isZero();
      assertThat(pump.metrics().bytes()).isZero();
    }
    assertThat(handler.started.keySet()).containsExactlyInAnyOrderElementsOf(keys);
    assertThat(handler.started.values()).allSatisfy(runs -> assertThat(runs).containsExactly(1));

    // What was accepted is not delivered to the next worker of the group.
    produce("many", List.of("one more"), 1);
    RecordingHandler next = new RecordingHandler();
    try (TaskPump pump = new TaskPump(settings("many"), next)) {
      pump.start();
      await().atMost(PATIENCE).until(() -> next.finished.containsKey("one more"));
      assertThat(next.started.keySet()).containsExactly("one more");
    }
  }

  @Test
  void aTaskThatOutlastsItsLockIsRenewedAndHoldsUpNobody() throws Exception {
    createTopic("slow", 1);
    CountDownLatch answer = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler((key, deliveryCount) -> {
          if (key.equals("slow")) {
            answer.await();
          }
        });
    PumpSettings settings = settings("slow", Duration.ofSeconds(2), 1000, 1 << 20);
    try (TaskPump pump = new TaskPump(settings, handler)) {
      pump.start();
      produce("slow", List.of("slow"), 1);
      await().atMost(PATIENCE).until(() -> handler.started.containsKey("slow"));
      produce("slow", keys("quick", 6000), 1);
      // On the same partition, behind it, while it runs.
      await().atMost(PATIENCE).until(() -> handler.finished.size() == 6000);
      // Two locks long.
      await().atMost(PATIENCE).until(() -> pump.metrics().renewed() >= 6);
      assertThat(pump.metrics().inFlight()).isEqualTo(1);
      answer.countDown();
      await().atMost(PATIENCE).until(() -> pump.metrics().done() == 6001);
      assertThat(handler.started.get("slow")).containsExactly(1);
      assertThat(pump.metrics().lost()).isZero();
      assertThat(pump.metrics().consumers()).isEqualTo(1);
    }
    assertNothingIsLeft("slow");
  }

  @Test
  void twoWorkersShareTheTasks() throws Exception {
    createTopic("shared", 4);
    RecordingHandler one = new RecordingHandler();
    RecordingHandler two = new RecordingHandler();
    try (TaskPump first = new TaskPump(settings("shared"), one);
        TaskPump second = new TaskPump(settings("shared"), two)) {
      first.start();
      second.start();
      assertThat(first.awaitReady(PATIENCE)).isTrue();
      assertThat(second.awaitReady(PATIENCE)).isTrue();
      List<String> keys = keys("task", 400);
      // Key by key, so that they lie in all partitions.
      produce("shared", keys, 1);
      await().atMost(PATIENCE).until(() -> one.finished.size() + two.finished.size() == 400);
      Set<String> all = new HashSet<>(one.finished.keySet());
      all.addAll(two.finished.keySet());
      assertThat(all).containsExactlyInAnyOrderElementsOf(keys);
      assertThat(one.finished).isNotEmpty();
      assertThat(two.finished).isNotEmpty();
    }
  }

  @Test
  void theTasksOfAKilledWorkerGoToAnother() throws Exception {
    createTopic("killed", 2);
    Process process = workerThatHolds("killed", keys("task", 40), Duration.ofSeconds(30));
    process.destroyForcibly().waitFor();
    // Long before the lock ends: the broker sees the broken connection, and then that the session
    // of
    // the one who died is over.
    assertAllComeTo(new RecordingHandler(), "killed", Duration.ofSeconds(30));
  }

  @Test
  void theTasksOfAFrozenWorkerGoToAnother() throws Exception {
    createTopic("frozen", 2);
    Process process = workerThatHolds("frozen", keys("task", 40), Duration.ofSeconds(2));
    try {
      new ProcessBuilder("kill", "-STOP", String.valueOf(process.pid())).start().waitFor();
      assertAllComeTo(new RecordingHandler(), "frozen", Duration.ofSeconds(2));
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  private static void assertAllComeTo(RecordingHandler heir, String topic, Duration lock) {
    try (TaskPump pump =
        new TaskPump(settings(kafka.bootstrap(), topic, lock, 1000, 16 << 20), heir)) {
      pump.start();
      await().atMost(Duration.ofSeconds(20)).until(() -> heir.finished.size() == 40);
    }
    assertThat(heir.started.values()).allSatisfy(runs -> assertThat(runs).containsExactly(2));
  }

  /** A process of its own that has taken all these tasks and does not finish them. */
  private static Process workerThatHolds(String topic, List<String> keys, Duration lock)
      throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                WorkerProcess.class.getName(),
                kafka.bootstrap(),
                topic,
                lock.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    produce(topic, keys, 1);
    Set<String> taken = new HashSet<>();
    BufferedReader output =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    while (taken.size() < keys.size()) {
      String line = output.readLine();
      assertThat(line).as("the worker process ended").isNotNull();
      if (line.startsWith("started ")) {
        taken.add(line.substring("started ".length()));
      }
    }
    return process;
  }

  @Test
  void tasksOfAbortedTransactionsAreNotSeen() throws Exception {
    createTopic("transactions", 1);
    RecordingHandler handler = new RecordingHandler();
    try (TaskPump pump = new TaskPump(settings("transactions"), handler)) {
      pump.start();
      try (var producer =
          new KafkaProducer<>(
              Map.<String, Object>of(
                  ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                  kafka.bootstrap(),
                  ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                  "aborting"),
              new StringSerializer(),
              new ByteArraySerializer())) {
        producer.initTransactions();
        for (int round = 0; round < 10; round++) {
          producer.beginTransaction();
          var _ = producer.send(new ProducerRecord<>("transactions", "dropped" + round, bytes(10)));
          producer.flush();
          producer.abortTransaction();
          producer.beginTransaction();
          var _ = producer.send(new ProducerRecord<>("transactions", "kept" + round, bytes(10)));
          producer.commitTransaction();
        }
      }
      await().atMost(PATIENCE).until(() -> pump.metrics().done() == 10);
      assertThat(handler.started.keySet()).containsExactlyInAnyOrderElementsOf(keys("kept", 10));
      assertThat(handler.started.values()).allSatisfy(runs -> assertThat(runs).containsExactly(1));
    }
  }

  @Test
  void aTaskThatAlwaysFailsIsGivenUpAndLaterOnesGoOn() throws Exception {
    createTopic("poison", 1);
    RecordingHandler handler =
        new RecordingHandler((key, deliveryCount) -> {
          if (key.equals("poison")) {
            throw new StackOverflowError("poisoned at delivery " + deliveryCount);
          }
        });
    handler.failuresToGiveUp.set(2);
    try (TaskPump pump = new TaskPump(settings("poison"), handler)) {
      pump.start();
      produce("poison", List.of("before", "poison", "after"), 1);
      await().atMost(PATIENCE).until(() -> pump.metrics().givenUp() == 1);
      produce("poison", List.of("later"), 1);
      await().atMost(PATIENCE).until(() -> pump.metrics().done() == 3);
      assertThat(handler.started.get("poison")).containsExactly(1, 2, 3);
      assertThat(handler.givenUp)
          .singleElement()
          .satisfies(up -> {
            assertThat(up.key()).isEqualTo("poison");
            assertThat(up.deliveryCount()).isEqualTo(4);
            assertThat(up.last()).hasMessage("poisoned at delivery 3");
          });
      assertThat(handler.finished).containsOnlyKeys("before", "after", "later");
    }
    assertNothingIsLeft("poison");
  }

  @Test
  void noMoreTasksAreTakenThanWanted() throws Exception {
    createTopic("few", 2);
    CountDownLatch answer = new CountDownLatch(1);
    RecordingHandler handler = new RecordingHandler((key, deliveryCount) -> answer.await());
    PumpSettings settings = settings("few", Duration.ofSeconds(2), 8, 1 << 20);
    try (TaskPump pump = new TaskPump(settings, handler)) {
      pump.start();
      produce("few", keys("task", 100), 10);
      await().atMost(PATIENCE).until(() -> handler.running.get() >= 7);
      // Over several locks, so that what is not polled but was fetched would show as lost.
      await().atMost(PATIENCE).until(() -> pump.metrics().renewed() >= 60);
      assertThat(handler.mostRunning.get()).isBetween(7, 8);
      answer.countDown();
      await().atMost(PATIENCE).until(() -> pump.metrics().done() == 100);
      assertThat(handler.mostRunning.get()).isLessThanOrEqualTo(8);
      assertThat(handler.started.values()).allSatisfy(runs -> assertThat(runs).containsExactly(1));
    }
  }

  @Test
  void noMoreBytesAreTakenThanWanted() throws Exception {
    createTopic("large", 2);
    CountDownLatch answer = new CountDownLatch(1);
    RecordingHandler handler = new RecordingHandler((key, deliveryCount) -> answer.await());
    long bound = 64 << 10;
    PumpSettings settings = settings("large", Duration.ofSeconds(30), 1000, bound);
    try (TaskPump pump = new TaskPump(settings, handler)) {
      pump.start();
      produce("large", keys("task", 60), 4 << 10);
      await().atMost(PATIENCE).until(() -> pump.metrics().bytes() > bound * 3 / 4);
      await()
          .during(Duration.ofSeconds(1))
          .atMost(PATIENCE)
          .until(() -> pump.metrics().bytes() <= bound);
      assertThat(handler.running.get()).isLessThanOrEqualTo(16);
      answer.countDown();
      await().atMost(PATIENCE).until(() -> pump.metrics().done() == 60);
      assertThat(handler.mostRunning.get()).isLessThanOrEqualTo(16);
    }
  }

  @Test
  void closingWaitsForTasksAndGivesTheRestBack() throws Exception {
    createTopic("drained", 1);
    CountDownLatch answer = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler((key, deliveryCount) -> {
          if (key.equals("stuck")) {
            new CountDownLatch(1).await();
          }
          answer.await();
        });
    TaskPump pump = new TaskPump(settings("drained"), handler);
    pump.start();
    produce("drained", List.of("ends", "stuck"), 1);
    await().atMost(PATIENCE).until(() -> handler.running.get() == 2);
    Thread closer = Thread.ofVirtual().start(() -> pump.close(Duration.ofSeconds(3)));
    // Not taken any more.
    await().atMost(PATIENCE).until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    produce("drained", List.of("late"), 1);
    answer.countDown();
    await().atMost(PATIENCE).until(() -> handler.finished.containsKey("ends"));
    assertThat(closer.join(PATIENCE)).isTrue();
    assertThat(pump.metrics().inFlight()).isZero();
    assertThat(pump.metrics().done()).isEqualTo(1);
    assertThat(pump.metrics().released()).isEqualTo(1);
    assertThat(handler.running.get()).isZero();

    RecordingHandler next = new RecordingHandler();
    try (TaskPump successor = new TaskPump(settings("drained"), next)) {
      successor.start();
      await().atMost(PATIENCE).until(() -> next.finished.size() == 2);
      assertThat(next.started).containsOnlyKeys("stuck", "late");
      assertThat(next.started.get("stuck")).containsExactly(2);
    }
  }

  @Test
  void aCancelledTaskIsInterruptedAndNotDeliveredAgain() throws Exception {
    createTopic("cancelled", 1);
    RecordingHandler handler =
        new RecordingHandler((key, deliveryCount) -> new CountDownLatch(1).await());
    try (TaskPump pump = new TaskPump(settings("cancelled"), handler)) {
      pump.start();
      produce("cancelled", List.of("a", "b"), 1);
      await().atMost(PATIENCE).until(() -> handler.running.get() == 2);
      assertThat(pump.cancel(key -> Arrays.equals(key, "c".getBytes(StandardCharsets.UTF_8))))
          .isFalse();
      assertThat(pump.cancel(key -> Arrays.equals(key, "a".getBytes(StandardCharsets.UTF_8))))
          .isTrue();
      await().atMost(PATIENCE).until(() -> pump.metrics().inFlight() == 1);
      assertThat(pump.metrics().released()).isZero();
      assertThat(pump.cancel(key -> true)).isTrue();
      await().atMost(PATIENCE).until(() -> pump.metrics().inFlight() == 0);
    }
    assertNothingIsLeft("cancelled");
    assertThat(handler.started.values()).allSatisfy(runs -> assertThat(runs).containsExactly(1));
  }

  @Test
  void aConsumerThatFailsIsReplacedWhileItsTasksRunOn() throws Exception {
    createTopic("replaced", 1);
    CountDownLatch answer = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler((key, deliveryCount) -> {
          if (key.equals("long")) {
            answer.await();
          }
        });
    try (TaskPump pump = new TaskPump(settings("replaced"), handler)) {
      pump.start();
      produce("replaced", List.of("long"), 1);
      await().atMost(PATIENCE).until(() -> handler.started.containsKey("long"));
      pumpThreads().forEach(Thread::interrupt);
      await().atMost(PATIENCE).until(() -> pump.metrics().consumers() > 1);
      produce("replaced", List.of("after"), 1);
      await().atMost(PATIENCE).until(() -> handler.finished.containsKey("after"));
      answer.countDown();
      await().atMost(PATIENCE).until(() -> pump.metrics().done() == 2);
      assertThat(handler.started.get("long")).containsExactly(1);
    }
    assertNothingIsLeft("replaced");
  }

  @Test
  void aBrokerThatGoesAwayAndComesBackIsWaitedFor() throws Exception {
    Path place = directory.resolve("leaving");
    CountDownLatch answer = new CountDownLatch(1);
    RecordingHandler handler =
        new RecordingHandler((key, deliveryCount) -> {
          if (!key.equals("after")) {
            answer.await();
          }
        });
    String bootstrap;
    TaskPump pump;
    try (EmbeddedKafka leaving = new EmbeddedKafka(place, 0)) {
      leaving.start();
      bootstrap = leaving.bootstrap();
      createTopic(bootstrap, "outage", 1);
      pump = new TaskPump(settings(bootstrap, "outage"), handler);
      pump.start();
      produce(bootstrap, "outage", List.of("ends while away", "ends later"), 1);
      await().atMost(PATIENCE).until(() -> handler.running.get() == 2);
    }
    int port = Integer.parseInt(bootstrap.substring(bootstrap.indexOf(':') + 1));
    try (EmbeddedKafka back = new EmbeddedKafka(place, port)) {
      answer.countDown();
      await().atMost(PATIENCE).until(() -> handler.finished.size() == 2);
      back.start();
      produce(bootstrap, "outage", List.of("after"), 1);
      await().atMost(PATIENCE).until(() -> handler.finished.containsKey("after"));
      // Delivered again, recognised, and accepted without a second run.
      assertThat(handler.started.get("ends while away")).containsExactly(1);
      assertThat(handler.started.get("ends later")).containsExactly(1);
      pump.close();
      produce(bootstrap, "outage", List.of("last"), 1);
      assertNothingIsLeft(bootstrap, "outage", "last");
    } finally {
      pump.close(Duration.ZERO);
    }
  }

  /** Another worker of the group gets nothing but a record that is written now. */
  private static void assertNothingIsLeft(String topic) throws Exception {
    produce(topic, List.of("last"), 1);
    assertNothingIsLeft(kafka.bootstrap(), topic, "last");
  }

  private static void assertNothingIsLeft(String bootstrap, String topic, String last) {
    RecordingHandler next = new RecordingHandler();
    try (TaskPump pump = new TaskPump(settings(bootstrap, topic), next)) {
      pump.start();
      await().atMost(PATIENCE).until(() -> next.finished.containsKey(last));
    }
    assertThat(next.started).containsOnlyKeys(last);
  }

  private static List<Thread> pumpThreads() {
    Thread[] all = new Thread[Thread.activeCount() + 50];
    int count = Thread.enumerate(all);
    return Arrays.stream(all, 0, count).filter(t -> t.getName().equals("task-pump")).toList();
  }

  private static PumpSettings settings(String topic) {
    return settings(kafka.bootstrap(), topic);
  }

  private static PumpSettings settings(String bootstrap, String topic) {
    return settings(bootstrap, topic, Duration.ofSeconds(30), 1000, 16 << 20);
  }

  private static PumpSettings settings(String topic, Duration lock, int maxTasks, long maxBytes) {
    return settings(kafka.bootstrap(), topic, lock, maxTasks, maxBytes);
  }

  static PumpSettings settings(
      String bootstrap, String topic, Duration lock, int maxTasks, long maxBytes) {
    return new PumpSettings(
        bootstrap, topic, topic + "-workers", maxTasks, maxBytes, lock, 3, Duration.ofMillis(100));
  }

  private static List<String> keys(String prefix, int count) {
    return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
  }

  private static byte[] bytes(int size) {
    return new byte[size];
  }

  private static void createTopic(String topic, int partitions) throws Exception {
    createTopic(kafka.bootstrap(), topic, partitions);
  }

  private static void createTopic(String bootstrap, String topic, int partitions) throws Exception {
    try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
      admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    }
  }

  private static void produce(String topic, List<String> keys, int size) throws Exception {
    produce(kafka.bootstrap(), topic, keys, size);
  }

  private static void produce(String bootstrap, String topic, List<String> keys, int size)
      throws Exception {
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", bootstrap),
            new StringSerializer(),
            new ByteArraySerializer())) {
      List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
      for (String key : keys) {
        sent.add(producer.send(new ProducerRecord<>(topic, key, bytes(size))));
      }
      for (var one : sent) {
        one.get();
      }
    }
  }
}
