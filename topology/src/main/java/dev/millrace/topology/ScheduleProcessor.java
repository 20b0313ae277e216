package dev.millrace.topology;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fires the schedules of published workflows, those of a partition in its task: see {@link
 * ScheduleTask}. It stands below the router, which sends it nothing, to have the router's
 * partitions.
 */
final class ScheduleProcessor implements Processor<byte[], Object, byte[], Object> {
  private static final Logger LOG = LoggerFactory.getLogger(ScheduleProcessor.class);

  private final EngineParts parts;
  private final int partitions;
  private final DefinitionChanges changes;
  private final PublishedSchedules published;

  // Set in init, which is called anew when the task is revived after an aborted transaction.
  private @Nullable ScheduleTask task;

  /**
   * @param partitions that schedules are spread over, at most those of the router
   */
  ScheduleProcessor(
      EngineParts parts, int partitions, DefinitionChanges changes, PublishedSchedules published) {
    this.parts = parts;
    this.partitions = partitions;
    this.changes = changes;
    this.published = published;
  }

  @Override
  public void init(ProcessorContext<byte[], Object> context) {
    close();
    task = new ScheduleTask(context, parts, partitions, changes, published);
  }

  @Override
  public void process(Record<byte[], Object> record) {
    LOG.error("a record was sent to the schedules, which take none");
  }

  @Override
  public void close() {
    if (task != null) {
      task.close();
      task = null;
    }
  }
}
