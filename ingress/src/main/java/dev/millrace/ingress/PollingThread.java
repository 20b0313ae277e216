package dev.millrace.ingress;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A consumer and the one thread that polls it, until closed. An error is logged and the thread goes
 * on: the consumer keeps its position, so nothing is passed over.
 */
final class PollingThread implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PollingThread.class);
  private static final Duration POLL = Duration.ofMillis(500);

  private final KafkaConsumer<String, byte[]> consumer;
  private final Consumer<ConsumerRecord<String, byte[]>> onRecord;
  private final Runnable afterPoll;
  private final Thread thread;
  private volatile boolean closing;

  /**
   * @param consumer assigned and positioned; from {@link #start} on it belongs to the thread
   * @param onRecord takes each record; what it throws is logged and the record passed over
   * @param afterPoll runs after each poll
   */
  PollingThread(
      String name,
      KafkaConsumer<String, byte[]> consumer,
      Consumer<ConsumerRecord<String, byte[]>> onRecord,
      Runnable afterPoll) {
    this.consumer = consumer;
    this.onRecord = onRecord;
    this.afterPoll = afterPoll;
    this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try (consumer) {
      while (!closing) {
        try {
          ConsumerRecords<String, byte[]> records = consumer.poll(POLL);
          for (ConsumerRecord<String, byte[]> record : records) {
            take(record);
          }
          afterPoll.run();
        } catch (WakeupException wanted) {
          // Only close wakes it up; the loop's condition has the rest.
        } catch (RuntimeException failed) {
          LOG.error("Reading failed and is tried again", failed);
          LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
        }
      }
    }
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    try {
      onRecord.accept(record);
    } catch (RuntimeException unreadable) {
      LOG.error(
          "A record of {} (partition {}, offset {}) was passed over",
          record.topic(),
          record.partition(),
          record.offset(),
          unreadable);
    }
  }

  @Override
  public void close() {
    closing = true;
    consumer.wakeup();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
