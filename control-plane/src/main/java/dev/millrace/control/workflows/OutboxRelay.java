package dev.millrace.control.workflows;

import dev.millrace.control.db.Database;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.Topic;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what the engine is to hear of from the outbox to the definitions topic: publications, and
 * the projects and variables that their executions begin with. Each that was committed there
 * arrives exactly once, in order, whatever ends in between. How far it came is kept as the offset
 * of a group in the same Kafka transaction as the records; a row is removed from the outbox only
 * afterwards, and one that is still there without need is known by its id. One relay of an
 * installation works at a time, the one that holds a lock in the database; another that still
 * believes so is fenced by its transactional id. Runs in a thread of its own.
 */
public final class OutboxRelay implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);

  /** Both the group whose offset says how far it came, and the transactional id. */
  static final String NAME = "millrace-definitions-outbox";

  private static final TopicPartition PLACE = new TopicPartition(Topic.DEFINITIONS.topicName(), 0);
  private static final long LEADER_LOCK = 0x6d72656c6179L;
  private static final int BATCH = 100;

  /** What other control planes commit is found by looking, what this one does by being told. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(1);

  private final Database database;
  private final String bootstrapServers;
  private final int maxRecordBytes;
  private final OutboxRecords records;
  private final Semaphore told = new Semaphore(0);
  private final Thread thread;
  private volatile boolean closing;

  /**
   * @param maxRecordBytes that the brokers take
   */
  public OutboxRelay(
      Database database, String bootstrapServers, int maxRecordBytes, MillraceSerdes serdes) {
    this.database = database;
    this.bootstrapServers = bootstrapServers;
    this.maxRecordBytes = maxRecordBytes;
    this.records = new OutboxRecords(database, serdes);
    this.thread = Thread.ofPlatform().name("outbox-relay").daemon().unstarted(this::run);
  }

  /** Begins. */
  public OutboxRelay start() {
    thread.start();
    return this;
  }

  /** Says that there is something in the outbox. Does not block. */
  public void look() {
    told.release();
  }

  private void run() {
    while (!closing) {
      try (Handle leader = database.jdbi().open()) {
        if (locked(leader)) {
          relay(leader.getConnection());
        }
      } catch (JdbiException | SQLException | KafkaException unavailable) {
        if (!closing) {
          LOG.warn("publications have to wait: {}", unavailable.toString());
        }
      } catch (InterruptedException stopping) {
        return;
      }
      pause(PAUSE_AFTER_FAILURE);
    }
  }

  private static boolean locked(Handle handle) {
    return handle
        .createQuery("select pg_try_advisory_lock(:lock)")
        .bind("lock", LEADER_LOCK)
        .mapTo(Boolean.class)
        .one();
  }

  /** As long as the connection, and with it the lock, is there. */
  private void relay(Connection leader) throws SQLException, InterruptedException {
    try (KafkaProducer<String, byte[]> producer = producer();
        KafkaConsumer<byte[], byte[]> progress = progress()) {
      // Ends what a predecessor left open, so that the offset is final.
      producer.initTransactions();
      long done = done(progress);
      while (!closing && leader.isValid(1)) {
        List<OutboxRow> rows = rows(done);
        if (rows.isEmpty()) {
          told.tryAcquire(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
          told.drainPermits();
          continue;
        }
        producer.beginTransaction();
        for (OutboxRow row : rows) {
          records.of(row).forEach(message -> send(producer, message.key(), message.value()));
        }
        done = rows.getLast().id();
        producer.sendOffsetsToTransaction(
            Map.of(PLACE, new OffsetAndMetadata(done)), progress.groupMetadata());
        producer.commitTransaction();
        long until = done;
        database
            .jdbi()
            .useHandle(handle -> handle.execute("delete from outbox where id <= ?", until));
      }
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The commit fails when one of them did.
  private static void send(
      KafkaProducer<String, byte[]> producer, String key, byte @Nullable [] value) {
    producer.send(new ProducerRecord<>(PLACE.topic(), PLACE.partition(), key, value));
  }

  private List<OutboxRow> rows(long done) {
    return database
        .jdbi()
        .withHandle(handle ->
            handle
                .createQuery(
                    "select id, kind, coalesce(workflow_id, project_id, '') as subject, version from"
                        + " outbox where id > :done order by id limit :limit")
                .bind("done", done)
                .bind("limit", BATCH)
                .map((row, context) ->
                    new OutboxRow(
                        row.getLong("id"),
                        OutboxRow.Kind.of(row.getString("kind")),
                        row.getString("subject"),
                        Optional.ofNullable(row.getObject("version", Integer.class))))
                .list());
  }

  /**
   * The last row that the topic has; rows behind it were never sent. An offset that the broker has
   * forgotten, as it does after a week without any, stands for none: its rows are long removed.
   */
  private static long done(KafkaConsumer<byte[], byte[]> progress) {
    OffsetAndMetadata offset = progress.committed(Set.of(PLACE)).get(PLACE);
    return offset == null ? 0 : offset.offset();
  }

  /** Stands for the group; reads nothing. */
  private KafkaConsumer<byte[], byte[]> progress() {
    return new KafkaConsumer<>(
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.GROUP_ID_CONFIG,
            NAME,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private KafkaProducer<String, byte[]> producer() {
    return new KafkaProducer<>(
        Map.of(
            ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            NAME,
            // Somebody waits for each publication, and there are few.
            ProducerConfig.LINGER_MS_CONFIG,
            0,
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
            maxRecordBytes),
        new StringSerializer(),
        new ByteArraySerializer());
  }

  private void pause(Duration time) {
    try {
      if (!closing) {
        told.tryAcquire(time.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closing = true;
    // Whatever it is at: what is not committed is done by the next.
    thread.interrupt();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
