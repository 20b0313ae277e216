package dev.millrace.ingress;

import dev.millrace.avro.ReplyRecord;
import dev.millrace.topic.Topic;
import java.util.List;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;

/** Hands this instance's replies from their topic to the requests that wait for them. */
final class ReplyReader implements AutoCloseable {
  private final ReplyRouter router;
  private final Deserializer<ReplyRecord> deserializer;
  private final PollingThread thread;

  private ReplyReader(
      ReplyRouter router,
      Deserializer<ReplyRecord> deserializer,
      KafkaConsumer<String, byte[]> consumer) {
    this.router = router;
    this.deserializer = deserializer;
    this.thread = new PollingThread("millrace-replies", consumer, this::take, () -> {});
  }

  /** Reads from the end of the topic on: nobody waits yet for what is there. */
  static ReplyReader start(IngressSettings.Kafka kafka, Deserializer<ReplyRecord> deserializer) {
    String instance = "ingress-" + UUID.randomUUID();
    KafkaConsumer<String, byte[]> consumer = Consumers.create(kafka, "latest");
    try {
      List<TopicPartition> partitions = Consumers.partitions(consumer, Topic.REPLIES);
      TopicPartition mine = partitions.get(Math.floorMod(instance.hashCode(), partitions.size()));
      consumer.assign(List.of(mine));
      consumer.seekToEnd(List.of(mine));
      // Seeking is lazy; a reply that came before the first poll would be passed over.
      consumer.position(mine);
      ReplyReader reader =
          new ReplyReader(new ReplyRouter(instance, mine.partition()), deserializer, consumer);
      reader.thread.start();
      return reader;
    } catch (RuntimeException failed) {
      consumer.close();
      throw failed;
    }
  }

  ReplyRouter router() {
    return router;
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    if (router.instance().equals(record.key()) && record.value() != null) {
      router.complete(deserializer.deserialize(record.topic(), record.value()));
    }
  }

  @Override
  public void close() {
    thread.close();
  }
}
