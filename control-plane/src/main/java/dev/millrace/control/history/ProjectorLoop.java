package dev.millrace.control.history;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.topic.Topic;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the events topic and has it projected, as a member of a group: each partition is read by
 * one control plane at a time, and where two believe that it is theirs, the positions in the
 * database let one of them pass. Kafka's own committed offsets are not used.
 *
 * <p>While the database is away the partitions are paused: at most one poll of records is held, and
 * the place in the group is kept. One thread runs it; {@link #close} may be called from another.
 */
public final class ProjectorLoop implements ConsumerRebalanceListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProjectorLoop.class);
  private static final String GROUP = "millrace-history";
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  /** How often it is noted that everything is projected. */
  private static final Duration NOTE_EVERY = Duration.ofSeconds(2);

  private static final Duration PREPARE_EVERY = Duration.ofHours(1);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Consumer<byte[], byte[]> consumer;
  private final Projector projector;
  private final History history;
  private final InstantSource clock;
  private final Set<TopicPartition> unplaced = new HashSet<>();
  private final List<EventRecord> held = new ArrayList<>();
  private Instant notBefore = Instant.MIN;
  private Instant noteAt = Instant.MIN;
  private Instant prepareAt = Instant.MIN;
  private int failures;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  private ProjectorLoop(
      Consumer<byte[], byte[]> consumer,
      Projector projector,
      History history,
      InstantSource clock) {
    this.consumer = consumer;
    this.projector = projector;
    this.history = history;
    this.clock = clock;
    this.thread = Thread.ofPlatform().name("history-projector").unstarted(this::run);
  }

  /** Begins to project in a thread of its own, and goes on until it is closed. */
  public static ProjectorLoop start(
      String bootstrapServers, Projector projector, History history, InstantSource clock) {
    ProjectorLoop loop = over(consumer(bootstrapServers), projector, history, clock);
    loop.thread.start();
    return loop;
  }

  /** One that is to be driven by {@link #step}. */
  static ProjectorLoop over(
      Consumer<byte[], byte[]> consumer,
      Projector projector,
      History history,
      InstantSource clock) {
    ProjectorLoop loop = new ProjectorLoop(consumer, projector, history, clock);
    consumer.subscribe(List.of(Topic.EVENTS.topicName()), loop);
    return loop;
  }

  private static Consumer<byte[], byte[]> consumer(String bootstrapServers) {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ConsumerConfig.GROUP_ID_CONFIG, GROUP);
    // What an aborted transaction wrote did not happen.
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    // The positions are in the database.
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // Where records are gone before they were read is to be said, not passed over.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    // Another control plane that comes or goes does not stop the partitions that stay.
    settings.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        CooperativeStickyAssignor.class.getName());
    // Two transactions of the database for a full poll, instead of four.
    settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2_000);
    // Bounds what a backlog takes of memory. A single record that is larger comes all the same.
    settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 << 20);
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
    return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private void run() {
    try (consumer) {
      while (closing.getCount() > 0) {
        step(POLL);
      }
    } catch (WakeupException woken) {
      LOG.debug("The projector is closed");
    }
  }

  /**
   * One round: reads, projects, and notes how far it is.
   *
   * @param wait for records
   */
  void step(Duration wait) {
    poll(wait);
    if (clock.instant().isBefore(notBefore)) {
      return;
    }
    try {
      prepare();
      place();
      boolean idle = held.isEmpty();
      projector.project(held);
      held.clear();
      if (idle) {
        note();
      }
      resume();
      failures = 0;
    } catch (WakeupException woken) {
      throw woken;
    } catch (MillraceException refused) {
      if (refused.code() == ErrorCode.HISTORY_POSITION_MOVED) {
        beginAgain();
      }
      later(refused);
    } catch (RuntimeException broken) {
      later(broken);
    }
  }

  private void poll(Duration wait) {
    try {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(wait)) {
        held.add(
            new EventRecord(
                new Place(record.partition(), record.offset()),
                Instant.ofEpochMilli(record.timestamp()),
                record.value() == null ? new byte[0] : record.value()));
      }
    } catch (OffsetOutOfRangeException gone) {
      unplace(gone.partitions());
    } catch (WakeupException woken) {
      throw woken;
    } catch (KafkaException away) {
      later(away);
      pause();
    }
    if (!held.isEmpty()) {
      consumer.pause(consumer.assignment());
    }
  }

  /** A consumer that fails does so at once, each time. */
  private void pause() {
    try {
      closing.await(POLL.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void prepare() {
    Instant now = clock.instant();
    if (!now.isBefore(prepareAt)) {
      history.prepare(now);
      prepareAt = now.plus(PREPARE_EVERY);
    }
  }

  /** Goes to where the history is. */
  private void place() {
    if (unplaced.isEmpty()) {
      return;
    }
    Map<Integer, Position> positions = history.positions();
    Map<TopicPartition, Long> first = consumer.beginningOffsets(unplaced, PATIENCE);
    Map<TopicPartition, Long> end = consumer.endOffsets(unplaced, PATIENCE);
    for (TopicPartition partition : List.copyOf(unplaced)) {
      Position position = positions.get(partition.partition());
      long begin = first.getOrDefault(partition, 0L);
      long from = position == null ? begin : position.next();
      if (from < begin) {
        LOG.error(
            "{} records of partition {} were deleted from the topic before they were in history",
            begin - from,
            partition.partition());
        from = begin;
      } else if (from > end.getOrDefault(partition, from)) {
        LOG.error(
            "Partition {} ends before offset {}, where history is: it was made anew, and is read"
                + " from its beginning",
            partition.partition(),
            from);
        from = begin;
      }
      consumer.seek(partition, from);
      projector.begin(partition.partition(), position == null ? Position.NONE : position.next());
      unplaced.remove(partition);
    }
  }

  /** Says that all is projected, where it is. */
  private void note() {
    Instant now = clock.instant();
    if (now.isBefore(noteAt)) {
      return;
    }
    noteAt = now.plus(NOTE_EVERY);
    Map<Integer, Long> ends = new HashMap<>();
    for (TopicPartition partition : consumer.assignment()) {
      if (!unplaced.contains(partition) && consumer.currentLag(partition).orElse(1) == 0) {
        // Behind the last record are marks of its transaction, which are no records.
        ends.put(partition.partition(), consumer.position(partition, PATIENCE));
      }
    }
    projector.caughtUp(ends);
  }

  private void resume() {
    Set<TopicPartition> ready = new HashSet<>(consumer.paused());
    ready.removeAll(unplaced);
    consumer.resume(ready);
  }

  private void beginAgain() {
    held.clear();
    unplace(consumer.assignment());
  }

  private void unplace(Collection<TopicPartition> partitions) {
    consumer.pause(partitions);
    for (TopicPartition partition : partitions) {
      // Any position, so that the consumer does not look for one of its own.
      consumer.seek(partition, 0);
      unplaced.add(partition);
      projector.leave(partition.partition());
    }
  }

  /** Tries again after a while, longer each time. */
  private void later(RuntimeException why) {
    failures++;
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures - 1, 10));
    pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    notBefore = clock.instant().plus(pause);
    LOG.warn(
        "History cannot go on for now, next try in {} ms: {}", pause.toMillis(), why.toString());
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    unplace(partitions);
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    Set<Integer> gone = new HashSet<>();
    for (TopicPartition partition : partitions) {
      unplaced.remove(partition);
      projector.leave(partition.partition());
      gone.add(partition.partition());
    }
    // Whoever reads them now begins where the history is, which is before these.
    held.removeIf(record -> gone.contains(record.place().partition()));
  }

  /** Ends after what is being applied. What was read and not applied is read again next time. */
  @Override
  public void close() {
    closing.countDown();
    consumer.wakeup();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
