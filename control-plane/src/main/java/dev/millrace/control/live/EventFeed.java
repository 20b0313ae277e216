package dev.millrace.control.live;

import dev.millrace.avro.EventBatch;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.serde.AvroSerde;
import dev.millrace.serde.MillraceSerdes;
import dev.millrace.topic.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the events topic once for all who want to see events as they happen, from its end on. While
 * nobody does, it reads nothing. Nothing of it is stored, and nobody waits for it. Thread-safe.
 */
final class EventFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);
  private static final Duration POLL = Duration.ofMillis(200);

  /** Somebody waits for the first event. */
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** While the broker is away, those who come are told so at once for some time. */
  private static final Duration AWAY = Duration.ofSeconds(5);

  /** Readers come back soon, such as a browser whose connection broke. */
  private static final Duration IDLE = Duration.ofSeconds(30);

  /** After it, the connection of a reader that was cut off is closed. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final AvroSerde<EventBatch> serde;
  private final Set<EventSubscription> subscriptions = ConcurrentHashMap.newKeySet();
  private final Set<EventSubscription> cut = ConcurrentHashMap.newKeySet();
  private final Object monitor = new Object();
  private final List<EventSubscription> unplaced = new ArrayList<>();
  private @Nullable Thread thread;
  private @Nullable Consumer<byte[], byte[]> open;
  private boolean closed;
  private @Nullable MillraceException away;
  private long awaySince;

  /**
   * @param consumers makes one that reads what is committed, without a group; it is closed here
   */
  EventFeed(Supplier<Consumer<byte[], byte[]>> consumers, MillraceSerdes serdes) {
    this.consumers = consumers;
    this.serde = serdes.serde(EventBatch.class);
  }

  /**
   * Begins to gather events for somebody; whatever happens after it returns is among them.
   *
   * @throws MillraceException {@code BROKER_UNAVAILABLE}
   */
  EventSubscription subscribe(Interest interest) {
    EventSubscription subscription = new EventSubscription(interest, this::forget);
    synchronized (monitor) {
      if (closed) {
        throw new MillraceException(ErrorCode.OVERLOADED, "The server stops");
      }
      MillraceException known = away;
      if (known != null && System.nanoTime() - awaySince < AWAY.toNanos()) {
        throw known;
      }
      unplaced.add(subscription);
      if (thread == null) {
        thread = Thread.ofPlatform().name("event-feed").daemon().start(this::run);
      }
      monitor.notifyAll();
    }
    try {
      subscription.awaitPlaced(PATIENCE.plusSeconds(2));
      return subscription;
    } catch (RuntimeException failed) {
      subscription.close();
      throw failed;
    }
  }

  private void forget(EventSubscription subscription) {
    subscriptions.remove(subscription);
    cut.remove(subscription);
    synchronized (monitor) {
      unplaced.remove(subscription);
    }
  }

  private void run() {
    while (awaitSubscribers()) {
      try (Consumer<byte[], byte[]> consumer = opened()) {
        read(consumer);
      } catch (WakeupException stopping) {
        LOG.debug("The feed of events is closed");
      } catch (KafkaException broken) {
        LOG.warn("Events cannot be followed for now: {}", broken.toString());
        failAll(
            new MillraceException(
                ErrorCode.BROKER_UNAVAILABLE, "the events cannot be read: " + broken, broken));
      } catch (RuntimeException defect) {
        LOG.error("Events cannot be followed", defect);
        failAll(new MillraceException(ErrorCode.INTERNAL, "The stream could not go on", defect));
      } finally {
        synchronized (monitor) {
          open = null;
        }
      }
    }
    failAll(new MillraceException(ErrorCode.OVERLOADED, "The server stops"));
  }

  /** False when there will be none. */
  private boolean awaitSubscribers() {
    synchronized (monitor) {
      try {
        while (!closed && unplaced.isEmpty() && subscriptions.isEmpty()) {
          monitor.wait();
        }
      } catch (InterruptedException stopping) {
        closed = true;
      }
      return !closed;
    }
  }

  private Consumer<byte[], byte[]> opened() {
    Consumer<byte[], byte[]> consumer = consumers.get();
    synchronized (monitor) {
      open = consumer;
      if (closed) {
        consumer.wakeup();
      }
    }
    return consumer;
  }

  private void read(Consumer<byte[], byte[]> consumer) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(Topic.EVENTS.topicName(), PATIENCE).stream()
            .map(info -> new TopicPartition(info.topic(), info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToEnd(partitions);
    // Seeking is lazy: a position that is found later would miss what comes until then.
    partitions.forEach(partition -> consumer.position(partition, PATIENCE));
    synchronized (monitor) {
      away = null;
    }
    long idleSince = System.nanoTime();
    while (System.nanoTime() - idleSince < IDLE.toNanos()) {
      place();
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        hand(record);
      }
      cut.removeIf(subscription -> subscription.free(GRACE));
      if (!subscriptions.isEmpty()) {
        idleSince = System.nanoTime();
      }
    }
  }

  /** From here on they get everything. */
  private void place() {
    synchronized (monitor) {
      if (closed) {
        throw new WakeupException();
      }
      subscriptions.addAll(unplaced);
      unplaced.forEach(EventSubscription::placed);
      unplaced.clear();
    }
  }

  private void hand(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null || subscriptions.isEmpty()) {
      return;
    }
    String executionId =
        record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
    EventBatch batch = null;
    List<EventSubscription> lost = new ArrayList<>();
    for (EventSubscription subscription : subscriptions) {
      Interest interest = subscription.interest();
      if (interest.executionId().filter(id -> !id.equals(executionId)).isPresent()) {
        continue;
      }
      if (batch == null) {
        batch = decoded(record);
        if (batch == null) {
          return;
        }
      }
      String workflowId = batch.getWorkflowId();
      if (interest.workflowId().filter(id -> !id.equals(workflowId)).isEmpty()
          && !subscription.offer(
              new Delivery(
                  record.partition(), record.offset(), batch, record.serializedValueSize()))) {
        lost.add(subscription);
      }
    }
    lost.forEach(subscriptions::remove);
    cut.addAll(lost);
  }

  private @Nullable EventBatch decoded(ConsumerRecord<byte[], byte[]> record) {
    try {
      return serde.fromBytes(record.value());
    } catch (MillraceException unreadable) {
      LOG.warn(
          "Partition {}, offset {} is not shown: {}",
          record.partition(),
          record.offset(),
          unreadable.text());
      return null;
    }
  }

  private void failAll(MillraceException why) {
    List<EventSubscription> all;
    synchronized (monitor) {
      if (why.code() == ErrorCode.BROKER_UNAVAILABLE) {
        away = why;
        awaySince = System.nanoTime();
      }
      all = new ArrayList<>(unplaced);
      unplaced.clear();
    }
    all.addAll(subscriptions);
    subscriptions.clear();
    all.forEach(subscription -> subscription.end(why));
  }

  /** Ends all streams. */
  @Override
  public void close() {
    Thread running;
    synchronized (monitor) {
      closed = true;
      running = thread;
      if (open != null) {
        open.wakeup();
      }
      monitor.notifyAll();
    }
    try {
      if (running != null) {
        running.join(Duration.ofSeconds(5));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
