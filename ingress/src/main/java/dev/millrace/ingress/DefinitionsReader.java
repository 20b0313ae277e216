package dev.millrace.ingress;

import dev.millrace.avro.DefinitionRecord;
import dev.millrace.topic.DefinitionKeys;
import dev.millrace.topic.Topic;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the routes as the definitions topic says: read from its beginning, and shown for the first
 * time when what was there at the start has been read.
 */
final class DefinitionsReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DefinitionsReader.class);

  private final KafkaConsumer<String, byte[]> consumer;
  private final Map<TopicPartition, Long> ends;
  private final Deserializer<DefinitionRecord> deserializer;
  private final ActiveWebhooks webhooks;
  private volatile boolean caughtUp;
  private final PollingThread thread;
  private boolean changed;
  private Set<WebhookProblem> reported = Set.of();
  private volatile WebhookRoutes routes = WebhookRoutes.EMPTY;

  private DefinitionsReader(
      KafkaConsumer<String, byte[]> consumer,
      Map<TopicPartition, Long> ends,
      Deserializer<DefinitionRecord> deserializer,
      WebhookExpressions expressions) {
    this.webhooks = new ActiveWebhooks(expressions);
    this.consumer = consumer;
    this.ends = ends;
    this.deserializer = deserializer;
    this.thread = new PollingThread("millrace-webhooks", consumer, this::take, this::show);
  }

  static DefinitionsReader start(
      IngressSettings.Kafka kafka,
      Deserializer<DefinitionRecord> deserializer,
      WebhookExpressions expressions) {
    KafkaConsumer<String, byte[]> consumer = Consumers.create(kafka, "earliest");
    try {
      List<TopicPartition> partitions = Consumers.partitions(consumer, Topic.DEFINITIONS);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      DefinitionsReader reader =
          new DefinitionsReader(
              consumer, consumer.endOffsets(partitions), deserializer, expressions);
      reader.thread.start();
      return reader;
    } catch (RuntimeException failed) {
      consumer.close();
      throw failed;
    }
  }

  WebhookRoutes routes() {
    return routes;
  }

  /** Whether everything that was published before the start is served. */
  boolean caughtUp() {
    return caughtUp;
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    if (!DefinitionKeys.isDefinition(record.key())) {
      return;
    }
    webhooks.apply(record.key(), deserializer.deserialize(record.topic(), record.value()));
    changed = true;
  }

  private void show() {
    boolean first = !caughtUp;
    if (first
        && !ends.entrySet().stream()
            .allMatch(end -> consumer.position(end.getKey()) >= end.getValue())) {
      return;
    }
    if (changed || first) {
      changed = false;
      WebhookRoutes next = webhooks.routes();
      for (WebhookProblem problem : next.problems()) {
        if (!reported.contains(problem)) {
          LOG.warn("{} {}", problem.code().code(), problem.message());
        }
      }
      reported = Set.copyOf(next.problems());
      routes = next;
    }
    caughtUp = true;
  }

  @Override
  public void close() {
    thread.close();
  }
}
