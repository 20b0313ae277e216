package dev.millrace.worker;

import dev.millrace.worker.Settlement.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.internals.NodeAcknowledgements;
import org.apache.kafka.clients.consumer.internals.ShareFetch;
import org.apache.kafka.clients.consumer.internals.ShareInFlightBatch;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A share consumer whose records may be acknowledged in any order and at any time, while others are
 * polled. One thread uses it.
 *
 * <p>What is settled goes out with the next {@link #poll} or {@link #send}. The broker's answer
 * arrives within one of the later calls, at the listener.
 */
final class ShareGroupConsumer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ShareGroupConsumer.class);

  /**
   * How long the broker may keep a fetch that finds nothing. An acknowledgement waits for that
   * answer, since the client has one request open to a broker, so the default of 500 ms would be
   * what a finished task stays unacknowledged on an idle worker.
   */
  private static final int FETCH_WAIT_MILLIS = 50;

  /** Called from within the consumer's methods; must not call them. */
  interface Listener {
    void confirmed(TaskId id);

    void refused(TaskId id);
  }

  private record Source(TopicIdPartition partition, int node) {}

  private final KafkaShareConsumer<byte[], byte[]> consumer;
  private final HandedOut handedOut;

  /** Where each delivered record has to be acknowledged. */
  private final Map<TaskId, Source> sources = new HashMap<>();

  /** Offsets of transaction markers: the broker wants to hear of them like of records. */
  private final Map<Source, List<Long>> gaps = new HashMap<>();

  private Optional<Duration> lock = Optional.empty();

  ShareGroupConsumer(PumpSettings settings, String clientId, Listener listener) {
    this.consumer =
        new KafkaShareConsumer<>(
            properties(settings, clientId),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    this.handedOut = new HandedOut(consumer);
    consumer.setAcknowledgementCommitCallback(
        (offsets, failure) -> answered(offsets, failure, listener));
    consumer.subscribe(List.of(settings.topic()));
  }

  private static Map<String, Object> properties(PumpSettings settings, String clientId) {
    Map<String, Object> properties = new HashMap<>();
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, settings.bootstrapServers());
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, settings.group());
    properties.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
    // Otherwise the next poll would acknowledge what still runs.
    properties.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
    // A poll answers no more than there is room for; by default it is as many as were produced in
    // one batch.
    properties.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.polledRecords());
    properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, settings.polledBytes());
    properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, FETCH_WAIT_MILLIS);
    // A worker that is full does not poll, be it for hours, and must not be put out for that.
    properties.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, Integer.MAX_VALUE);
    return properties;
  }

  /** The next tasks, none after the timeout. */
  List<Delivery> poll(Duration timeout) {
    ConsumerRecords<byte[], byte[]> records = consumer.poll(timeout);
    ShareFetch<byte[], byte[]> fetch = handedOut.take();
    lock = fetch.acquisitionLockTimeoutMs().map(Duration::ofMillis).or(() -> lock);
    // The only way to learn from which broker the records came, and which offsets are markers.
    fetch.acknowledgeAll(AcknowledgeType.ACCEPT);
    Map<Integer, Source> byPartition = new HashMap<>();
    fetch
        .takeAcknowledgedRecords()
        .forEach((partition, acknowledged) -> {
          Source source = new Source(partition, acknowledged.nodeId());
          byPartition.put(partition.partition(), source);
          noteGaps(source, acknowledged);
        });
    List<Delivery> deliveries = new ArrayList<>(records.count());
    for (ConsumerRecord<byte[], byte[]> record : records) {
      TaskId id = new TaskId(record.partition(), record.offset());
      Source source = byPartition.get(record.partition());
      if (source == null) {
        throw new IllegalStateException("task " + id + " came from nowhere");
      }
      sources.put(id, source);
      deliveries.add(
          new Delivery(id, record.key(), record.value(), record.deliveryCount().orElse((short) 1)));
    }
    return deliveries;
  }

  private void noteGaps(Source source, NodeAcknowledgements acknowledged) {
    acknowledged
        .acknowledgements()
        .getAcknowledgementsTypeMap()
        .forEach((offset, type) -> {
          if (type == null) {
            gaps.computeIfAbsent(source, s -> new ArrayList<>()).add(offset);
          }
        });
  }

  /** How long the broker waits for a sign of life, once it has said so. */
  Optional<Duration> lock() {
    return lock;
  }

  /** Each settled task was delivered to this consumer, and has got no other verdict than RENEW. */
  void settle(List<Settlement> settlements) {
    List<Settlement> renewals = new ArrayList<>();
    List<Settlement> others = new ArrayList<>();
    for (Settlement settlement : settlements) {
      (settlement.verdict() == Verdict.RENEW ? renewals : others).add(settlement);
    }
    if (!renewals.isEmpty()) {
      // In a request of their own: the broker fetches nothing in answer to one that renews.
      handedOut.put(fetchOf(renewals));
      consumer.commitAsync();
    }
    handedOut.put(fetchOf(others));
  }

  private ShareFetch<byte[], byte[]> fetchOf(List<Settlement> settlements) {
    Map<Source, ShareInFlightBatch<byte[], byte[]>> batches = new HashMap<>();
    for (Settlement settlement : settlements) {
      TaskId id = settlement.id();
      boolean last = settlement.verdict() != Verdict.RENEW;
      Source source = last ? sources.remove(id) : sources.get(id);
      if (source == null) {
        LOG.warn("Task {} was settled but is not known to this consumer", id);
        continue;
      }
      ShareInFlightBatch<byte[], byte[]> batch = batch(batches, source);
      ConsumerRecord<byte[], byte @Nullable []> place =
          new ConsumerRecord<>(
              source.partition().topic(), id.partition(), id.offset(), new byte[0], null);
      batch.addRecord(place);
      batch.acknowledge(place, type(settlement.verdict()));
    }
    gaps.forEach(
        (source, offsets) -> offsets.forEach(offset -> batch(batches, source).addGap(offset)));
    gaps.clear();
    ShareFetch<byte[], byte[]> fetch = ShareFetch.empty();
    batches.forEach((source, batch) -> fetch.add(source.partition(), batch));
    return fetch;
  }

  private static ShareInFlightBatch<byte[], byte[]> batch(
      Map<Source, ShareInFlightBatch<byte[], byte[]>> batches, Source source) {
    return batches.computeIfAbsent(
        source, s -> new ShareInFlightBatch<>(s.node(), s.partition(), Optional.empty()));
  }

  private static AcknowledgeType type(Verdict verdict) {
    return switch (verdict) {
      case ACCEPT -> AcknowledgeType.ACCEPT;
      case RENEW -> AcknowledgeType.RENEW;
      case RELEASE -> AcknowledgeType.RELEASE;
      case REJECT -> AcknowledgeType.REJECT;
    };
  }

  /** Sends what was settled and hears answers, without asking for more tasks. Does not wait. */
  void send() {
    consumer.commitAsync();
  }

  private static void answered(
      Map<TopicIdPartition, Set<Long>> offsets, @Nullable Exception failure, Listener listener) {
    if (failure != null) {
      LOG.warn("The broker refused acknowledgements of {}: {}", offsets, failure.toString());
    }
    offsets.forEach((partition, of) -> {
      for (long offset : of) {
        TaskId id = new TaskId(partition.partition(), offset);
        if (failure == null) {
          listener.confirmed(id);
        } else {
          listener.refused(id);
        }
      }
    });
  }

  /**
   * Sends what was settled, waits for the answer, and leaves the group. What was delivered and not
   * settled goes to other workers at once. Goes on where the thread was interrupted, and takes the
   * interrupt away.
   */
  void close(Duration patience) {
    Thread.interrupted();
    consumer.close(patience);
  }

  @Override
  public void close() {
    close(Duration.ofSeconds(2));
  }
}
