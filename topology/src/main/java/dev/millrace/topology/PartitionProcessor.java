package dev.millrace.topology;

import java.util.function.Function;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;

/**
 * Gives a task its records.
 *
 * <p>Nothing but Kafka's own exceptions leaves {@link #process}: those mean that the task is no
 * longer ours. Everything else happens before the first write and ends as a failed execution or a
 * dead letter.
 */
final class PartitionProcessor implements Processor<byte[], byte[], byte[], Object> {
  private final InputPace pace;
  private final Function<ProcessorContext<byte[], Object>, PartitionTask> tasks;

  // Set in init, which is called anew when the task is revived after an aborted transaction.
  private @Nullable PartitionTask task;

  PartitionProcessor(
      InputPace pace, Function<ProcessorContext<byte[], Object>, PartitionTask> tasks) {
    this.pace = pace;
    this.tasks = tasks;
  }

  @Override
  public void init(ProcessorContext<byte[], Object> context) {
    task = tasks.apply(context);
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    PartitionTask current = task;
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
    pace.processed();
    current.commitIfAwaited();
  }
}
