package dev.millrace.control.history;

import static dev.millrace.control.history.EventStream.BEGIN;
import static dev.millrace.control.history.EventStream.ended;
import static dev.millrace.control.history.EventStream.ran;
import static dev.millrace.control.history.EventStream.started;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.control.db.Database;
import dev.millrace.control.db.PostgresExtension;
import dev.millrace.control.history.postgres.PostgresHistory;
import dev.millrace.control.http.Grant;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The projection of a real topic into a real database, over what happens to both. */
@ExtendWith(PostgresExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ProjectorLoopTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final InstantSource CLOCK = InstantSource.system();

  private final FailingHistory history;
  private final EventStream stream = new EventStream();
  private EventsBroker broker;
  private @Nullable ProjectorLoop loop;
  private int count;

  @SuppressWarnings("NullAway") // Made before the first test.
  ProjectorLoopTest(Database database) {
    history = new FailingHistory(new PostgresHistory(database));
  }

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    broker = new EventsBroker(folder);
  }

  @AfterAll
  void stop() {
    broker.close();
  }

  @AfterEach
  void close() {
    if (loop != null) {
      loop.close();
      loop = null;
    }
  }

  private Projector project() {
    Projector projector =
        new Projector(
            history,
            ids -> Map.of(),
            SavePolicy.EVERYTHING,
            stream.serdes(),
            InstantSource.fixed(BEGIN));
    loop = ProjectorLoop.start(broker.bootstrapServers(), projector, history, CLOCK);
    return projector;
  }

  /** Writes executions, each over at once. */
  private void write(int executions, boolean commit) {
    int before = stream.all().size();
    for (int i = 0; i < executions; i++) {
      stream.append(
          0,
          "execution" + count++,
          "flow",
          BEGIN,
          started("webhook", BEGIN),
          ran("Set", 0, 0, BEGIN, "{}"),
          ended("success", null, BEGIN));
    }
    List<EventRecord> all = stream.all();
    List<EventRecord> fresh = all.subList(before, all.size());
    for (int i = 0; i < fresh.size(); i++) {
      EventRecord record = fresh.get(i);
      Place place = new Place(i % EventsBroker.PARTITIONS, 0);
      broker.write(List.of(new EventRecord(place, record.at(), record.value())), commit);
    }
  }

  private long there() {
    return history.count(Grant.all(), ExecutionFilter.ALL, 100_000);
  }

  private void awaitThere(long executions) {
    await().atMost(LONG).until(() -> there() == executions);
  }

  @Test
  void goesOnWhereHistoryIsWhateverHappens() {
    project();
    long begin = there();
    write(6, true);
    write(4, false);
    awaitThere(begin + 6);

    history.away(true);
    write(5, true);
    history.next(List.of(FailingHistory.Fault.AFTER, FailingHistory.Fault.BEFORE));
    history.away(false);
    awaitThere(begin + 11);
    close();

    write(3, true);
    Projector projector = project();
    awaitThere(begin + 14);
    assertThat(projector.counts().projected()).isEqualTo(3);

    try (Admin admin = broker.admin()) {
      KafkaEnds ends = new KafkaEnds(admin, CLOCK);
      HistoryLag lag = new HistoryLag(history, ends, CLOCK);
      // The marks of transactions behind the last record count too.
      await()
          .atMost(LONG)
          .until(() -> lag.now().equals(new HistoryLag.Lag(0, Optional.of(Duration.ZERO))));
      assertThat(ends.get()).hasSize(EventsBroker.PARTITIONS);
    }
  }

  @Test
  void saysWhatIsGoneFromTheTopicAndGoesOnBehindIt() throws Exception {
    project();
    long begin = there();
    write(2, true);
    awaitThere(begin + 2);
    close();
    write(4, true);
    try (Admin admin = broker.admin()) {
      Map<Integer, Long> ends = new KafkaEnds(admin, CLOCK).get();
      TopicPartition first = new TopicPartition("millrace.events", 0);
      admin
          .deleteRecords(Map.of(first, RecordsToDelete.beforeOffset(ends.getOrDefault(0, 0L))))
          .all()
          .get();
    }
    write(2, true);
    Projector projector = project();

    // Two of the four lay in the partition that was cut off.
    awaitThere(begin + 2 + 2 + 2);
    assertThat(projector.counts().skipped()).isZero();
  }

  @Test
  void bringsLargeRecords() {
    String large = "{\"text\":\"" + "x".repeat(9 << 20) + "\"}";
    stream.append(
        0,
        "large" + count,
        "flow",
        BEGIN,
        started("webhook", BEGIN),
        ran("Set", 0, 0, BEGIN, large));
    broker.write(List.of(stream.all().getLast()), true);
    project();

    await().atMost(LONG).until(() -> history.find(Grant.all(), "large" + count).isPresent());
    ExecutionRow row = history.find(Grant.all(), "large" + count).orElseThrow();
    assertThat(row.bytes()).isGreaterThan(9 << 20);
    assertThat(history.runs(row)).hasSize(1);
  }
}
