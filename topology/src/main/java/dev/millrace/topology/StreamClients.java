package dev.millrace.topology;

import dev.millrace.topic.Topic;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The clients of Kafka Streams, listened to: what a poll of the main consumer returned, and which
 * replies a committed transaction held. They behave as they would without.
 */
final class StreamClients implements KafkaClientSupplier {
  private final InputPace pace;
  private final CommittedReplies replies;

  StreamClients(InputPace pace, CommittedReplies replies) {
    this.pace = pace;
    this.replies = replies;
  }

  @Override
  public Admin getAdmin(Map<String, Object> config) {
    return Admin.create(config);
  }

  @Override
  @SuppressWarnings("unchecked")
  public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
    Producer<byte[], byte[]> producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    return (Producer<byte[], byte[]>)
        Proxy.newProxyInstance(
            StreamClients.class.getClassLoader(),
            new Class<?>[] {Producer.class},
            new ReplyWatch(producer, replies, pace)::invoke);
  }

  @Override
  @SuppressWarnings("unchecked")
  public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
    Consumer<byte[], byte[]> consumer = consumer(config);
    return (Consumer<byte[], byte[]>)
        Proxy.newProxyInstance(
            StreamClients.class.getClassLoader(),
            new Class<?>[] {Consumer.class},
            (proxy, method, arguments) -> {
              Object result = call(consumer, method, arguments);
              if (result instanceof ConsumerRecords<?, ?> records) {
                pace.polled(records.count());
              }
              return result;
            });
  }

  @Override
  public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
    return consumer(config);
  }

  @Override
  public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
    return consumer(config);
  }

  private static Consumer<byte[], byte[]> consumer(Map<String, Object> config) {
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Holds the replies of a producer's open transaction. One stream thread uses it. */
  private static final class ReplyWatch {
    private static final String REPLIES_TOPIC = Topic.REPLIES.topicName();

    private final Producer<byte[], byte[]> producer;
    private final CommittedReplies listener;
    private final InputPace pace;
    private final List<ProducerRecord<byte[], byte[]>> open = new ArrayList<>();

    ReplyWatch(Producer<byte[], byte[]> producer, CommittedReplies listener, InputPace pace) {
      this.producer = producer;
      this.listener = listener;
      this.pace = pace;
    }

    @SuppressWarnings("unchecked")
    @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments)
        throws Throwable {
      switch (method.getName()) {
        case "send" -> {
          if (arguments != null
              && arguments[0] instanceof ProducerRecord<?, ?> record
              && record.topic().equals(REPLIES_TOPIC)) {
            open.add((ProducerRecord<byte[], byte[]>) record);
          }
        }
        case "commitTransaction" -> {
          Object result = call(producer, method, arguments);
          pace.committed(System.nanoTime());
          for (ProducerRecord<byte[], byte[]> reply : open) {
            listener.committed(reply.key(), reply.value());
          }
          open.clear();
          return result;
        }
        case "abortTransaction", "close" -> open.clear();
        default -> {}
      }
      return call(producer, method, arguments);
    }
  }

  private static @Nullable Object call(Object target, Method method, Object @Nullable [] arguments)
      throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException thrown) {
      throw thrown.getTargetException();
    }
  }
}
