package dev.millrace.topology;

import java.time.Duration;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Owns the nodes' states of a partition: makes the runs on them one after the other, each with its
 * changes and its answer in one transaction. See {@link OwnerTask}.
 *
 * <p>Nothing but Kafka's own exceptions leaves {@link #process}, as in {@link RouterProcessor}.
 */
final class OwnerProcessor implements Processor<byte[], byte[], byte[], Object> {
  private static final Duration COMMIT_LOOK = Duration.ofMillis(10);

  private final EngineParts parts;

  // Set in init, which is called anew when the task is revived after an aborted transaction.
  private @Nullable OwnerTask task;

  OwnerProcessor(EngineParts parts) {
    this.parts = parts;
  }

  @Override
  public void init(ProcessorContext<byte[], Object> context) {
    OwnerTask fresh = new OwnerTask(context, parts);
    task = fresh;
    context.schedule(COMMIT_LOOK, PunctuationType.WALL_CLOCK_TIME, now -> fresh.commitIfAwaited());
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    OwnerTask current = task;
    if (current == null) {
      throw new IllegalStateException("process before init");
    }
    try {
      current.handle(record);
    } catch (KafkaException notOurs) {
      throw notOurs;
    } catch (Throwable thrown) {
      current.deadLetter(record, thrown);
    }
    parts.pace().processed();
    current.commitIfAwaited();
  }
}
