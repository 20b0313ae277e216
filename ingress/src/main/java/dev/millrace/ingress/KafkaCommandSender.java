package dev.millrace.ingress;

import dev.millrace.avro.CommandRecord;
import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import dev.millrace.topic.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.Serializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes commands to their topic: idempotent, acknowledged by every replica in sync, outside of any
 * transaction, so that the engine sees them at once.
 */
final class KafkaCommandSender implements CommandSender, AutoCloseable {
  private final Producer<String, CommandRecord> producer;

  KafkaCommandSender(IngressSettings settings, Serializer<CommandRecord> serializer) {
    this(new KafkaProducer<>(config(settings), new StringSerializer(), serializer));
  }

  KafkaCommandSender(Producer<String, CommandRecord> producer) {
    this.producer = producer;
  }

  private static Map<String, Object> config(IngressSettings settings) {
    IngressSettings.Kafka kafka = settings.kafka();
    long delivery = kafka.deliveryTimeout().toMillis();
    Map<String, Object> config = new HashMap<>(kafka.clientProperties());
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, kafka.bootstrapServers());
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.LINGER_MS_CONFIG, kafka.lingerMillis());
    // A caller waits: the default of two minutes is longer than any client does.
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) delivery);
    // Time for a second attempt within the delivery time-out.
    config.put(
        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
        (int) Math.max(1, delivery / 2 - kafka.lingerMillis()));
    // How long a request may block when the broker is away; the default is a minute.
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, delivery / 2);
    // Files travel as Base64 beside the body; the default of 1 MiB is less than the body limit.
    int largest = settings.limits().maxBodyBytes() / 2 * 3 + 1024 * 1024;
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, largest);
    // At least two of the largest, so that one cannot keep out everything else.
    config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, Math.max(64L * 1024 * 1024, 2L * largest));
    // With 16 KiB a batch under load is full after a dozen requests.
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, 64 * 1024);
    return config;
  }

  @Override
  public void send(CommandRecord command, Outcome outcome) {
    try {
      var _ =
          producer.send(
              new ProducerRecord<>(Topic.COMMANDS.topicName(), command.getExecutionId(), command),
              (metadata, error) -> outcome.done(error == null ? null : failure(error)));
    } catch (InterruptException stopped) {
      Thread.currentThread().interrupt();
      throw failure(stopped);
    } catch (KafkaException | IllegalStateException notQueued) {
      throw failure(notQueued);
    }
  }

  private static MillraceException failure(Exception error) {
    return error instanceof RecordTooLargeException
        ? new MillraceException(
            ErrorCode.BATCH_TOO_LARGE, "The request is larger than Kafka takes", error)
        : new MillraceException(
            ErrorCode.BROKER_UNAVAILABLE,
            "Kafka did not acknowledge the request; it may or may not run",
            error);
  }

  /** Waits for what is under way, as long as a delivery may take. */
  @Override
  public void close() {
    producer.close(Duration.ofSeconds(10));
  }
}
