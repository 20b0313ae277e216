package dev.millrace.worker;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.internals.ShareConsumerDelegate;
import org.apache.kafka.clients.consumer.internals.ShareConsumerImpl;
import org.apache.kafka.clients.consumer.internals.ShareFetch;
import org.jspecify.annotations.Nullable;

/**
 * What a share consumer believes that it has handed out, which it keeps in a private field.
 *
 * <p>Kafka 4.3 hands out nothing new while one record of the last poll is still being renewed, so
 * that a single slow task would hold up all others of its worker for as long as it runs. The broker
 * has no such rule: it takes the acknowledgement of any record at any time from the member that has
 * it. So the records of a poll are taken out of the consumer, and put back when there is something
 * to say about them. This depends on two private fields of one version of the client; {@code
 * TaskPumpTest} fails when they are gone or mean something else.
 */
final class HandedOut {
  private static final @Nullable VarHandle DELEGATE =
      field(KafkaShareConsumer.class, "delegate", ShareConsumerDelegate.class);
  private static final @Nullable VarHandle FETCH =
      field(ShareConsumerImpl.class, "currentFetch", ShareFetch.class);

  private final ShareConsumerImpl<byte[], byte[]> consumer;

  @SuppressWarnings("unchecked")
  HandedOut(KafkaShareConsumer<byte[], byte[]> consumer) {
    this.consumer = (ShareConsumerImpl<byte[], byte[]>) known(DELEGATE).get(consumer);
  }

  /** Takes out what the last poll answered; the consumer then believes that there is nothing. */
  @SuppressWarnings("unchecked")
  ShareFetch<byte[], byte[]> take() {
    return (ShareFetch<byte[], byte[]>) known(FETCH).getAndSet(consumer, ShareFetch.empty());
  }

  void put(ShareFetch<byte[], byte[]> fetch) {
    known(FETCH).set(consumer, fetch);
  }

  /**
   * @throws IllegalStateException when the client keeps what it handed out elsewhere
   */
  static void requireKnownClient() {
    known(DELEGATE);
    known(FETCH);
  }

  private static VarHandle known(@Nullable VarHandle field) {
    if (field == null) {
      throw new IllegalStateException(
          "effect workers need kafka-clients 4.3.1; this is another version");
    }
    return field;
  }

  private static @Nullable VarHandle field(Class<?> in, String name, Class<?> type) {
    try {
      return MethodHandles.privateLookupIn(in, MethodHandles.lookup())
          .findVarHandle(in, name, type);
    } catch (ReflectiveOperationException changed) {
      return null;
    }
  }
}
